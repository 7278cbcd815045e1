import { join } from "node:path";
import { markdownTable } from "../../datasets/export/markdown-table.ts";
import { readRecords } from "../../datasets/read/read-records.ts";
import { isDrawnAtRandom } from "../../datasets/rows/drawn-at-random.ts";
import { promptKey, toPairRow } from "../../datasets/rows/pair-row.ts";
import { inSlices, type Steps } from "../../state/in-slices.ts";
import type { Winner } from "../../state/verdict.ts";
import {
  compareEvaluatorsSteps,
  type EvaluatorComparison,
} from "../../statistics/compare-evaluators.ts";
import type { Preference } from "../../statistics/estimates/preference.ts";
import { adjustByHolm } from "../../statistics/holm.ts";
import { agreementSteps, type Agreement } from "../../statistics/measure-agreement.ts";
import { replaceFile } from "../../storage/replace-file.ts";

/** Several evaluators over the same pairs: `comparison.json` (contract section 5). */
export type Comparison = {
  /** The best first. */
  readonly items: readonly { readonly name: string; readonly figures: ItemFigures }[];
  /** Every pair of evaluators, the better one as `a`, in the order of `items`. */
  readonly differences: readonly ItemDifference[];
};

/** Over the labelled rows that no evaluator failed, so that all are measured on the same. */
type ItemFigures = {
  readonly n: number;
  /** The share of these rows to which it gave a verdict, from 0 to 1; null without rows. */
  readonly coverage: number | null;
  /** Kappa with people, with no verdict as a disagreement: what the order goes by. */
  readonly kappa: Agreement["kappaOfAll"];
  /** Of the rows with a verdict. */
  readonly accuracy: Agreement["accuracy"];
  /** Whether it may take a person's place. */
  readonly mayReplacePerson: Agreement["mayReplacePerson"];
};

type ItemDifference = {
  readonly a: string;
  readonly b: string;
  /** Kappa of `a` less that of `b`; null where one of them is not defined. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided, adjusted for the number of differences by Holm's method. */
  readonly p: number | null;
};

/** The best evaluator against the next. */
export type BestComparison = EvaluatorComparison & {
  readonly first: string;
  readonly second: string;
};

type Evaluated = { readonly name: string; readonly directory: string };

/**
 * Compares evaluators by their agreement with people, on the rows that all of them judged, and
 * writes `comparison.json` and `comparison.md`.
 *
 * @returns the best against the next; null where fewer than two have a kappa
 * @throws FellowshipError `storage_failed`
 */
export async function writeComparison(
  directory: string,
  evaluators: readonly Evaluated[],
): Promise<BestComparison | null> {
  const verdicts = await Promise.all(evaluators.map(readVerdicts));
  const rows = commonRows(verdicts);
  const { ranked, pairs } = await inSlices(comparisonSteps(evaluators, rows));
  const items = ranked.map(({ name, figures }) => ({ name, figures }));
  const comparison: Comparison = { items, differences: differencesOf(pairs) };
  await replaceFile(join(directory, "comparison.json"), `${JSON.stringify(comparison, null, 2)}\n`);
  await replaceFile(join(directory, "comparison.md"), comparisonText(comparison));
  const [best] = pairs;
  const isRanked = ranked.slice(0, 2).every(({ figures }) => figures.kappa.value !== null);
  return best === undefined || !isRanked ? null : withAdjusted(best, comparison.differences[0]);
}

/** The evaluators, the best first, and every pair of them. */
function* comparisonSteps(evaluators: readonly Evaluated[], rows: readonly CommonRow[]) {
  const measured: { name: string; place: number; figures: ItemFigures }[] = [];
  for (const [place, { name }] of evaluators.entries()) {
    measured.push({ name, place, figures: yield* figuresOf(rows, place) });
  }
  const ranked = measured.toSorted((one, other) => kappaOf(other.figures) - kappaOf(one.figures));
  const pairs: BestComparison[] = [];
  for (const [index, first] of ranked.entries()) {
    for (const second of ranked.slice(index + 1)) {
      const paired = rows.map(({ label, prompt, winners }) => ({
        label,
        prompt,
        first: winners[first.place] ?? "none",
        second: winners[second.place] ?? "none",
      }));
      const comparison = yield* compareEvaluatorsSteps(paired);
      pairs.push({ first: first.name, second: second.name, ...comparison });
    }
  }
  return { ranked, pairs };
}

/** The same by the p value that allows for the number of differences looked at. */
function withAdjusted(
  best: BestComparison,
  difference: ItemDifference | undefined,
): BestComparison {
  const { kappa } = best;
  if (!("pValue" in kappa) || difference?.p == null) return best;
  const better = difference.p < 0.05 ? kappa.better : "neither";
  return { ...best, kappa: { ...kappa, pValue: difference.p, better } };
}

