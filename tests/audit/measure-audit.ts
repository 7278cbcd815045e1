import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { markdownTable } from "../../datasets/export/markdown-table.ts";
import { estimateFlips } from "../../runs/audit/estimate-flips.ts";
import { drawFlips, expectFlags, f1, measureFlags, type Drawn, type Found } from "./flip-labels.ts";
import { readRecordedSets, type Leanings } from "./recorded-sets.ts";

// npm run bench:audit -- --data DIR [--draws 200]: DIR holds recorded pairs with people's labels and
// recorded judges (`alpaca-eval`, `fair-eval`: pairs.jsonl and cassettes). Flips a share of the
// labels, and prints precision and recall of what the audit flags: by threshold, at thresholds that
// were chosen on another set, and at thresholds that the audit estimates from the set itself.

const { values } = parseArgs({
  options: { data: { type: "string" }, draws: { type: "string", default: "200" } },
});
if (values.data === undefined) {
  process.stderr.write("Usage: npm run bench:audit -- --data DIR [--draws 200]\n");
  process.exit(2);
}
const draws = Number(values.draws);
const shares = [0.05, 0.1, 0.2];
const thresholds = [0, 0.02, 0.05, 0.07, 0.1, 0.12, 0.15, 0.2, 0.3];
const sets = await readRecordedSets(resolve(values.data));

print("## Precision, recall by threshold");
for (const { name, readings } of sets) {
  const rows = Object.entries(readings).flatMap(([evaluator, leanings]) =>
    shares.map((share) => [
      evaluator,
      percent(share),
      ...thresholds.map((threshold) => bothOf(expectFlags(leanings, share, threshold))),
    ]),
  );
  const pairs = Object.values(readings)[0]?.length ?? 0;
  print(`### ${name}: ${pairs} pairs`);
  print(markdownTable(["evaluator", "flipped", ...thresholds.map(String)], rows));
}

print(
  "## At the threshold with the highest F1 on another set, 20 % flipped (middle 90 % of the draws)",
);
const heldOut = sets.flatMap(({ name: chosenOn, readings: known }) =>
  sets
    .filter(({ name }) => name !== chosenOn)
    .flatMap(({ name, readings }) =>
      Object.entries(readings).flatMap(([evaluator, leanings]) => {
        const others = known[evaluator];
        if (others === undefined) return [];
        const threshold = bestThreshold(others);
        const { precision, recall } = expectFlags(leanings, 0.2, threshold);
        const { range } = measureFlags(drawsOf(leanings, 0.2), () => threshold);
        const cells = bothWithRanges({ precision, recall, range });
        return [[evaluator, chosenOn, String(threshold), name, ...cells]];
      }),
    ),
);
print(
  markdownTable(
    ["evaluator", "chosen on", "threshold", "measured on", "precision", "recall"],
    heldOut,
  ),
);

print("## At the threshold that the audit estimates to reach 60 % precision (--precision 0.6)");
const estimated = sets.flatMap(({ name, readings }) =>
  Object.entries(readings).flatMap(([evaluator, leanings]) =>
    shares.map((share) => {
      const drawn = drawsOf(leanings, share);
      const found = measureFlags(drawn, estimatedThreshold);
      const guesses = drawn.flatMap((one) => estimateFlips(readable(one))?.share ?? []);
      const mean = guesses.reduce((sum, guess) => sum + guess, 0) / guesses.length;
      return [name, evaluator, percent(share), percent(mean), ...bothWithRanges(found)];
    }),
  ),
);
print(
  markdownTable(
    ["pairs", "evaluator", "flipped", "estimated share", "precision", "recall"],
    estimated,
  ),
);

function drawsOf(leanings: Leanings, share: number): Drawn[] {
  return Array.from({ length: draws }, (_, draw) => drawFlips(leanings, share, draw));
}

function bestThreshold(leanings: Leanings): number {
  const scored = thresholds.map((threshold) => ({
    threshold,
    f1: f1(expectFlags(leanings, 0.2, threshold)),
  }));
  return scored.reduce((best, one) => (one.f1 > best.f1 + 1e-9 ? one : best)).threshold;
}

function estimatedThreshold(drawn: Drawn): number {
  return estimateFlips(readable(drawn))?.thresholdFor(0.6) ?? 1;
}

function readable(drawn: Drawn): number[] {
  return drawn.flatMap(({ leaning }) => leaning ?? []);
}

function bothOf({ precision, recall }: Pick<Found, "precision" | "recall">): string {
  return `${percent(precision)}, ${percent(recall)}`;
}

function bothWithRanges({ precision, recall, range }: Found): string[] {
  const text = (value: number, [low, high]: readonly [number, number]) =>
    `${percent(value)} (${percent(low)} to ${percent(high)})`;
  return [text(precision, range.precision), text(recall, range.recall)];
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : "–";
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}
