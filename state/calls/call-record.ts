import * as z from "zod";
import { Outcome } from "./outcome.ts";

/**
 * Tokens of a call as the provider counted them; null where it did not say (unknown, never zero).
 */
export const TokenUsage = z.object({
  in: z.number().int().nonnegative(),
  out: z.number().int().nonnegative(),
});
export type TokenUsage = z.infer<typeof TokenUsage>;

/** One call in a row's transcript: the agent, and its answer. */
export const CallRecord = z.object({
  agent: z.string(),
  /**
   * Distinguishes series of calls of one agent (contract section 6); empty for the plain one.
   */
  part: z.string(),
  /** The number of the call among those of that agent and part in the row, from 0. */
  turn: z.number().int().nonnegative(),
  /** The model spec, `provider:model`. */
  model: z.string(),
  outcome: Outcome,
  content: z.string(),
  /** The model's thinking before `content`; in no data file unless its agent keeps it. */
  thinking: z.string().optional(),
  /** True where data files hold the thinking, and `content` does not. */
  keepsThinking: z.literal(true).optional(),
  finish: z.string().nullable(),
  tokens: TokenUsage.nullable(),
  /** True where the server's count shows that it read only a part of the prompt. */
  promptTruncated: z.boolean().optional(),
  /** The model's name in the answer, where that is another model than `model`. */
  answeredBy: z.string().optional(),
  /** Equal in calls that share one answer; taken out of data files. */
  request: z.number().int().nonnegative().optional(),
  /** In data files: the answer is that of an earlier call, where its tokens and its cost count. */
  shared: z.literal(true).optional(),
  /** What went wrong, in a sentence, where something did. */
  detail: z.string().optional(),
});
export type CallRecord = z.infer<typeof CallRecord>;

/** A call as data files have it: `request` is the run's own. */
export function callLine(record: CallRecord): Omit<CallRecord, "request"> {
  if (record.request === undefined) return record;
  const { request: _, ...line } = record;
  return line;
}

/** The key of a call in its row. */
export function callKey({ agent, part, turn }: CallRecord): [string, string, number] {
  return [agent, part, turn];
}
