import { noModel } from "../models/providers/model-spec.ts";
import type { EvaluatorState } from "../state/evaluation/evaluator-state.ts";
import type { Scores, Verdict, Vote } from "../state/verdict.ts";
import type { Check, CheckContext } from "./checks/check.ts";
import { winnerOf } from "./reading/read-answer.ts";

export type CheckResponsesOptions = {
  /** One or more. */
  readonly checks: readonly Check[];
  /** The column that holds the row's reference answer; default `reference`. */
  readonly reference?: string | undefined;
};

/**
 * Checks both responses by code. The vote of a check holds the share, from 0 to 1, to which each
 * response passes; the score of a response is the sum of its shares by weight. Where a check can't
 * tell, the verdict fails.
 */
export function createCheckResponses({ checks, reference = "reference" }: CheckResponsesOptions) {
  return async function checkResponses(
    state: typeof EvaluatorState.State,
  ): Promise<{ verdict: Verdict }> {
    const { row, prompt, pair, part, references } = state;
    const context = { row, prompt, reference: references[reference] ?? null };
    const votes: Vote[] = [];
    const scores = { a: 0, b: 0 };
    for (const one of checks) {
      const shares = await sharesOf(one, pair, context);
      if ("failure" in shares) {
        return { verdict: { winner: "none", scores: null, votes, failure: shares.failure } };
      }
      votes.push(voteOf(one.name, part, shares));
      scores.a += one.weight * shares.a;
      scores.b += one.weight * shares.b;
    }
    const sums = { a: withoutRoundingErrors(scores.a), b: withoutRoundingErrors(scores.b) };
    return { verdict: { winner: winnerOf(sums), scores: sums, votes } };
  };
}

/** The shares to which the two responses pass a check, or why it can't tell. */
async function sharesOf(
  { name, check }: Check,
  { a, b }: (typeof EvaluatorState.State)["pair"],
  context: CheckContext,
): Promise<Scores | Pick<Required<Verdict>, "failure">> {
  const shares: number[] = [];
  for (const { text } of [a, b]) {
    const result = await check(text, context);
    if ("failure" in result) {
      const { reason, detail } = result.failure;
      return { failure: { reason, detail: `check ${name}: ${detail}` } };
    }
    shares.push(result.share);
  }
  const [ofA = 0, ofB = 0] = shares;
  return { a: ofA, b: ofB };
}

function voteOf(agent: string, part: string, scores: Scores): Vote {
  const place = part === "" ? {} : { part };
  return { agent, model: noModel, ...place, winner: winnerOf(scores), scores, parsed: true };
}

/** Sums of decimals differ in their last bits. */
function withoutRoundingErrors(sum: number): number {
  return Math.round(sum * 1e9) / 1e9;
}
