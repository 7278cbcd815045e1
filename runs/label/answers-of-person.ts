import type { PairLabel } from "../../datasets/rows/pair-row.ts";
import type { Answer } from "./label-journal.ts";
import type { Draw } from "./label-order.ts";

/** A person's answers as they count now. */
export type AnswersOfPerson = {
  /** By the pair's number. */
  readonly labels: ReadonlyMap<number, { readonly label: PairLabel; readonly draw: Draw }>;
  /** How often each pair was skipped, by its number. */
  readonly skips: ReadonlyMap<number, number>;
  /** The pairs whose answers can be taken back, the last one last. */
  readonly history: readonly number[];
  /** The pairs whose answers were taken back and not given again, the last one last. */
  readonly again: readonly number[];
  /** The pair that is before them, or was when they ended; null for none. */
  readonly shown: number | null;
};

/** Follows a person's journal: an answer counts unless it was taken back. */
export function answersOfPerson(answers: readonly Answer[]): AnswersOfPerson {
  const kept: Answer[] = [];
  const again: number[] = [];
  for (const answer of answers) {
    if (answer.answer === "shown") continue;
    if (answer.answer === "undo") {
      const last = kept.pop();
      if (last !== undefined) again.push(last.pair);
      continue;
    }
    kept.push(answer);
    const place = again.lastIndexOf(answer.pair);
    if (place >= 0) again.splice(place, 1);
  }
  const labels = new Map<number, { label: PairLabel; draw: Draw }>();
  const skips = new Map<number, number>();
  for (const { pair, answer, draw } of kept) {
    if (answer === "skip") skips.set(pair, (skips.get(pair) ?? 0) + 1);
    else if (answer === "a" || answer === "b" || answer === "tie")
      labels.set(pair, { label: answer, draw });
  }
  const last = answers.at(-1);
  const shown = last?.answer === "shown" ? last.pair : null;
  return { labels, skips, history: kept.map(({ pair }) => pair), again, shown };
}
