import { setTimeout as sleep } from "node:timers/promises";
import type { Spent } from "../../models/cost/budget.ts";
import type { Gate } from "../../models/gate/gate.ts";
import { readAnswer } from "../../models/providers/read-answer.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { RowResult } from "../../state/row-result.ts";
import { packageVersion } from "../../state/package-root.ts";
import type { RunDirectory } from "../directory/run-directory.ts";
import type { Progress } from "../progress/progress.ts";
import { createCollector, type AwaitedRows } from "./collect-events.ts";
import { queueUnits } from "./queue-budget.ts";
import { answerField } from "./queue-journal.ts";
import type { QueuedRun } from "./queued-run.ts";
import {
  connectRedis,
  isDurable,
  reconnectRedis,
  sayWhenAway,
  shownQueue,
} from "./redis-connection.ts";
import { hasWorkers } from "./live-workers.ts";
import { removeRun } from "./remove-run.ts";
import { openRuns, runKeys } from "./run-keys.ts";
import { forgetName, nextSession } from "./run-name.ts";

export type QueueOptions = {
  readonly url: string;
  readonly directory: RunDirectory<RowResult>;
  readonly run: Omit<QueuedRun, "fellowship" | "session">;
  readonly gate: Gate;
  readonly progress: Progress;
  readonly budgetUsd: number | undefined;
  /** By the run so far, from its journal. */
  readonly spent: () => Promise<Spent>;
};

/** The rows of a run on a queue, where workers take them. */
export type QueueRows = {
  /** Rows that are on the queue at once, at most. */
  readonly window: number;
  /** Puts a row on the queue, and resolves with its result when a worker has reported it. */
  readonly work: (address: RowAddress, row: unknown) => Promise<RowResult>;
  readonly close: () => Promise<void>;
};

/** How often a run looks whether workers are there. */
const lookEveryMs = 5_000;
const pollMs = 100;

/**
 * Puts a run on the queue of a Redis. First it takes in what workers have done while no process
 * collected it; then its rows go out, each once, whatever is killed and started again.
 *
 * @throws FellowshipError `bad_usage` where no Redis answers
 */
export async function openQueueRows(options: QueueOptions): Promise<QueueRows> {
  const { url, directory, run, gate, progress, budgetUsd } = options;
  const redis = await connectRedis(url);
  const reading = await reconnectRedis(url);
  if (!(await isDurable(redis))) {
    progress.say(
      `The Redis at ${shownQueue(url)} does not write every answer to its disk at once: ` +
        "if it is killed, answers are lost and bought again (appendonly yes, appendfsync always).",
      "notice",
    );
  }
  sayWhenAway(redis, url, (message) => progress.say(message, "notice"));
  const { run: name, session } = await nextSession(directory.path);
  const keys = runKeys(name);
  const { Queue } = await import("bullmq");
  const queue = new Queue(keys.queue, { connection: redis, prefix: "fellowship" });
  queue.on("error", () => undefined); // the connection comes back
  const awaited: AwaitedRows = new Map();
  const early = new Map<number, RowResult>();
  const collector = createCollector({
    redis: reading,
    keys,
    session,
    directory,
    gate,
    awaited,
    early,
    onRefusal: ({ host, why }) =>
      progress.say(`The worker on ${host} takes no rows: ${why}`, "notice"),
    onAnswer: ({ answer, shared }) => {
      if (answer === undefined) return;
      progress.call(undefined, readAnswer(answer).tokens, shared !== true);
    },
  });
  await collector.catchUp();
  await setBudget();
  const definition: QueuedRun = { ...run, fellowship: packageVersion(), session };
  await redis.set(keys.definition, JSON.stringify(definition));
  await redis.sadd(openRuns, name);
  let isOpen = true;
  const following = collector.follow().catch(fail);
  const watching = watch();

  /** What is spent is in the journal, whatever Redis remembers. */
  async function setBudget(): Promise<void> {
    const { usd, unknownUsd } = await options.spent();
    const sums = { known: queueUnits(usd), unknown: queueUnits(unknownUsd) };
    await redis.hset(keys.budget, sums);
    if (budgetUsd === undefined) await redis.hdel(keys.budget, "limit");
    // A budget is rounded down.
    else await redis.hset(keys.budget, { limit: Math.floor(budgetUsd * 1e9 + 1e-6) });
  }

  function fail(error: unknown): void {
    for (const { reject } of awaited.values()) reject(error);
    awaited.clear();
  }

  /** Leaves the rows pending when the run is halted, and says when no worker is there. */
  async function watch(): Promise<void> {
    let lookedAt = performance.now();
    let isMissing = false;
    while (isOpen) {
      await sleep(pollMs);
      if (gate.halted !== null) await leavePending();
      if (awaited.size === 0 || performance.now() - lookedAt < lookEveryMs) continue;
      const wasMissing = isMissing;
      isMissing = !(await hasWorkers(redis));
      lookedAt = performance.now();
      if (wasMissing || !isMissing) continue;
      progress.say(
        "No worker is there. Start some, on this machine or another: fellowship worker " +
          `--queue ${shownQueue(url)}`,
        "notice",
      );
    }
  }

  async function leavePending(): Promise<void> {
    await redis.srem(openRuns, name);
    for (const { resolve } of awaited.values()) resolve(pendingResult);
    awaited.clear();
  }

  async function put(address: RowAddress, row: unknown): Promise<void> {
    const { number } = address;
    // It failed before, and is tried again.
    if (directory.rows.statusOf(number) === "failed") await redis.setbit(keys.ended, number, 0);
    for (const record of await directory.calls.answersOf(number)) {
      await redis.hsetnx(keys.row(number), answerField(record), JSON.stringify(record));
    }
    await queue.add(
      "row",
      { address, row },
      { jobId: `row-${number}`, attempts: 1_000_000, removeOnComplete: true, removeOnFail: true },
    );
  }

  async function close(): Promise<void> {
    const isWhole = gate.halted === null && awaited.size === 0;
    await redis.srem(openRuns, name);
    isOpen = false;
    collector.stop();
    await following;
    await watching;
    await queue.close();
    if (isWhole) {
      await removeRun(redis, name);
      await forgetName(directory.path);
    }
    redis.disconnect();
    reading.disconnect();
  }

  return {
    window: Math.max(1_000, 10 * run.concurrency),
    work: (address, row) =>
      new Promise((resolve, reject) => {
        if (gate.halted !== null) {
          resolve(pendingResult);
          return;
        }
        const result = early.get(address.number);
        if (result !== undefined) {
          early.delete(address.number);
          resolve(result);
          return;
        }
        awaited.set(address.number, { resolve, reject });
        put(address, row).catch(reject);
      }),
    close,
  };
}

/** Of a row that no worker came to the end of. */
const pendingResult = {
  id: "",
  transcript: [
    {
      agent: "",
      part: "",
      turn: 0,
      model: "",
      outcome: "interrupted",
      content: "",
      finish: null,
      tokens: null,
    },
  ],
} as unknown as RowResult;
