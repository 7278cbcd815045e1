import type { Comparison } from "../evaluation/comparison.ts";
import type { Response } from "../response.ts";

type Progress = {
  readonly responses: readonly Response[];
  readonly comparisons: readonly Comparison[];
};

/**
 * Indices of the responses of a round, in the order they were made; more than one only in a
 * branching loop.
 */
export function responsesOfRound({ responses }: Progress, round: number): number[] {
  return responses.flatMap((response, index) => (response.round === round ? [index] : []));
}

/**
 * Index of the response that goes on from a round: the only one, or the best of its branches as far
 * as they have been compared (a tie keeps the later). Undefined where the round has none.
 */
export function bestOfRound(progress: Progress, round: number): number | undefined {
  let champion = responsesOfRound(progress, round)[0];
  for (const comparison of progress.comparisons) {
    if (comparison.siblings && comparison.round === round) champion = winnerOf(comparison);
  }
  return champion;
}

/**
 * Who stays: the winner, the challenger after a tie unless it had to be better, the incumbent where
 * no verdict could be had.
 */
export function winnerOf({ won, verdict, incumbent, challenger, strict }: Comparison): number {
  if (won !== null) return won;
  return verdict.winner === "tie" && strict !== true ? challenger : incumbent;
}

/** The last round that has a response; 0 before the first. */
export function lastRound({ responses }: Progress): number {
  return responses.reduce((last, { round }) => Math.max(last, round), 0);
}

/**
 * How many rounds were not written but given: one where the graph improves a response that was
 * there, else none.
 */
export function givenRounds({ responses }: Pick<Progress, "responses">): 0 | 1 {
  return responses[0]?.given === true ? 1 : 0;
}
