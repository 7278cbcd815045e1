import type { RowAddress } from "../../state/calls/row-address.ts";
import type { Endpoint } from "../endpoint.ts";
import { isAskedOnce, sharedAnswer, type AskedOnceOptions } from "./asked-once.ts";
import { followCall } from "./call-callbacks.ts";
import type { Send, Sent, Step } from "./step.ts";

/** Calls that go into batches in place of being sent. */
export type CallBatch = {
  /** Whether calls to a model go into batches. */
  readonly takes: (endpoint: Endpoint) => boolean;
  /**
   * Whether a row was given up, because calls of it wait for a batch: it is taken again later, and
   * makes no further call until then.
   */
  readonly isGivenUp: (row: RowAddress) => boolean;
  /** A call of a row begins; the function that is returned ends it. */
  readonly follow: (row: RowAddress) => () => void;
  /**
   * What a batch brought for a call; null where none did.
   *
   * @param once Whether identical calls share one answer, and so one place in a batch
   */
  readonly bring: (send: Send, once: boolean) => Promise<Sent>;
  /** Puts a call into the next batch; resolves when its row is given up. */
  readonly park: (send: Send, once: boolean) => Promise<void>;
};

export type BatchedOptions = AskedOnceOptions & { readonly batch: BatchOf };

type BatchOf = () => CallBatch | undefined;

/** Counts the calls of each row that are open, and makes none for a row that was given up. */
export function followedByBatch(batchOf: BatchOf): Step {
  return async (send, next) => {
    const batch = batchOf();
    if (batch === undefined) return next(send);
    const { row } = send.call.address;
    if (batch.isGivenUp(row)) return null;
    const end = batch.follow(row);
    try {
      return await next(send);
    } finally {
      end();
    }
  };
}

/**
 * Leaves a call to the batch, where its model's calls go into one. Calls that share one answer read
 * it one after another, so that it is bought once.
 */
export function batched({ batch: batchOf, journal, stop }: BatchedOptions): Step {
  const reading = new Map<string, Promise<Sent>>();

  async function bringOnce(send: Send, batch: CallBatch): Promise<Sent> {
    const key = `${send.requestHash} ${send.call.address.turn}`;
    const before = reading.get(key) ?? Promise.resolve(null);
    const book = journal();
    const sent = before
      .catch(() => null) // its own caller gets the error
      .then(() => (book === undefined ? null : sharedAnswer(send, book, stop)))
      .then((shared) => shared ?? bring(send, batch, true));
    reading.set(key, sent);
    return sent.finally(() => {
      if (reading.get(key) === sent) reading.delete(key);
    });
  }

  return async (send, next) => {
    const batch = batchOf();
    if (batch === undefined || !batch.takes(send.endpoint)) return next(send);
    const once = isAskedOnce(send.endpoint);
    const sent = await (once ? bringOnce(send, batch) : bring(send, batch, false));
    if (sent === null) await batch.park(send, once);
    return sent;
  };
}

async function bring(send: Send, batch: CallBatch, once: boolean): Promise<Sent> {
  const sent = await batch.bring(send, once);
  if (sent === null) return null;
  const followed = await followCall(send.call, send.endpoint, { attempt: send.attempt });
  await followed?.end(sent);
  return sent;
}
