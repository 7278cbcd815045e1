import type { TokenBound } from "../../models/cost/worst-case-tokens.ts";
import type { WireFailure } from "../../models/wire/classify-failure.ts";
import type { RawAnswer } from "../../models/wire/raw-answer.ts";

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
  readonly answer?: RawAnswer;
  /**
   * The cost of the answer in dollars, at the price of the day; absent without a count or a price.
   */
  readonly usd?: number | undefined;
  readonly outcome?: WireFailure["outcome"];
  /** `unknown` where an attempt without an answer may have been billed all the same. */
  readonly cost?: WireFailure["cost"];
  /** With an answer that another run asked and paid for. */
  readonly takenFrom?: TakenFrom;
};
