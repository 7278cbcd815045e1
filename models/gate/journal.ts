import type { CallAddress } from "../call.ts";
import type { TokenBound } from "../cost/worst-case-tokens.ts";
import type { WireFailure } from "../wire/classify-failure.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";

/** One send of one call. */
export type Attempt = {
  readonly address: CallAddress;
  /**
   * SHA-256 of model, settings and messages: an answer counts only for the question it answered.
   */
  readonly requestHash: string;
  /** From 1. */
  readonly attempt: number;
  /** What it can cost at most; a later session counts this where the true cost is unknown. */
  readonly bound?: TokenBound;
  /** The same in dollars, at the price of the day; undefined without a price. */
  readonly worstUsd?: number | undefined;
  /** Identical calls of the run share its answer (`askedOnce`). */
  readonly once?: true | undefined;
  /** Nothing was sent: the answer is that of an identical call. */
  readonly shared?: true | undefined;
};

/**
 * Where the gate writes down what it asks and what comes back, before anybody reads it. What
 * rejects here stops the run: what can't be written down is neither sent nor used.
 */
export type CallJournal = {
  /**
   * The answer that an earlier session received for this very call.
   *
   * @param once Whether identical calls share it
   */
  find(address: CallAddress, requestHash: string, once?: boolean): Promise<RawAnswer | undefined>;
  /**
   * The answer of any call of the run to this very request as this turn, where identical calls
   * share one. Without it no answers are shared.
   *
   * @param row The number of the row that asks
   */
  findSame?(requestHash: string, turn: number, row: number): Promise<RawAnswer | undefined>;
  /**
   * Whether an earlier session was refused this very request as invalid; false in a journal that
   * doesn't keep it.
   */
  refusedBefore?(address: CallAddress, requestHash: string): boolean;
  /** Resolves when the intent is on disk; only then may the request be sent. */
  intend(attempt: Attempt): Promise<void>;
  /**
   * Resolves when the answer is on disk; only then may it be used. `usd` is what it cost; undefined
   * without a count or a price.
   */
  keep(attempt: Attempt, answer: RawAnswer, usd?: number): Promise<void>;
  /**
   * The attempt brought no answer. `cost` is `unknown` where it may have been billed all the same,
   * as after a time-out; so is that of an intent with no answer and no end, which the process did
   * not live to see. `detail` says why, where a later session is to know.
   */
  giveUp(
    attempt: Attempt,
    outcome: WireFailure["outcome"],
    cost: WireFailure["cost"],
    detail?: string,
  ): Promise<void>;
};

/** The failure of a call whose journal can't be read or written: the run ends here. */
export function storageFailure(error: unknown): WireFailure {
  const detail = error instanceof Error ? error.message : String(error);
  return { outcome: "storage_failed", remedy: "run", detail, waitMs: null, cost: "unknown" };
}