function kappaOf({ kappa }: ItemFigures): number {
  return kappa.value ?? -Infinity;
}

type CommonRow = {
  readonly label: Preference;
  readonly labels: Readonly<Record<string, Preference>> | undefined;
  readonly prompt: string | undefined;
  /** In the order of the evaluators. */
  readonly winners: readonly Winner[];
};

/** The labelled rows that every evaluator has a line of. */
function commonRows(verdicts: readonly ReadonlyMap<number, ReadVerdict>[]): CommonRow[] {
  const [first = new Map<number, ReadVerdict>()] = verdicts;
  return [...first].flatMap(([row, { label, labels, prompt }]) => {
    const winners = verdicts.flatMap((one) => one.get(row)?.winner ?? []);
    return label === undefined || winners.length < verdicts.length
      ? []
      : [{ label, labels, prompt, winners }];
  });
}

function* figuresOf(rows: readonly CommonRow[], place: number): Steps<ItemFigures> {
  const { n, kappaOfAll, accuracy, mayReplacePerson } = yield* agreementSteps(
    rows.map(({ label, labels, prompt, winners }) => ({
      label,
      labels,
      prompt,
      winner: winners[place] ?? "none",
    })),
  );
  const coverage = rows.length === 0 ? null : n / rows.length;
  return { n: rows.length, coverage, kappa: kappaOfAll, accuracy, mayReplacePerson };
}

function differencesOf(pairs: readonly BestComparison[]): ItemDifference[] {
  const measured = pairs.flatMap(({ kappa }) => ("pValue" in kappa ? [kappa] : []));
  const adjusted = adjustByHolm(measured.map(({ pValue }) => pValue));
  return pairs.map(({ first: a, second: b, kappa }) => {
    if (!("pValue" in kappa))
      return { a, b, value: kappa.difference, low: null, high: null, p: null };
    const { difference: value, low, high } = kappa;
    return { a, b, value, low, high, p: adjusted[measured.indexOf(kappa)] ?? null };
  });
}

const answerText = { yes: "shown", no: "not shown", "can't tell": "can't tell" } as const;

function comparisonText({ items, differences }: Comparison): string {
  const shown = (value: number | null) => (value === null ? "–" : value.toFixed(3));
  const within = ({ low, high }: { low?: number | null; high?: number | null }) =>
    low == null || high == null ? "" : ` [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  return [
    "# Evaluators compared by their agreement with people",
    `Over the ${items[0]?.figures.n ?? 0} labelled rows that no evaluator failed. A verdict ` +
      "that could not be read counts as a disagreement.",
    markdownTable(
      [
        "evaluator",
        "kappa [95 %]",
        "accuracy of its verdicts",
        "rows with a verdict",
        "within 20 points of a person",
      ],
      items.map(({ name, figures: { kappa, accuracy, coverage, mayReplacePerson } }) => [
        name,
        `${shown(kappa.value)}${within(kappa)}`,
        shown(accuracy.value),
        coverage === null ? "–" : `${(100 * coverage).toFixed(1)} %`,
        answerText[mayReplacePerson.answer],
      ]),
    ),
    `Differences of kappa, paired row by row. p is adjusted for the ${differences.length} ` +
      "differences (Holm).",
    markdownTable(
      ["a", "b", "a less b [95 %]", "p"],
      differences.map(({ a, b, value, low, high, p }) => [
        a,
        b,
        `${shown(value)}${within({ low, high })}`,
        shown(p),
      ]),
    ),
    "",
  ].join("\n\n");
}

type ReadVerdict = {
  readonly winner: Winner;
  readonly label: Preference | undefined;
  readonly labels: Readonly<Record<string, Preference>> | undefined;
  readonly prompt: string | undefined;
};

async function readVerdicts({ directory }: Evaluated): Promise<Map<number, ReadVerdict>> {
  const verdicts = new Map<number, ReadVerdict>();
  // The run's own rows may be longer than any that is taken from others.
  const options = { maxRowBytes: Number.MAX_SAFE_INTEGER };
  for await (const record of readRecords(join(directory, "rows.jsonl"), options)) {
    if (!("value" in record)) continue;
    type Line = ReadVerdict & { row: number; input: unknown };
    const { row, winner, label: given, labels, input } = record.value as Line;
    // Rows that were chosen because they are hard say nothing of all rows.
    const label = isDrawnAtRandom(input) ? given : undefined;
    const pair = toPairRow({ number: row, place: record.place, value: input });
    verdicts.set(row, { winner, label, labels, prompt: pair.ok ? promptKey(pair.row) : undefined });
  }
  return verdicts;
}
