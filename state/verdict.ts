import * as z from "zod";
import { Failure } from "./calls/failure.ts";

/** `none`: no verdict could be had. */
export const Winner = z.enum(["a", "b", "tie", "none"]);
export type Winner = z.infer<typeof Winner>;

export const Scores = z.object({ a: z.number(), b: z.number() });
export type Scores = z.infer<typeof Scores>;

/**
 * One reading by one agent. A vote in part `swapped` saw the responses the other way round; its
 * winner and scores are told of the pair as it is.
 */
export const Vote = z.object({
  agent: z.string(),
  model: z.string(),
  part: z.string().optional(),
  winner: Winner,
  scores: Scores.nullable(),
  /** False where no verdict could be read from the answer, or there was no answer. */
  parsed: z.boolean(),
  /** True where a shown text alone made the verdict unreadable, because it holds the same one. */
  lost: z.boolean().optional(),
});
export type Vote = z.infer<typeof Vote>;

/** What a step of a cascade made of a pair; steps count from 1. */
export const StepSummary = z.object({
  step: z.number().int().positive(),
  winner: Winner,
  scores: Scores.nullable(),
});
export type StepSummary = z.infer<typeof StepSummary>;

export const Verdict = z.object({
  winner: Winner,
  /** Means over the votes that hold scores, on the evaluator's own scale. */
  scores: Scores.nullable(),
  votes: z.array(Vote),
  /** Of a calibrated jury, from 0 to 1: how sure it is of the winner. */
  confidence: z.number().optional(),
  /** Present where both orders were asked: true when they named different sides. */
  flipped: z.boolean().optional(),
  /** Present where no agent answered at all; the winner is `none` then. */
  failure: Failure.optional(),
  /** Of a cascade: what each step that was asked made of the pair; the last one decides. */
  steps: z.array(StepSummary).optional(),
});
export type Verdict = z.infer<typeof Verdict>;

/** A verdict told of the same pair the other way round. */
export function sidesSwapped(verdict: Verdict): Verdict {
  return {
    ...verdict,
    ...swapped(verdict),
    votes: verdict.votes.map((vote) => ({ ...vote, ...swapped(vote) })),
    ...(verdict.steps === undefined
      ? {}
      : { steps: verdict.steps.map((step) => ({ ...step, ...swapped(step) })) }),
  };
}

function swapped({ winner, scores }: Pick<Verdict, "winner" | "scores">) {
  const others = { a: "b", b: "a", tie: "tie", none: "none" } as const;
  return {
    winner: others[winner],
    scores: scores === null ? null : { a: scores.b, b: scores.a },
  };
}
