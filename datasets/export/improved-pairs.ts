import { dataText } from "../../state/calls/kept-thinking.ts";
import type { Message } from "../../state/message.ts";
import type { NumberedEvolution } from "./evolution-lines.ts";
import { defineExport } from "./export-kind.ts";
import { DpoLine, sameTexts } from "./preference-lines.ts";

export const improvedPairs = defineExport({
  name: "dpo",
  schema: DpoLine,
  holds:
    "pairs of the improved answer, chosen, and the answer as it was, rejected (TRL: " +
    "conversational preference)",
  linesOf: (row: NumberedEvolution, { editor }: { readonly editor: string }) =>
    evolutionDpoLines(row, editor),
});

/**
 * Pairs of a row for `dpo.jsonl`: each answer that was improved against what it was; where only
 * ties led from the one to the other (a loop in a chain keeps the later of two equals) there is
 * none. The prompt is the conversation before the answer, whole, with the answers before it
 * improved already, as the editor met them.
 *
 * @param editor Whose the chosen texts are that don't say so themselves.
 */
export function evolutionDpoLines(
  { number, result }: NumberedEvolution,
  editor: string,
): DpoLine[] {
  return result.answers.flatMap(({ turn, before, after, rewrites }) => {
    const accepted = rewrites.filter((rewrite) => rewrite.accepted);
    const last = accepted.at(-1);
    const isBetter = accepted.some(({ verdict }) => verdict?.winner !== "tie");
    if (last === undefined || !isBetter) return [];
    const chosen: Message[] = [{ role: "assistant", content: dataText(after, result.transcript) }];
    const rejected: Message[] = [{ role: "assistant", content: before }];
    if (sameTexts(chosen, rejected)) return [];
    const prompt = result.conversation.slice(0, answerPlace(result.conversation, turn));
    const { iteration, agent = editor } = last;
    const source = { row: number, turn, round: iteration, chosen_agent: agent };
    return [{ id: result.id, prompt, chosen, rejected, source }];
  });
}

/** Where in a conversation the answer to its K-th user turn stands, from 1. */
function answerPlace(conversation: readonly Message[], turn: number): number {
  const offset = conversation[0]?.role === "system" ? 1 : 0;
  return offset + 2 * turn - 1;
}
