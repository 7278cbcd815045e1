import type { Forecast } from "./forecast.ts";
import type { Outlook } from "./running-forecast.ts";
import {
  roughUsd,
  formatCount,
  formatDuration,
  formatRange,
  formatTokens,
} from "../progress/format-figures.ts";

export type CorrectedForecast = {
  readonly outlook: Outlook;
  /** What was forecast for the same rows before the first call. */
  readonly before: Forecast;
  /** Rows that earlier sessions finished. */
  readonly rowsBefore: number;
  /**
   * Spent by earlier sessions; and the most that all sessions may have spent beyond what is known.
   */
  readonly paid: { readonly beforeUsd: number; readonly unknownUsd: number };
  readonly budgetUsd: number | undefined;
};

/**
 * The forecast as the first rows correct it, and what it was before, in a line. Calls, tokens and
 * dollars have 95 % intervals; the time has none, since no sample tells how a provider's pace
 * changes.
 */
export function correctedForecast(corrected: CorrectedForecast): string {
  const { outlook, before, rowsBefore } = corrected;
  const { calls, tokens, usd, seconds } = outlook;
  const now = [
    `${formatRange(calls.low, calls.high, formatCount)} calls answered`,
    `${formatRange(tokens.low, tokens.high, formatTokens)} tokens`,
    ...(usd.high > 0 ? [formatRange(usd.low, usd.high, roughUsd)] : []),
    formatDuration(seconds.value),
  ];
  const { calls: callsBefore, tokens: tokensBefore, cost, seconds: secondsBefore } = before;
  const then = [
    `${formatCount(callsBefore)} calls`,
    `${formatTokens(tokensBefore.in + tokensBefore.out)} tokens`,
    ...(cost.usd > 0 ? [roughUsd(cost.usd)] : []),
    ...(secondsBefore > 0 ? [formatDuration(secondsBefore)] : []),
  ];
  const whole = rowsBefore === 0 ? "in all" : "in this session";
  const sentences = [
    `after ${outlook.seen} rows: about ${now.join(", ")} ${whole}, at the pace of the ` +
      `latest rows; the forecast before was ${then.join(", ")}`,
    ...(cost.unknown > 0 ? ["the cost of models without a price is unknown"] : []),
    ...budgetWords(corrected),
  ];
  return sentences.join("; ");
}

/** Where a budget is not enough, or may not be. */
function budgetWords({ outlook, rowsBefore, paid, budgetUsd }: CorrectedForecast): string[] {
  if (budgetUsd === undefined) return [];
  const left = budgetUsd - paid.beforeUsd - paid.unknownUsd;
  const { usd, rows } = outlook;
  if (usd.value > left) {
    const row = rowsBefore + Math.max(0, Math.floor((left / usd.value) * rows));
    return [
      `the budget of ${roughUsd(budgetUsd)} will be reached at about row ${formatCount(row)}`,
    ];
  }
  return usd.high > left
    ? [`the budget of ${roughUsd(budgetUsd)} may be reached before the end`]
    : [];
}
