import { createHash } from "node:crypto";
import type { PairLabel } from "../../datasets/rows/pair-row.ts";
import type { Winner } from "../../state/verdict.ts";

/** A row with a label of people that an evaluator has judged. */
export type LabelledVerdict = {
  /** A short name of the prompt. */
  readonly prompt: string;
  readonly winner: Winner;
  readonly label: PairLabel;
  readonly isDrawnAtRandom: boolean;
  /** Characters of the request and both responses. */
  readonly length: number;
};

/** Each verdict pays for all examples. */
const mostExamples = 4;
/** Guidelines are written from so many mistakes at most, by one call. */
const mostMistakes = 12;
const longestExample = 6000;

/**
 * Splits labelled rows by prompt: mistakes of the evaluator from one half, the first of them as
 * examples, and the rows of the other half, on which the taught evaluator is measured. Rows that
 * were not drawn at random only teach. The split is the same whatever the order of the rows.
 */
export function splitLabels<Row extends LabelledVerdict>(
  rows: readonly Row[],
): {
  readonly mistakes: readonly Row[];
  readonly examples: readonly Row[];
  readonly heldOut: readonly Row[];
} {
  const random = rows.filter(({ isDrawnAtRandom }) => isDrawnAtRandom);
  const prompts = [...new Set(random.map(({ prompt }) => prompt))].toSorted(byDraw);
  const measured = new Set(prompts.slice(Math.floor(prompts.length / 2)));
  const mistakes = chooseMistakes(rows.filter(({ prompt }) => !measured.has(prompt)));
  return {
    mistakes,
    examples: mistakes.slice(0, mostExamples),
    heldOut: random.filter(({ prompt }) => measured.has(prompt)),
  };
}

/** Whether the evaluator disagreed with people. */
export function isWrong({ winner, label }: Pick<LabelledVerdict, "winner" | "label">): boolean {
  return winner !== label;
}

/** One mistake of a prompt, the labels in turn, so that they speak for no side. */
function chooseMistakes<Row extends LabelledVerdict>(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  const mistakes = rows
    .filter((row) => isWrong(row) && row.winner !== "none" && row.length <= longestExample)
    .toSorted((one, other) => byDraw(one.prompt, other.prompt))
    .filter(({ prompt }) => !seen.has(prompt) && seen.add(prompt));
  const byLabel = (["a", "b", "tie"] as const).map((side) =>
    mistakes.filter(({ label }) => label === side),
  );
  const longest = Math.max(...byLabel.map(({ length }) => length));
  const inTurn = Array.from({ length: longest }, (_, place) =>
    byLabel.flatMap((side) => side.slice(place, place + 1)),
  ).flat();
  return inTurn.slice(0, mostMistakes);
}

function byDraw(one: string, other: string): number {
  return drawOf(one).localeCompare(drawOf(other), "en");
}

function drawOf(prompt: string): string {
  return createHash("sha256").update(`teach ${prompt}`).digest("hex");
}
