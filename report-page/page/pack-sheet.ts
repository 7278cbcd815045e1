import type { Message } from "../../state/message.ts";
import { packMessages, type Phrases } from "./pack-messages.ts";
import type { NamedText, RowSheet, SheetStep } from "../rows/row-sheet.ts";

/**
 * A sheet as the page holds it: a text that another part of the sheet has is null. A step's text is
 * then that of its call, and a pair's text that of the response of the same name.
 *
 * @param asked What each of its calls was asked; null where that isn't known.
 */
export function packSheet(
  sheet: RowSheet,
  asked: readonly (readonly Message[] | null)[] | null,
  phrases: Phrases,
) {
  const { steps, pairs, calls } = sheet;
  const named = new Map(
    steps.flatMap((step) => (step.kind === "response" ? [[step.name, step.text] as const] : [])),
  );
  const pack = ({ name, text }: NamedText) => ({
    name,
    text: named.get(name) === text ? null : text,
  });
  const packStep = (step: SheetStep) => {
    if (step.kind !== "response" && step.kind !== "review") return step;
    const said = step.call === null ? undefined : calls[step.call]?.text;
    return { ...step, text: step.text === said ? null : step.text };
  };
  return {
    ...sheet,
    ...(asked === null ? {} : { asked: packMessages(sheet, asked, phrases) }),
    steps: steps.map(packStep),
    pairs: pairs.map((pair) => ({
      ...pair,
      chosen: pack(pair.chosen),
      rejected: pack(pair.rejected),
    })),
  };
}
