import * as z from "zod";
import { Failure } from "../calls/failure.ts";
import { Verdict } from "../verdict.ts";

/** What an editor made of a response in one iteration, and what became of it. */
export const Rewrite = z.object({
  /** From 1. */
  iteration: z.number().int().positive(),
  /**
   * What its writer was told to do: at most three of the advisor's, or the reviewers' feedback;
   * empty where it had neither.
   */
  suggestions: z.array(z.string()),
  text: z.string(),
  /**
   * Of the response that stood before as A and this one as B; null where there is no judge (one
   * pass), and where another revision of its round went on.
   */
  verdict: Verdict.nullable(),
  /** True where this text took the place of the response before. */
  accepted: z.boolean(),
  /** In a chain, who wrote it. */
  agent: z.string().optional(),
  /**
   * In a branching loop: how it stood, as B, against another revision of its round (its
   * `iteration`).
   */
  siblings: z
    .array(z.object({ against: z.number().int().positive(), verdict: Verdict }))
    .optional(),
});
export type Rewrite = z.infer<typeof Rewrite>;

/** One answer of a conversation and how it was improved. */
export const EvolvedAnswer = z.object({
  /** It answers the K-th user turn, from 1. */
  turn: z.number().int().positive(),
  before: z.string(),
  after: z.string(),
  /** Accepted rewrites; 0 where `after` is `before`. */
  rounds: z.number().int().nonnegative(),
  /** Every rewrite in order, the rejected one too. */
  rewrites: z.array(Rewrite),
  /** The evaluator's readings without a readable verdict. */
  unparsed: z.number().int().nonnegative(),
  /** Verdicts whose two orders named different sides. */
  flips: z.number().int().nonnegative(),
  /**
   * Why the answer ended before its time: a call's outcome, or `unparsed_verdict`, `no_argument`,
   * `no_suggestion`.
   */
  endedEarly: Failure.optional(),
});
export type EvolvedAnswer = z.infer<typeof EvolvedAnswer>;

/** The reason of an answer that was kept because no reading of the verdict could be understood. */
export const unparsedVerdict = "unparsed_verdict";

/** How far one answer has come. */
export type EvolutionProgress = {
  /** The answer as it was given. */
  readonly response: string;
  readonly rewrites: readonly Rewrite[];
};

/** The current response: the last accepted rewrite, else the one given. */
export function currentResponse({ response, rewrites }: EvolutionProgress): string {
  return rewrites.findLast(({ accepted }) => accepted)?.text ?? response;
}

/** The iteration under way, from 1: each one that was finished left a rewrite. */
export function iterationOf({ rewrites }: Pick<EvolutionProgress, "rewrites">): number {
  return rewrites.length + 1;
}

/** An answer at its end. */
export function evolvedAnswer(
  turn: number,
  progress: EvolutionProgress,
  ended: Failure | null,
): EvolvedAnswer {
  const rewrites = [...progress.rewrites];
  const verdicts = rewrites.flatMap(({ verdict, siblings = [] }) => [
    ...siblings.map((sibling) => sibling.verdict),
    ...(verdict === null ? [] : [verdict]),
  ]);
  const votes = verdicts.flatMap((verdict) => verdict.votes);
  return {
    turn,
    before: progress.response,
    after: currentResponse(progress),
    rounds: rewrites.filter(({ accepted }) => accepted).length,
    rewrites,
    unparsed: votes.filter(({ parsed }) => !parsed).length,
    flips: verdicts.filter(({ flipped }) => flipped === true).length,
    ...(ended === null ? {} : { endedEarly: ended }),
  };
}
