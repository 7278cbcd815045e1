import type { Comparison } from "../evaluation/comparison.ts";
import type { Message } from "../message.ts";
import type { Response, Review } from "../response.ts";

/** How far a feedback loop has come, as far as its members' conversations go. */
export type LoopProgress = {
  readonly prompt: readonly Message[];
  readonly responses: readonly Response[];
  readonly reviews: readonly Review[];
  readonly comparisons: readonly Comparison[];
};

/**
 * The conversation that each member of a loop was shown before it wrote, derived from the row's
 * progress.
 */
export type MemberConversations = {
  /** Before the response of a round; with `reviewer`, in the branch of that reviewer. */
  readonly generator: (progress: LoopProgress, round: number, reviewer?: string) => Message[];
  /** Before a reviewer's review of a round; empty for one that is a debate. */
  readonly reviewer: (progress: LoopProgress, reviewer: string, round: number) => Message[];
};
