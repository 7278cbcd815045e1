import type { Comparison, Contest } from "../../state/evaluation/comparison.ts";
import type { GeneratorState } from "../../state/generation/generator-state.ts";
import { joinPart } from "../../state/calls/part.ts";
import type { Response } from "../../state/response.ts";
import { bestOfRound, responsesOfRound, lastRound } from "../../state/generation/rounds.ts";

type Progress = {
  readonly responses: readonly Response[];
  readonly comparisons: readonly Comparison[];
  readonly best: number;
};

/**
 * The contest that comes next, or null where every response has had its own. The revisions of a
 * branching round are first compared with each other; the best of them then challenges the best so
 * far. Sides take turns, so that none is always shown first (contract section 4): in round 2 the
 * incumbent is A, in round 3 the challenger.
 */
export function nextContest(progress: Progress): Contest | null {
  for (let round = 1; round <= lastRound(progress); round += 1) {
    const contenders = responsesOfRound(progress, round);
    const champion = bestOfRound(progress, round);
    if (champion === undefined) continue;
    const held = progress.comparisons.filter((comparison) => comparison.round === round);
    const between = held.filter(({ siblings }) => siblings).length;
    const sibling = contenders[between + 1];
    if (sibling !== undefined) {
      return {
        round,
        part: `round-${round}.branch-${between + 2}`,
        incumbent: champion,
        challenger: sibling,
        incumbentIs: (round + between) % 2 === 0 ? "a" : "b",
        siblings: true,
      };
    }
    if (round === 1 || held.some(({ siblings }) => !siblings)) continue;
    return {
      round,
      part: `round-${round}`,
      incumbent: progress.best,
      challenger: champion,
      incumbentIs: round % 2 === 0 ? "a" : "b",
      siblings: false,
    };
  }
  return null;
}

/** Puts the next two responses before the evaluator. */
export function createChallenge() {
  return function challenge(state: typeof GeneratorState.State): typeof GeneratorState.Update {
    const next = nextContest(state);
    if (next === null) return {};
    const incumbent = { text: state.responses[next.incumbent]?.text ?? "" };
    const challenger = { text: state.responses[next.challenger]?.text ?? "" };
    const pair =
      next.incumbentIs === "a" ? { a: incumbent, b: challenger } : { a: challenger, b: incumbent };
    const part = joinPart(state.place, next.part);
    return { contest: { ...next, part }, part, pair };
  };
}
