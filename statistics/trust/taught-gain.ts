import { binomialUpperTail } from "../estimates/binomial-tail.ts";

/** Whether an evaluator agreed with people about a row before and after it was taught. */
export type TaughtRow = {
  /** Rows of one prompt are no independent evidence. */
  readonly prompt: string;
  readonly wasRight: boolean;
  readonly isRight: boolean;
};

export type TaughtGain = {
  /** Rows and prompts that the evaluator wasn't taught with. */
  readonly heldOut: number;
  readonly prompts: number;
  /** Rows on which it agrees with people only since it was taught, and only before. */
  readonly gained: number;
  readonly lost: number;
  /** Exact one-sided p value of no gain, from 0 to 1. */
  readonly p: number;
};

/** A gain is announced falsely in at most this share of cases, whatever was proposed. */
export const falseGains = 0.05;

/**
 * The p value up to which a gain is announced. Each proposal could gain by luck, so they share the
 * false announcements (Bonferroni).
 */
export function taughtLevel(proposals: number): number {
  return falseGains / proposals;
}

/** With fewer prompts that differ, not even a gain in each of them would be beyond noise. */
export function leastDifferences(proposals: number): number {
  return Math.ceil(Math.log2(1 / taughtLevel(proposals)));
}

/**
 * What teaching changed on held-out rows. The sign test is over prompts: each counts as a gain or a
 * loss by the larger number of its rows, and those with as many of both don't count. Without an
 * effect of teaching both are equally likely (Dixon and Mood, JASA 41, 1946).
 */
export function measureTaughtGain(rows: readonly TaughtRow[]): TaughtGain {
  const netOf = new Map<string, number>();
  for (const { prompt, wasRight, isRight } of rows) {
    netOf.set(prompt, (netOf.get(prompt) ?? 0) + Number(isRight) - Number(wasRight));
  }
  const nets = [...netOf.values()];
  const better = nets.filter((net) => net > 0).length;
  const worse = nets.filter((net) => net < 0).length;
  return {
    heldOut: rows.length,
    prompts: netOf.size,
    gained: rows.filter(({ wasRight, isRight }) => isRight && !wasRight).length,
    lost: rows.filter(({ wasRight, isRight }) => wasRight && !isRight).length,
    p: binomialUpperTail(better, better + worse, 0.5),
  };
}
