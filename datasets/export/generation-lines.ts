import { callLine } from "../../state/calls/call-record.ts";
import { dataText } from "../../state/calls/kept-thinking.ts";
import type { Comparison } from "../../state/evaluation/comparison.ts";
import type { Message } from "../../state/message.ts";
import { winnerOf } from "../../state/generation/rounds.ts";
import type { GenerationResult } from "../../state/row-result.ts";

/** A finished row with its place in the input. */
export type NumberedGeneration = { readonly number: number; readonly result: GenerationResult };

/** A row's line in `rows.jsonl` (contract section 5). */
export function generationRowLine({ number, result }: NumberedGeneration) {
  const { id, input, responses, reviews, comparisons, best, endedEarly, transcript } = result;
  return {
    id,
    row: number,
    input,
    responses: responses.map((response, index) => ({
      ...response,
      ...reviewScores(result, index),
    })),
    best: roundOf(result, best),
    // In a branching loop a round holds several responses.
    ...(responses[best]?.reviewer === undefined ? {} : { bestReviewer: responses[best].reviewer }),
    verdicts: comparisons.map((comparison) => verdictLine(comparison, result)),
    reviews,
    ...(endedEarly === undefined ? {} : { endedEarly }),
    transcript: transcript.map(callLine),
  };
}

function verdictLine(comparison: Comparison, result: GenerationResult) {
  const { round, part, incumbent, challenger, incumbentIs, won, siblings, verdict } = comparison;
  const [a, b] = incumbentIs === "a" ? [incumbent, challenger] : [challenger, incumbent];
  const place = (index: number) => ({
    round: roundOf(result, index),
    ...(result.responses[index]?.reviewer === undefined
      ? {}
      : { reviewer: result.responses[index].reviewer }),
  });
  return {
    round,
    part,
    a: place(a),
    b: place(b),
    ...verdict,
    won: won === null ? null : place(won),
    goesOn: place(winnerOf(comparison)),
    ...(siblings ? { siblings } : {}),
  };
}

/**
 * The reviewers' scores of the response that went on from its round; the losing branches were not
 * reviewed.
 */
function reviewScores({ reviews, responses, comparisons }: GenerationResult, index: number) {
  const round = responses[index]?.round;
  const sibling = comparisons.some(
    (comparison) =>
      comparison.siblings &&
      comparison.round === round &&
      [comparison.incumbent, comparison.challenger].includes(index) &&
      winnerOf(comparison) !== index,
  );
  const own = sibling
    ? []
    : reviews.filter((review) => review.round === round && review.score !== null);
  if (own.length === 0) return {};
  return { scores: Object.fromEntries(own.map(({ reviewer, score }) => [reviewer, score])) };
}

/** A response as the completion of a line, with its thinking where its writer keeps that. */
export function assistant({ responses, transcript }: GenerationResult, index: number): Message[] {
  return [{ role: "assistant", content: dataText(responses[index]?.text ?? "", transcript) }];
}

/** The round of a response, from 1. */
export function roundOf({ responses }: GenerationResult, index: number): number {
  return responses[index]?.round ?? 1;
}

/** The agent that wrote a response. */
export function writerOf(result: GenerationResult, index: number): string {
  return result.responses[index]?.agent ?? generatorName(result);
}

/** The generator's name: a row begins with its call. */
export function generatorName({ generator, transcript }: GenerationResult): string {
  return generator ?? transcript[0]?.agent ?? "generator";
}
