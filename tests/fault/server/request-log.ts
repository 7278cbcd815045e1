import type { AnswerForm } from "./server-settings.ts";

/**
 * One request as the server saw it. These entries are the truth about money: what was generated was
 * paid for.
 */
export type RequestEntry = {
  /** From 1, in the order of arrival. */
  readonly number: number;
  /** When it had arrived whole, in milliseconds since 1970, with fractions. */
  readonly time: number;
  /** SHA-256 of path and body: the same question has the same key. */
  readonly key: string;
  /** Counts the sends of this key, from 1. */
  readonly attempt: number;
  readonly path: string;
  readonly model: string;
  /** The row that the prompt names by `#row-17#`; null where it names none. */
  readonly row: number | null;
  readonly form: AnswerForm;
  /** The fault it met; null for a good answer. */
  readonly faultId: string | null;
  readonly status: number;
  /**
   * An answer was made for it, so that a strict provider bills it, whether anybody reads it or not.
   */
  readonly generated: boolean;
  /**
   * What that cost in tokens, whether or not the answer stated it; null where nothing was
   * generated.
   */
  readonly usage: { readonly in: number; readonly out: number } | null;
  /** SHA-256 of the bytes of the reply's body as they are sent, hexadecimal. */
  readonly replySha256: string;
  /** It came while all calls to its model were asked to wait, and its sender could know. */
  readonly brokeHint: boolean;
  /** The whole of the reply was handed to the network: an answer that was delivered. */
  lastByteFlushed: boolean;
  /** The client closed the connection before the reply was through. */
  clientClosedEarly: boolean;
  /** When the exchange was over, in milliseconds since `time`; null while it goes on. */
  endedAfterMs: number | null;
};
