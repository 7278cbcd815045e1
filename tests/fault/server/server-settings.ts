import type { FaultName } from "./faults.ts";

/**
 * Says which requests a fault befalls. Which of them it is depends on the seed, the request and the
 * attempt alone.
 */
export type FaultRule = {
  readonly fault: FaultName;
  /**
   * From 0 to 1, of the requests that the rule is about. Shares of several rules add up, in their
   * order. Default 1.
   */
  readonly share?: number;
  /** The sends of one request that it is about, from 1; default all. */
  readonly attempts?: readonly number[];
  /** Only requests to models whose name holds this text. */
  readonly model?: string;
  /** Only requests of rows with these numbers (`#row-17#` in a prompt). */
  readonly rows?: readonly number[];
  /** Only requests that ask for this form of answer. */
  readonly form?: AnswerForm;
  /** How long the server asks to wait, in milliseconds, in faults that say so. */
  readonly waitMs?: number;
};

/** A limit on requests that the server keeps and never states. */
export type ServedLimit = {
  /**
   * `bucket`: refilled all the time; `sliding`, `fixed`: so many in any second, or from one full
   * second to the next.
   */
  readonly kind: "bucket" | "sliding" | "fixed";
  readonly perSecond: number;
  /** The reply to a request over it. Default a refusal that says nothing about how long to wait. */
  readonly fault?: FaultName;
};

/** A time in which every request meets one fault, in milliseconds from the first request on. */
export type Outage = {
  readonly fault: FaultName;
  readonly fromMs: number;
  readonly untilMs: number;
};

/** What form of answer a prompt asks for. */
export type AnswerForm = "text" | "scores" | "score" | "choice" | "compare" | "review" | "advice";

/** All settings of a fault server; each has a default. */
export type ServerSettings = {
  readonly seed: number;
  /** Silence before an answer: between these two, in milliseconds. */
  readonly latencyMs: readonly [number, number];
  readonly faults: readonly FaultRule[];
  readonly limit: ServedLimit | null;
  readonly outage: Outage | null;
  /** Whether answers state their cost; the server counts all the same. */
  readonly tellsUsage: boolean;
  /**
   * `fair`: some four bytes a token. `most`: the most that a provider could count, a token a byte
   * and the longest answer asked for.
   */
  readonly count: "fair" | "most";
  /** What judges say: something seeded, the first of two always, or nothing that can be read. */
  readonly verdicts: "sane" | "gullible" | "unreadable";
  /** Sentences of a plain answer: between these two. */
  readonly sentences: readonly [number, number];
};

export const defaultSettings: ServerSettings = {
  seed: 1,
  latencyMs: [0, 0],
  faults: [],
  limit: null,
  outage: null,
  tellsUsage: true,
  count: "fair",
  verdicts: "sane",
  sentences: [1, 6],
};
