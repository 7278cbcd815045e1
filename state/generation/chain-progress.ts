import type { Comparison } from "../evaluation/comparison.ts";
import type { Rewrite } from "./evolved-answer.ts";
import type { Response, Review } from "../response.ts";
import { lastRound, winnerOf } from "./rounds.ts";
import { sidesSwapped, type Verdict } from "../verdict.ts";

/**
 * How far a row has come: what a chain has, what a step of it began with, or what the step has
 * added.
 */
export type ChainProgress = {
  readonly responses: readonly Response[];
  readonly reviews: readonly Review[];
  readonly comparisons: readonly Comparison[];
  /** Index into the responses of all steps. */
  readonly best: number;
};

/** Which step of a chain, from 1, and who writes in it. */
export type StepOfChain = { readonly step: number; readonly agent: string };

/**
 * What a step adds that began with the best response so far as its round 1. Its own rounds and
 * indices count from there; here they count on from what the chain has.
 */
export function numberedOn(
  before: ChainProgress,
  told: ChainProgress,
  { step, agent }: StepOfChain,
): ChainProgress {
  const rounds = lastRound(before);
  const indexOf = (index: number) =>
    index === 0 ? before.best : before.responses.length + index - 1;
  const roundOf = (round: number) => (round === 1 ? roundOfBest(before) : rounds + round - 1);
  const mark = markOf(step);
  return {
    responses: told.responses
      .slice(1)
      .map((response) => ({ ...response, round: roundOf(response.round), agent, ...mark })),
    reviews: told.reviews.map((review) => ({ ...review, round: roundOf(review.round), ...mark })),
    comparisons: told.comparisons.map((comparison) => ({
      ...comparison,
      round: roundOf(comparison.round),
      incumbent: indexOf(comparison.incumbent),
      challenger: indexOf(comparison.challenger),
      won: comparison.won === null ? null : indexOf(comparison.won),
    })),
    best: indexOf(told.best),
  };
}

/**
 * What CoEvol adds to a chain: each rewrite is a round of its own, and challenges the response that
 * stands.
 *
 * @param part In which its evaluator was asked.
 */
export function roundsOfRewrites(
  before: ChainProgress,
  rewrites: readonly Rewrite[],
  { step, agent, part }: StepOfChain & { readonly part: string },
): ChainProgress {
  const responses: Response[] = [];
  const comparisons: Comparison[] = [];
  let best = before.best;
  for (const { text, suggestions, verdict, accepted } of rewrites) {
    const challenger = before.responses.length + responses.length;
    const round = lastRound(before) + responses.length + 1;
    responses.push({ round, text, suggestions, agent, ...markOf(step) });
    if (verdict !== null) {
      const sides = { round, part, incumbent: best, challenger, incumbentIs: "a" as const };
      const won = winnerAmong(verdict, best, challenger);
      comparisons.push({ ...sides, siblings: false, won, verdict, strict: true });
    }
    if (accepted) best = challenger;
  }
  return { responses, reviews: [], comparisons, best };
}

/** The progress of a chain that began with an answer that was given, as rewrites of that answer. */
export function rewritesOf(progress: ChainProgress): Rewrite[] {
  return progress.responses.slice(1).map((response, before) => {
    const index = before + 1;
    const contests = progress.comparisons.filter(({ challenger }) => challenger === index);
    const contest = contests.find(({ siblings }) => !siblings);
    const siblings = contests
      .filter((one) => one !== contest)
      .map((one) => ({ against: one.incumbent, verdict: incumbentAsA(one) }));
    return {
      iteration: index,
      suggestions: response.suggestions ?? feedbackFor(response, progress.reviews),
      text: response.text,
      verdict: contest === undefined ? null : incumbentAsA(contest),
      accepted: contest !== undefined && winnerOf(contest) === index,
      ...(response.agent === undefined ? {} : { agent: response.agent }),
      ...(siblings.length === 0 ? {} : { siblings }),
    };
  });
}

/** The first step is not marked: its rows are the same as those of its graph by itself. */
function markOf(step: number): { step?: number } {
  return step === 1 ? {} : { step };
}

function roundOfBest({ responses, best }: ChainProgress): number {
  return responses[best]?.round ?? 1;
}

function winnerAmong({ winner }: Verdict, incumbent: number, challenger: number): number | null {
  if (winner === "a") return incumbent;
  return winner === "b" ? challenger : null;
}

function incumbentAsA({ verdict, incumbentIs }: Comparison): Verdict {
  return incumbentIs === "a" ? verdict : sidesSwapped(verdict);
}

/**
 * What a revision was made after: the last reviews of its step before its round, in a branch those
 * of its reviewer.
 */
function feedbackFor(response: Response, reviews: readonly Review[]): string[] {
  const { step, round, reviewer } = response;
  const earlier = reviews.filter((review) => review.step === step && review.round < round);
  const last = earlier.reduce((latest, review) => Math.max(latest, review.round), 0);
  return earlier
    .filter((review) => review.round === last)
    .filter((review) => reviewer === undefined || review.reviewer === reviewer)
    .map(({ feedback, evaluation, text }) => feedback || evaluation || text);
}
