import { waitFor } from "../gate/failure/wait-for.ts";
import type { WireFailure } from "../wire/classify-failure.ts";
import type { BatchRequest, BatchResult, BatchService, BatchStatus } from "./batch-service.ts";
import { isUnknownToService, serviceFailure, wireFailureOf } from "./service-failure.ts";

/** What is written down of a batch, so that a later session goes on with it. */
export type BatchRecord = {
  /** Counts the submissions of these requests, from 1: a batch that was lost is submitted again. */
  readonly attempt: number;
  /** When the submission began, in milliseconds since 1970. */
  readonly since: number;
  /** Once the service has answered, or the batch was found. */
  readonly id?: string | undefined;
};

export type BringOptions = {
  readonly service: BatchService;
  /** Names the batch among all of the account: up to 56 letters, digits, `_` or `-`. */
  readonly key: string;
  readonly count: number;
  readonly requests: () => Iterable<BatchRequest> | AsyncIterable<BatchRequest>;
  /** Whether a request of this name is among them. */
  readonly holds: (customId: string) => boolean;
  /** What an earlier session wrote down. */
  readonly record?: BatchRecord | undefined;
  /** Writes a record down, to the disk, in place of the one before. */
  readonly note: (record: BatchRecord) => Promise<void>;
  /** Takes a result, of which a request may have several. */
  readonly take: (result: BatchResult) => Promise<void>;
  readonly onStatus?: (status: BatchStatus) => void;
  /** Called where a batch was lost by its service, which may bill it all the same. */
  readonly onLost?: () => void;
  /**
   * Called where a batch finds no room among what the account may have waiting; true where its
   * requests are to be submitted in smaller batches, so that this one is over.
   */
  readonly goesApart?: (failure: WireFailure) => boolean;
  /** Called with a sentence for people. */
  readonly say?: (message: string) => void;
  /**
   * The first wait between two looks, in milliseconds; it grows to sixty times as long. Default 1
   * second.
   */
  readonly pollMs?: number;
  readonly signal: AbortSignal;
};

const usualPollMs = 1_000;
const longestPolls = 60;
/** The wait for room among what an account may have waiting, in first waits: five minutes. */
const roomPolls = 300;
/** A list of batches is not further behind, in milliseconds. */
const behindMs = 5 * 60_000;
const mostLost = 3;

/**
 * Has a batch answered, and hands its results over: submits it where no session did, finds it where
 * a submission was not answered, waits, and reads the results. Called again after any end of the
 * process, it goes on where the record says, and buys no request twice.
 *
 * @returns How the batch ended; requests without a result were not answered
 * @throws FellowshipError `service_failed` where the service refuses the batch or does not answer;
 *   the signal's reason where it is aborted
 */
export async function bringBatch(given: BringOptions): Promise<BatchStatus> {
  let { record } = given;
  const options: BringOptions = {
    ...given,
    note: async (next) => {
      record = next;
      await given.note(next);
    },
  };
  const others = new Set<string>();
  let lost = 0;
  for (;;) {
    const batch = await submitted(options, record, others);
    const status = "id" in batch ? await ended(batch.id, options) : batch;
    if ("id" in batch && status.state !== "failed") {
      const read = await readResults(status, batch, options);
      if (read === "own") return status;
      others.add(batch.id);
      if (read === "lost") lost += 1;
      if (lost === mostLost) throw lostTooOften(options.service.name, lost);
      await options.note(nextRecord(batch, read));
    } else {
      if (!(await waitForRoom(status, options))) return status;
      if ("id" in batch) await options.note(nextRecord(batch, "none"));
    }
    options.signal.throwIfAborted();
  }
}

/** Whose results a batch brought: these requests', those of others, or none. */
type ReadResults = "own" | "others" | "lost" | "none";

/** A batch that turns out to be another's is looked for again, any other submitted again. */
function nextRecord({ attempt, since }: BatchRecord, read: ReadResults): BatchRecord {
  return read === "others" ? { attempt, since } : { attempt: attempt + 1, since: Date.now() };
}

async function readResults(
  { state }: BatchStatus,
  { id, since }: Submitted,
  options: BringOptions,
): Promise<ReadResults> {
  const { service, say = none, onLost = none } = options;
  const known = state === "lost" ? "lost" : await takeResults(id, since, options);
  if (known === "others") {
    say(
      `Batch ${id} of ${service.name} turned out to be another one; the right one is looked for.`,
    );
  } else if (known === "lost") {
    onLost();
    const what = state === "lost" ? `doesn't know batch ${id}` : `has no results of batch ${id}`;
    say(`${service.name} ${what} any more; its requests are submitted again.`);
  }
  return known;
}

