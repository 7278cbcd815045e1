import * as z from "zod";
import type { Message } from "../../state/message.ts";
import { LineSource } from "../export/preference-lines.ts";

/** What a trainer learns from: one kind of line each. */
export const trainingKinds = ["dpo", "kto", "sft", "reward", "ranking"] as const;
export type TrainingKind = (typeof trainingKinds)[number];

/** The row that a line was made from; every exported line carries it. */
export const origin = { id: z.string(), source: LineSource };
type Origin = { readonly id: string; readonly source: LineSource };

/** A conversation that ends with the user. */
type Prompt = readonly Message[];

/** Two responses to a prompt, of which one is better. */
export type PairRecord = Origin & {
  readonly prompt: Prompt;
  readonly chosen: string;
  readonly rejected: string;
  /**
   * For reward models: how far apart the two rewards should be. Never negative; in standard
   * deviations of the run's scores.
   */
  readonly margin?: number | undefined;
};

/** A response to a prompt, to be learned (true) or avoided (false). */
export type LabelRecord = Origin & {
  readonly prompt: Prompt;
  readonly completion: string;
  readonly label: boolean;
};

/** A whole conversation; the assistant speaks last. */
export type ConversationRecord = Origin & { readonly messages: readonly Message[] };

/** A response among the others to its prompt. */
export const RankedResponse = z.strictObject({
  /** From 1; responses that are equally good share a rank. */
  rank: z.int().positive(),
  content: z.string(),
  agent: z.string(),
  /** From 0 to 1, or the score where responses were ranked by scores. */
  rating: z.number(),
  /** The mean of the evaluator's scores, on its own scale. */
  score: z.number().optional(),
});
export type RankedResponse = z.infer<typeof RankedResponse>;

/** All responses to a prompt, the best first; `chosen` is the best, `rejected` the worst. */
export type RankingRecord = PairRecord & { readonly ranking: readonly RankedResponse[] };

export type TrainingRecords = {
  readonly dpo: PairRecord;
  readonly reward: PairRecord;
  readonly ranking: RankingRecord;
  readonly kto: LabelRecord;
  readonly sft: ConversationRecord;
};
