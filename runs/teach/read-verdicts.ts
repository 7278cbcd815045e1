import { join } from "node:path";
import { isFields } from "../../datasets/read/row-value.ts";
import { isDrawnAtRandom } from "../../datasets/rows/drawn-at-random.ts";
import { promptKey, toPairRow, type PairRow } from "../../datasets/rows/pair-row.ts";
import { candidateText } from "../../nodes/judge.ts";
import type { JudgedExample } from "../../nodes/judging-context.ts";
import { conversationText } from "../../prompts/fence.ts";
import { Winner } from "../../state/verdict.ts";
import { readInput } from "../input/read-input.ts";
import type { LabelledVerdict } from "./split-labels.ts";

/** A labelled row of an evaluation that has ended. */
export type JudgedRow = LabelledVerdict & {
  readonly id: string;
  /** The row as it was given. */
  readonly input: Readonly<Record<string, unknown>>;
  /** As a judge is shown it. */
  readonly example: JudgedExample;
};

/** Reads the rows of an evaluation that have both a verdict and people's label. */
export async function readVerdicts(directory: string): Promise<JudgedRow[]> {
  const judged: JudgedRow[] = [];
  for await (const record of readInput({ input: join(directory, "rows.jsonl") })) {
    if (!("value" in record) || !isFields(record.value)) continue;
    const { id, winner: said, input } = record.value;
    const winner = Winner.safeParse(said).data;
    if (winner === undefined || !isFields(input)) continue;
    const read = toPairRow({ ...record, value: input });
    if (!read.ok || read.row.label === undefined) continue;
    const { label } = read.row;
    const example = exampleOf(read.row, label);
    judged.push({
      id: String(id),
      input,
      winner,
      label,
      example,
      prompt: promptKey(read.row),
      isDrawnAtRandom: isDrawnAtRandom(input),
      length: example.prompt.length + example.a.length + example.b.length,
    });
  }
  return judged;
}

function exampleOf({ messages, a, b }: PairRow, label: JudgedExample["label"]): JudgedExample {
  return {
    prompt: conversationText(messages),
    a: candidateText(a, messages),
    b: candidateText(b, messages),
    label,
  };
}
