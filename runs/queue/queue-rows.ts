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
import { connectRedis, isDurable, shownQueue } from "./redis-connection.ts";
import { openRuns, runKeys, workerKey } from "./run-keys.ts";
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

const untilNoticeMs = 5_000;
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
  const reading = await connectRedis(url);
  if (!(await isDurable(redis))) {
    progress.say(
      `The Redis at ${shownQueue(url)} does not write every answer to its disk at once: ` +
        "if it is killed, answers are lost and bought again (appendonly yes, appendfsync always).",
      "notice",
    );
  }
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
    onAnswer: ({ answer }) => {
      if (answer !== undefined) progress.call(undefined, readAnswer(answer).tokens, true);
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
    const began = performance.now();
    let isSaid = false;
    while (isOpen) {
      await sleep(pollMs);
      if (gate.halted !== null) await leavePending();
      const isLate = performance.now() - began > untilNoticeMs;
      if (isSaid || !isLate || awaited.size === 0) continue;
      isSaid = true;
      if (await hasWorkers()) continue;
      progress.say(
        "No worker is there yet. Start some, on this machine or another: fellowship worker " +
          `--queue ${shownQueue(url)}`,
        "notice",
      );
    }
  }

  async function hasWorkers(): Promise<boolean> {
    const [, found] = await redis.scan("0", "MATCH", workerKey("*"), "COUNT", 1000);
    return found.length > 0;
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
    if (isWhole) await clean();
    await queue.close();
    redis.disconnect();
    reading.disconnect();
  }

  /** Takes the run off Redis. */
  async function clean(): Promise<void> {
    await queue.obliterate({ force: true }).catch(() => undefined);
    for (let cursor = "0"; ;) {
      const [next, found] = await redis.scan(cursor, "MATCH", keys.pattern, "COUNT", 1000);
      if (found.length > 0) await redis.del(...found);
      if (next === "0") break;
      cursor = next;
    }
    await forgetName(directory.path);
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
