import * as z from "zod";
import type { TokenBound } from "../../models/cost/worst-case-tokens.ts";
import type { WireFailure } from "../../models/wire/classify-failure.ts";
import { RawAnswer } from "../../models/wire/raw-answer.ts";
import { TokenUsage } from "../../state/calls/call-record.ts";
import { Outcome } from "../../state/calls/outcome.ts";

/**
 * The run that an answer was taken from: the name of its directory, and the first 64 bits of its
 * plan's SHA-256.
 */
export type TakenFrom = { readonly directory: string; readonly plan: string };

/** A record of `journal.calls`: what is about to be asked, what came back, or that nothing did. */
export type CallJournalRecord = {
  readonly kind: "intent" | "answer" | "gave-up";
  readonly row: number;
  readonly id: string;
  readonly occurrence?: number | undefined;
  readonly agent: string;
  readonly part: string;
  readonly turn: number;
  readonly hash: string;
  /** From 1; 0 for an answer that was never asked for here. */
  readonly attempt: number;
  /** What the send can cost at most, in tokens. */
  readonly bound?: TokenBound | undefined;
  /** The same in dollars, at the price of the day; absent without a price. */
  readonly worstUsd?: number | undefined;
  readonly answer?: RawAnswer | undefined;
  /**
   * The cost of the answer in dollars, at the price of the day; absent without a count or a price.
   */
  readonly usd?: number | undefined;
  readonly outcome?: WireFailure["outcome"] | undefined;
  /** `unknown` where an attempt without an answer may have been billed all the same. */
  readonly cost?: WireFailure["cost"] | undefined;
  /** With an answer that identical calls of the run share. */
  readonly once?: true | undefined;
  /** With the answer of an identical call, for which nothing was sent. */
  readonly shared?: true | undefined;
  /** Why an attempt in a batch brought no answer, in a sentence. */
  readonly detail?: string | undefined;
  /** With an answer that another run asked and paid for. */
  readonly takenFrom?: TakenFrom | undefined;
  /** Where a worker of a queue reported it: the id of its entry in a stream of Redis. */
  readonly entry?: string | undefined;
};

/** The highest number that a row may have. */
export const highestRow = 2 ** 31 - 1;

const usd = z.number().nonnegative().optional();

/** The shape of every record of `journal.calls`. */
export const callJournalRecord = z
  .object({
    kind: z.enum(["intent", "answer", "gave-up"]),
    row: z.int().min(1).max(highestRow),
    id: z.string(),
    occurrence: z.int().optional(),
    agent: z.string(),
    part: z.string(),
    turn: z.int().nonnegative(),
    hash: z.string(),
    attempt: z.int().nonnegative(),
    bound: TokenUsage.optional(),
    worstUsd: usd,
    answer: RawAnswer.optional(),
    usd,
    outcome: Outcome.optional(),
    cost: z.enum(["none", "unknown"]).optional(),
    once: z.literal(true).optional(),
    shared: z.literal(true).optional(),
    detail: z.string().optional(),
    entry: z.string().optional(),
    takenFrom: z.object({ directory: z.string(), plan: z.string() }).optional(),
  })
  .refine(({ kind, answer }) => kind !== "answer" || answer !== undefined, "has no answer");
