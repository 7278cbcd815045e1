import { createHash } from "node:crypto";
import type { DpoLine } from "./preference-lines.ts";

/** Which pairs of a pool's responses become data (contract section 4). */
export const poolRules = ["best-worst", "best-random", "all"] as const;
export type PoolRule = (typeof poolRules)[number];

export type PairFilter = {
  /** The least and the greatest difference of the two scores; a pair without scores has none. */
  readonly margin?: readonly [low: number, high: number] | undefined;
  /** The agent that wrote one of the two responses, or both. */
  readonly onPolicy?: string | undefined;
  /** Changes what `best-random` draws; 0 where not given. */
  readonly seed?: number | undefined;
};

export function isPoolRule(mode: string): mode is PoolRule {
  return poolRules.some((rule) => rule === mode);
}

/** Whether a pair is within the margin, and holds a response of the agent asked for. */
export function keeps({ score_margin: gap, source }: DpoLine, filter: PairFilter): boolean {
  const { margin, onPolicy } = filter;
  if (margin !== undefined) {
    const [low, high] = margin;
    if (gap === undefined || gap < low || gap > high) return false;
  }
  const { agent, chosen_agent: chosen, rejected_agent: rejected } = source;
  return onPolicy === undefined || [agent, chosen, rejected].includes(onPolicy);
}

/**
 * The pairs of a row that a rule draws.
 *
 * @param lines All that are allowed, the best chosen response first, and with it the worst
 *   rejected.
 */
export function drawnOf(
  lines: readonly DpoLine[],
  rule: PoolRule,
  { seed = 0 }: Pick<PairFilter, "seed">,
): DpoLine[] {
  const [first] = lines;
  if (first === undefined || rule === "all") return [...lines];
  if (rule === "best-worst") return [first];
  const { row, chosen_round: best } = first.source;
  const others = lines.filter(({ source }) => source.chosen_round === best);
  const drawn = others[Math.floor(drawFrom(`${seed}:${row}`) * others.length)];
  return drawn === undefined ? [] : [drawn];
}

/** A number from 0 to 1, 1 excluded, the same for the same words. */
function drawFrom(words: string): number {
  return createHash("sha256").update(words).digest().readUInt32BE(0) / 2 ** 32;
}
