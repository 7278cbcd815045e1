import { atOnce, type Steps } from "../../state/in-slices.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { AgreementFigure, AgreementOptions, UndefinedReason } from "./agreement-figure.ts";
import { countLabels, presentLabels } from "./count-labels.ts";
import { createLabelCodes, type Label } from "./label-codes.ts";
import { countRows, type RowTerms } from "../estimates/observations.ts";
import { labelPairs } from "./label-pairs.ts";
import { memoized } from "../memoized.ts";
import { figureSteps } from "./summed-statistic.ts";

/**
 * What labels mean: `nominal` are the same or not; `ordinal` have an order (that of numbers, or of
 * `categories`); `interval` are numbers whose differences count.
 */
export type MeasurementLevel = "nominal" | "ordinal" | "interval";

/**
 * Krippendorff's alpha: agreement beyond chance of any number of raters, any of which may have left
 * rows out.
 *
 * `rows` holds the labels of each row, a place a rater; null and undefined are missing. Which
 * rater gave which label does not count. `n` is the number of rows with two labels or more; the
 * others say nothing. Undefined as `one_rater` where there are no such rows, and as `one_class`
 * where all their labels are the same. Throws `bad_usage` where the labels don't fit the level.
 * Work and memory grow with the square of the number of different labels.
 *
 * Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011.
 */
export function krippendorffAlpha(
  rows: readonly (readonly (Label | null | undefined)[])[],
  options: AlphaOptions,
): AgreementFigure {
  return atOnce(krippendorffAlphaSteps(rows, options));
}

export type AlphaOptions = AgreementOptions & { level: MeasurementLevel };

/** The same in steps. */
export function* krippendorffAlphaSteps(
  rows: readonly (readonly (Label | null | undefined)[])[],
  { level, categories, interval, clusters, counts }: AlphaOptions,
): Steps<AgreementFigure> {
  const labels = presentLabels([...new Set(rows)]);
  const codes = createLabelCodes(labels, categories);
  const all = codes.categories;
  requireLevel(level, all, categories !== undefined);
  const size = all.length;
  // Callers give alike rows as the same list.
  const termsOf = memoized((row: readonly (Label | null | undefined)[]) =>
    coincidences(countLabels(row, codes), size),
  );
  const terms = rows.map(termsOf);
  const isPaired = terms.map((row) => row.length > 0);
  const paired = {
    rows: terms.filter((_, row) => isPaired[row]),
    clusters: clusters?.filter((_, row) => isPaired[row]),
    counts: counts?.filter((_, row) => isPaired[row]),
  };
  const n = countRows(paired);
  const reason = labels.length === 0 ? "no_rows" : "one_rater";
  const positions = level === "interval" ? all.map(Number) : null;
  yield;
  return yield* figureSteps(
    {
      observations: {
        ...paired,
        width: size * size,
        prior: interval === undefined ? [] : labelPairs(all).map(termsOf),
      },
      valueOf: (sums) => (n === 0 ? reason : alphaOfSums(sums, { size, level, positions })),
    },
    { n, interval },
  );
}

function requireLevel(level: MeasurementLevel, all: readonly Label[], ordered: boolean): void {
  const text = all.find((label) => typeof label === "string");
  if (text === undefined || level === "nominal" || (level === "ordinal" && ordered)) return;
  const expected = level === "interval" ? "numbers" : "numbers, or `categories` in their order,";
  throw new FellowshipError(
    "bad_usage",
    `Expected ${expected} for labels at ${level} level, got ${JSON.stringify(text)}.`,
    { facts: { level, label: text } },
  );
}

/**
 * What a row adds to the coincidence matrix: each ordered pair of its labels, with weight 1 /
 * (labels - 1).
 */
function coincidences(counts: readonly [code: number, count: number][], size: number): RowTerms {
  const labels = counts.reduce((sum, [, count]) => sum + count, 0);
  if (labels < 2) return [];
  return counts.flatMap(([code, count]) =>
    counts.map(([other, otherCount]) => {
      const pairs = count * (code === other ? otherCount - 1 : otherCount);
      return [code * size + other, pairs / (labels - 1)] as const;
    }),
  );
}

function alphaOfSums(
  sums: Float64Array,
  scale: { size: number; level: MeasurementLevel; positions: readonly number[] | null },
): number | UndefinedReason {
  const { size, level } = scale;
  const perLabel = Array.from({ length: size }, (_, label) => {
    let total = 0;
    for (let other = 0; other < size; other++) total += sums[label * size + other]!;
    return total;
  });
  const positions = level === "ordinal" ? middleRanks(perLabel) : scale.positions;
  let observed = 0;
  let expected = 0;
  for (let label = 0; label < size; label++) {
    for (let other = 0; other < label; other++) {
      const distance = positions === null ? 1 : (positions[label]! - positions[other]!) ** 2;
      observed += sums[label * size + other]! * distance;
      expected += perLabel[label]! * perLabel[other]! * distance;
    }
  }
  if (expected === 0) return "one_class";
  const labels = perLabel.reduce((sum, count) => sum + count, 0);
  return 1 - ((labels - 1) * observed) / expected;
}

/**
 * The ordinal distance of two labels, as Krippendorff gives it, is that of the middles of their
 * ranks.
 */
function middleRanks(perLabel: readonly number[]): number[] {
  let below = 0;
  return perLabel.map((count) => {
    const middle = below + count / 2;
    below += count;
    return middle;
  });
}