const none = () => undefined;

type Submitted = BatchRecord & { readonly id: string };

/** Finds or makes the batch, and writes its id down; `failed` where there is no room for it. */
async function submitted(
  options: BringOptions,
  given: BatchRecord | undefined,
  others: ReadonlySet<string>,
): Promise<Submitted | BatchStatus> {
  if (given?.id !== undefined) return { ...given, id: given.id };
  const { service, key, count, requests, holds, note, pollMs = usualPollMs, signal } = options;
  const record = given ?? { attempt: 1, since: Date.now() };
  const name = `${key}-${record.attempt}`;
  if (given === undefined) await note(record);
  const { since } = record;
  const find = () => service.find({ key: name, count, since, known: others, holds }, signal);
  const found = given === undefined ? undefined : ((await find()) ?? (await findLater(find)));
  const made = found ?? (await submit());
  if (typeof made === "object") return made;
  await note({ ...record, id: made });
  return { ...record, id: made };

  async function submit(): Promise<string | BatchStatus> {
    try {
      return (await service.submit({ key: name, requests, known: others }, signal)).id;
    } catch (error) {
      const failure = wireFailureOf(error);
      if (failure?.remedy !== "wait") throw error;
      const status = {
        state: "failed",
        counts: { total: 0, done: 0, failed: 0 },
        failure,
      } as const;
      // A send before the refusal may have arrived, without an answer.
      return (await find()) ?? status;
    }
  }

  /** A list may be some seconds behind what was made. */
  async function findLater(look: typeof find): Promise<string | undefined> {
    if (Date.now() - since > behindMs) return undefined;
    await waitFor(2 * pollMs, signal);
    signal.throwIfAborted();
    return look();
  }
}

/** Looks at a batch until it has ended. */
async function ended(id: string, options: BringOptions): Promise<BatchStatus> {
  const { service, onStatus, say, pollMs = usualPollMs, signal } = options;
  let waitMs = pollMs;
  let isTold = false;
  for (;;) {
    try {
      const status = await service.poll(id, signal);
      onStatus?.(status);
      if (status.state !== "running") return status;
    } catch (error) {
      const failure = wireFailureOf(error);
      // A batch goes on, whether or not it can be looked at.
      if (failure === undefined || failure.remedy === "run") throw error;
      if (!isTold) say?.(`${(error as Error).message}. The batch goes on; it is looked at later.`);
      isTold = true;
    }
    await waitFor(waitMs, signal);
    signal.throwIfAborted();
    waitMs = Math.min(waitMs * 1.5, pollMs * longestPolls);
  }
}

/** Waits where a batch found no room; false where its requests are to go into smaller ones. */
async function waitForRoom({ failure }: BatchStatus, options: BringOptions): Promise<boolean> {
  const { service, say = none, goesApart, pollMs = usualPollMs, signal } = options;
  if (failure?.remedy !== "wait") {
    throw serviceFailure(service.name, "have a batch answered", failure ?? noReason);
  }
  if (goesApart?.(failure) === true) return false;
  say(`${service.name} has no room for a batch: ${failure.detail}. It is submitted again later.`);
  await waitFor(failure.waitMs ?? pollMs * roomPolls, signal);
  return true;
}

/**
 * Hands the results over. Services keep them for days: those that are gone sooner may come yet, and
 * are asked for by the next session.
 */
async function takeResults(
  id: string,
  since: number,
  { service, holds, take, signal }: BringOptions,
): Promise<"own" | "others" | "lost"> {
  let own = 0;
  let others = 0;
  try {
    for await (const result of service.results(id, signal)) {
      if (holds(result.customId)) {
        own += 1;
        await take(result);
      } else others += 1;
    }
  } catch (error) {
    const isGone = isUnknownToService(error) && Date.now() - since > keptMs;
    if (!isGone || own > 0) throw error;
    return "lost";
  }
  return own > 0 || others === 0 ? "own" : "others";
}

/** Results are kept at least so long, in milliseconds. */
const keptMs = 24 * 3_600_000;

const noReason = {
  outcome: "provider_refused",
  remedy: "run",
  detail: "the service does not say why",
  waitMs: null,
  cost: "none",
} as const;

function lostTooOften(name: string, times: number): Error {
  const detail = `${times} batches were lost, one after the other`;
  return serviceFailure(name, "have a batch answered", { ...noReason, detail });
}
