import type { GenerationResult } from "../../state/row-result.ts";
import { isJudgedBefore } from "../engine/judged-before.ts";
import type { FinishedRows, Waves } from "../engine/waves.ts";
import { createRoundGains, type RoundGain } from "./round-gains.ts";

/**
 * The gain that a round must be able to have: of 100 rows, its response wins 10 more than it loses,
 * such as 55 to 45.
 */
export const leastGain = 0.1;

/**
 * The rounds that are left when those are taken off the end that were shown to gain nothing: the
 * 95 % interval of their gain lies below `leastGain`. A round before one that gains is kept.
 */
export function roundsLeft(gains: readonly RoundGain[], rounds: number): number {
  let left = rounds;
  while (left > 1) {
    const high = gains.find(({ round }) => round === left)?.gain.high ?? null;
    if (high === null || high >= leastGain) break;
    left -= 1;
  }
  return left;
}

/** How many rounds each row may have (`stopWhenNoGain`), from the rows before its wave alone. */
export type RoundLimits = {
  readonly waves: Waves<GenerationResult>;
  /** For a row of the wave that was begun last. */
  readonly current: () => number;
};

/**
 * Sets the rounds of each wave of rows by what the rows before it gained, so that neither the order
 * in flight nor an interruption changes them. A wave that an earlier session began keeps its rounds
 * even if rows that failed before it have succeeded since.
 *
 * @param rounds The topology's `iterations`
 */
export function createRoundLimits(rounds: number): RoundLimits {
  let limit = rounds;
  return {
    current: () => limit,
    waves: {
      beginsAt: isJudgedBefore,
      begin: async (row, journal) => {
        limit = (await begunWith(row, journal)) ?? (await judged(row, journal, limit));
      },
      learned: [{ what: "stopWhenNoGain", remedy: "Set stopWhenNoGain to false" }],
    },
  };
}

/** The rounds that a wave's rows were given by an earlier session. */
async function begunWith(
  first: number,
  { inOrder, lastRow }: FinishedRows<GenerationResult>,
): Promise<number | null> {
  for await (const { row, result } of inOrder(lastRow, first)) {
    if (row > first && isJudgedBefore(row)) return null;
    if (result.roundLimit !== undefined) return result.roundLimit;
  }
  return null;
}

async function judged(
  row: number,
  { inOrder }: FinishedRows<GenerationResult>,
  rounds: number,
): Promise<number> {
  const gained = createRoundGains();
  for await (const { result } of inOrder(row - 1)) {
    if (result.failure === undefined) gained.add(result);
  }
  return roundsLeft(gained.gains(), rounds);
}
