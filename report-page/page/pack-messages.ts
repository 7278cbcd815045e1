import type { Message } from "../../state/message.ts";
import type { RowSheet } from "../rows/row-sheet.ts";

/**
 * A piece of a message: a text of its own, the number of a text of the row's sheet (from 0), or -1
 * minus the number of a phrase that rows share.
 */
export type MessagePart = string | number;
/** A message as the page holds it: its role, and the pieces of its text. */
export type PackedMessage = readonly [role: string, parts: readonly MessagePart[]];

/** Lines of prompts, which the messages of many rows share and the page holds once. */
export type Phrases = {
  readonly all: readonly string[];
  /** The number of a line that was here before; null the first time, or where it is too short. */
  readonly numberOf: (line: string) => number | null;
};

/** Shorter texts and lines take no more room than the number that would replace them. */
const shortestText = 12;
/** Lines that occur once are not kept in the page, and only so many are watched for. */
const mostWatched = 20_000;

export function createPhrases(): Phrases {
  const all: string[] = [];
  const numbers = new Map<string, number | null>();
  return {
    all,
    numberOf(line) {
      if (line.length < shortestText) return null;
      const known = numbers.get(line);
      if (typeof known === "number") return known;
      if (known === undefined) {
        if (numbers.size < mostWatched) numbers.set(line, null);
        return null;
      }
      numbers.set(line, all.length);
      all.push(line);
      return all.length - 1;
    },
  };
}

/**
 * The texts of a sheet that a message may hold, in the order in which the page's own script
 * (`asked-messages.js`) numbers them.
 */
export function sheetTexts({ prompt, fields, steps, calls }: RowSheet): string[] {
  return [
    ...prompt.map(({ text }) => text),
    ...fields.map(({ text }) => text),
    ...steps.flatMap((step) => ("text" in step ? [step.text] : [])),
    ...calls.map(({ text }) => text),
  ];
}

/**
 * The messages of a row's calls as the page holds them: a judge is shown the prompt and both
 * responses in each order, and none of them is written down again.
 */
export function packMessages(
  sheet: RowSheet,
  asked: readonly (readonly Message[] | null)[],
  phrases: Phrases,
): (PackedMessage[] | null)[] {
  const numbers = new Map<string, number>();
  for (const [number, text] of sheetTexts(sheet).entries()) {
    if (text.length >= shortestText && !numbers.has(text)) numbers.set(text, number);
  }
  const texts = [...numbers].toSorted(([one], [other]) => other.length - one.length);
  return asked.map(
    (messages) =>
      messages?.map(({ role, content }): PackedMessage => [
        role,
        joined(splitByTexts(content, texts).flatMap((part) => splitByLines(part, phrases))),
      ]) ?? null,
  );
}

/** Cuts the longest known texts out first, so that a text within another does not break it. */
function splitByTexts(content: string, texts: readonly (readonly [string, number])[]) {
  let parts: MessagePart[] = [content];
  for (const [text, number] of texts) {
    if (!content.includes(text)) continue;
    parts = parts.flatMap((part) =>
      typeof part === "number"
        ? [part]
        : part.split(text).flatMap((piece, at) => (at === 0 ? [piece] : [number, piece])),
    );
  }
  return parts;
}

function splitByLines(part: MessagePart, { numberOf }: Phrases): MessagePart[] {
  if (typeof part === "number") return [part];
  return part.split(/(?<=\n)/).map((line) => {
    const number = numberOf(line);
    return number === null ? line : -1 - number;
  });
}

/** Texts beside each other as one, and no empty ones. */
function joined(parts: readonly MessagePart[]): MessagePart[] {
  const all: MessagePart[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === "string" && typeof last === "string") all[all.length - 1] = last + part;
    else if (part !== "") all.push(part);
  }
  return all;
}
