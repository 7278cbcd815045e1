import { shownUsd } from "../../models/cost/budget.ts";

/** A whole number with its thousands set off. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** Tokens to three digits: `840`, `12.5k`, `1.24M`. */
export function formatTokens(tokens: number): string {
  for (const [unit, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    // What would be rounded up to the next unit is shown in it.
    if (tokens >= 0.9995 * unit) return `${Number((tokens / unit).toPrecision(3))}${letter}`;
  }
  return String(Math.round(tokens));
}

/**
 * A time in the unit in which people would tell it: `45 seconds`, `14 minutes`, `3.5 hours`,
 * `2.1 days`.
 */
export function formatDuration(seconds: number): string {
  const [unit, word] = durationUnit(seconds);
  return `${inUnit(seconds, unit)} ${inUnit(seconds, unit) === "1" ? word.slice(0, -1) : word}`;
}

/** A time for a narrow line: `45 s`, `14 min`, `3.5 h`, `2.1 d`. */
export function shortDuration(seconds: number): string {
  const [unit, , short] = durationUnit(seconds);
  return `${inUnit(seconds, unit)} ${short}`;
}

/** The length of one call: `0.4 s`, `12 s`. */
export function formatSeconds(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : shortDuration(seconds);
}

/** `1,240 to 1,310`, and one of them where both are shown alike. */
export function formatRange(low: number, high: number, show: (figure: number) => string): string {
  return show(low) === show(high) ? show(high) : `${show(low)} to ${show(high)}`;
}

/**
 * Dollars of an estimate: to three digits, and at least to a cent from a
 * dollar up.
 */
export function roughUsd(usd: number): string {
  if (usd >= 1 || usd === 0) return `$${usd.toLocaleString("en-US", cents)}`;
  return shownUsd(Number(usd.toPrecision(3))).replace(/(\.\d\d\d*?)0+$/, "$1");
}

const cents = { minimumFractionDigits: 2, maximumFractionDigits: 2 };

function durationUnit(seconds: number): readonly [unit: number, word: string, short: string] {
  if (seconds < 120) return [1, "seconds", "s"];
  if (seconds < 7_200) return [60, "minutes", "min"];
  return seconds < 172_800 ? [3_600, "hours", "h"] : [86_400, "days", "d"];
}

/** Hours and days are told to a tenth. */
function inUnit(seconds: number, unit: number): string {
  return unit < 3_600 ? String(Math.round(seconds / unit)) : (seconds / unit).toFixed(1);
}
