import type { WireFailure } from "../wire/classify-failure.ts";
import type { Fields } from "../wire/request-params.ts";
import type { ReceivedResponse } from "../wire/wire.ts";

/** One request of a batch. */
export type BatchRequest = {
  /** Names the request within its batch: 1 to 64 letters, digits, `_` or `-`. */
  readonly customId: string;
  /** The body of the same request sent live. */
  readonly body: Fields;
};

/** A batch as it is submitted. */
export type Batch = {
  /** Names the batch at the service: 1 to 64 letters, digits, `_` or `-`. */
  readonly key: string;
  /** Gives all requests from the first at each call: an upload that broke is repeated. */
  readonly requests: () => Iterable<BatchRequest> | AsyncIterable<BatchRequest>;
  /** Ids of batches that are known to be others. */
  readonly known?: ReadonlySet<string>;
};

/** A batch whose submission was not answered. */
export type SoughtBatch = {
  readonly key: string;
  /** The number of its requests. */
  readonly count: number;
  /** When its submission began, in milliseconds since 1970. */
  readonly since: number;
  /** Ids of batches that are known to be others. */
  readonly known?: ReadonlySet<string>;
  /** Whether a request of this name is in the batch, for services that keep no key. */
  readonly holds: (customId: string) => boolean;
};

/**
 * What became of a batch:
 *
 * - `running`: ask again later
 * - `ended`: its results can be read; some of its requests may have failed
 * - `expired`, `cancelled`: as `ended`, but requests without a result were not answered
 * - `failed`: none of it was done, for the reason in `failure`
 * - `lost`: the service doesn't know it
 */
export type BatchState = "running" | "ended" | "expired" | "cancelled" | "failed" | "lost";

export type BatchStatus = {
  readonly state: BatchState;
  /** Requests answered, and requests failed, so far; the total is 0 while it is not known. */
  readonly counts: { readonly total: number; readonly done: number; readonly failed: number };
  /** Why the batch failed. */
  readonly failure?: WireFailure;
};

/** The result of one request: the response that it would have got live, or why there is none. */
export type BatchResult = {
  readonly customId: string;
  readonly result: ReceivedResponse | WireFailure;
};

/** What is known of a provider's batches without asking it. */
export type BatchFacts = {
  /** The most that one batch takes; bytes as counted by `BatchService.sizeOf`. */
  readonly limits: { readonly requests: number; readonly bytes: number };
  /** The price of a token in a batch over its price live, from 0 to 1. */
  readonly priceShare: number;
  /** The longest time until a batch ends or expires, in hours. */
  readonly longestHours: number;
};

/**
 * A provider's service for batches, for one model and key. Requests to it are repeated where that
 * can help; a failure that remains is thrown as a FellowshipError `service_failed`, of which
 * `wireFailureOf` gives the remedy.
 */
export type BatchService = BatchFacts & {
  /** The provider's name in a model spec. */
  readonly name: string;
  /** The bytes that a request takes up in its batch. */
  readonly sizeOf: (request: BatchRequest) => number;
  /** Hands a batch over. Where an answer is lost on the way, it first looks for the batch. */
  readonly submit: (batch: Batch, signal: AbortSignal) => Promise<{ readonly id: string }>;
  /**
   * Finds a batch whose submission was not answered. A service that keeps no key (Anthropic's)
   * gives the batch of that time and size. Where that turns out to be another, none of its results
   * has a name that the batch holds, and the right one is looked for with the wrong one `known`.
   */
  readonly find: (sought: SoughtBatch, signal: AbortSignal) => Promise<string | undefined>;
  readonly poll: (id: string, signal: AbortSignal) => Promise<BatchStatus>;
  /** In any order. A request may be missing, and after a broken download may come twice. */
  readonly results: (id: string, signal: AbortSignal) => AsyncIterable<BatchResult>;
  /** Stops a batch; what was answered before is still in its results, and is paid for. */
  readonly cancel: (id: string, signal: AbortSignal) => Promise<void>;
};
