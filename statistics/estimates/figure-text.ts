import type { Estimate, ValueWithoutInterval } from "./interval.ts";

type MaybeEstimate =
  | Estimate
  | ValueWithoutInterval
  | { readonly value: null; readonly reason: string }
  | null
  | undefined;

const reasons: Readonly<Record<string, string>> = {
  one_class: "all rows are of one class",
  one_rater: "one voter",
  no_rows: "no rows",
  no_resamples: "no interval: it is not defined for rows like these",
  too_few_rows: "too few rows",
  too_few_prompts: "fewer than 5 different prompts",
  no_variation: "nothing varies",
  separated: "length decides every row",
};

/** Why a figure is missing, in words that people read. */
export function whyMissing(reason: string): string {
  return reasons[reason] ?? reason;
}

/**
 * A figure with its 95 % interval, `0.404 [0.21, 0.58]`, with the reason for none,
 * `0.404 (no interval: too few rows)`, or why there is no figure; never NaN.
 */
export function estimate(figure: MaybeEstimate, digits = 3): string {
  if (figure === null || figure === undefined) return undefinedFor("no_rows");
  if (figure.value === null) return undefinedFor(figure.reason);
  const { value, low, high } = figure;
  if (low === null) return `${value.toFixed(digits)} (${intervalMissing(figure.reason)})`;
  return `${value.toFixed(digits)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

/** Why a figure has no interval, in words that people read. */
export function intervalMissing(reason: string): string {
  const words = whyMissing(reason);
  return words.startsWith("no interval") ? words : `no interval: ${words}`;
}

function undefinedFor(reason: string): string {
  return `undefined: ${whyMissing(reason)}`;
}

/** A share as a percentage with its interval, `54.1 % [49.7, 58.4]`. */
export function percentage(figure: MaybeEstimate): string {
  if (figure === null || figure === undefined || figure.value === null) return estimate(figure);
  const { value, low, high } = figure;
  const percent = (share: number) => (share * 100).toFixed(1);
  if (low === null) return `${percent(value)} % (${intervalMissing(figure.reason)})`;
  return `${percent(value)} % [${percent(low)}, ${percent(high)}]`;
}
