import type { ResponseHeaders } from "../wire/wire.ts";
import type { Call } from "../call.ts";
import type { Follower } from "./following/direct-tracer.ts";
import type { Price } from "../cost/prices.ts";
import type { TokenBound } from "../cost/worst-case-tokens.ts";
import type { Endpoint } from "../endpoint.ts";
import type { ParsedAnswer } from "../providers/read-answer.ts";
import type { WireFailure } from "../wire/classify-failure.ts";
import type { ReadAnswer } from "../wire/judge-end.ts";

/** A call on its way to its model, with the facts that earlier steps have added. */
export type Send = {
  readonly call: Call;
  readonly endpoint: Endpoint;
  /** SHA-256 of model, settings and messages (`requestHash`). */
  readonly requestHash: string;
  /** The tokens that one send can cost at most. */
  readonly bound: TokenBound;
  /** The price of its tokens; null where it is not known, and outside a run. */
  readonly price: Price | "free" | null;
  /** Counts the sends of this call, from 1. */
  readonly attempt: number;
  /** What follows this send; null where nothing does. */
  readonly followedBy: Follower | null;
  /** Hands the headers of a response to the limiter. */
  readonly heard: (headers: ResponseHeaders) => void;
  /** Writes an answer down before anything is done with it; a failure where that is impossible. */
  readonly keep: (answer: ParsedAnswer) => Promise<WireFailure | null>;
};

/** An answer, and where it came from. */
export type Answer = ParsedAnswer & { readonly source: "journal" | "model" };

/** The result of a send: an answer, a failure, or null where the gate was halted before it left. */
export type Sent = Answer | WireFailure | null;

/** Hands a send on to the rest of the chain. */
export type Next = (send: Send) => Promise<Sent>;

/** One step of the way: it may act before the rest of the chain, after it, or in its place. */
export type Step = (send: Send, next: Next) => Promise<Sent>;

/** Composes steps: the first is the outermost, and `last` sends. */
export function chain(steps: readonly Step[], last: Next): Next {
  return steps.reduceRight<Next>((next, step) => (send) => step(send, next), last);
}

export function isFailure(sent: Answer | WireFailure): sent is WireFailure {
  return "remedy" in sent;
}

/** The reading of an answer; that of a failure has its outcome and no text. */
export function readingOf(sent: Answer | WireFailure): ReadAnswer {
  if (!isFailure(sent)) return sent.read;
  const { outcome, detail } = sent;
  return { outcome, detail, content: "", finish: null, tokens: null };
}
