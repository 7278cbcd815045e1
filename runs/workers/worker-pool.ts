import type { CallRecord } from "../../state/calls/call-record.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { Call } from "../../models/call.ts";
import { receivedError, type AskedModel, type FromWorker, type WorkerJob } from "./messages.ts";
import { startWorkerProcess, type WorkerProcess } from "./worker-process.ts";

export type WorkerPoolOptions = {
  /** Processes, from 1. */
  readonly workers: number;
  readonly job: WorkerJob;
  /** Asks a model on behalf of a worker. */
  readonly ask: (call: Call, model: AskedModel) => Promise<CallRecord>;
  /** Told of workers that were lost, in sentences. */
  readonly onNotice: (message: string) => void;
};

/** Processes that share the rows of a run. */
export type WorkerPool = {
  /** Takes a row through the graph in one of them. */
  readonly work: (address: RowAddress, row: unknown) => Promise<RowResult>;
  /** Passes on that a wave of rows begins, and waits until all of them know. */
  readonly beginWave: (row: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A row that a worker is at. */
type Task = {
  readonly address: RowAddress;
  readonly row: unknown;
  readonly resolve: (result: RowResult) => void;
  readonly reject: (error: unknown) => void;
};

type Worker = {
  readonly process: WorkerProcess;
  /** By their numbers. */
  readonly tasks: Map<number, Task>;
  /** Resolves when it knows of the wave, or is gone. */
  readonly waves: Map<number, () => void>;
};

/** Workers that may be lost in a row, with no row finished between. */
const mostLost = 5;

/**
 * Opens a pool; its processes start with the first row. The rows of a worker that is killed go on
 * in another, and what was asked for them is not asked again: all calls are made, and all answers
 * kept, by the process of the run.
 */
export function openWorkerPool({ workers, job, ask, onNotice }: WorkerPoolOptions): WorkerPool {
  const alive = new Set<Worker>();
  let taskNumber = 0;
  let lostInARow = 0;
  let lastWave: number | null = null;
  let isClosed = false;

  function start(): Worker {
    const process = startWorkerProcess({
      onMessage: (message) => receive(worker, message),
      onLost: (how) => lose(worker, how),
    });
    const worker: Worker = { process, tasks: new Map(), waves: new Map() };
    alive.add(worker);
    process.send({ kind: "job", job });
    if (lastWave !== null) process.send({ kind: "wave", row: lastWave });
    return worker;
  }

  function receive(worker: Worker, message: FromWorker): void {
    switch (message.kind) {
      case "ask":
        void answer(worker, message);
        break;
      case "ended":
        lostInARow = 0;
        end(worker, message.task)?.resolve(message.result);
        break;
      case "broken":
        end(worker, message.task)?.reject(receivedError(message.error));
        break;
      case "began":
        worker.waves.get(message.row)?.();
        break;
      case "refused":
        giveUp(receivedError(message.error));
        break;
      case "ready":
        break;
    }
  }

  async function answer(
    worker: Worker,
    { question, call, model }: Extract<FromWorker, { kind: "ask" }>,
  ): Promise<void> {
    try {
      const record = await ask(call, model);
      worker.process.send({ kind: "answer", question, record });
    } catch (error) {
      giveUp(error);
    }
  }

  function end(worker: Worker, number: number): Task | undefined {
    const task = worker.tasks.get(number);
    worker.tasks.delete(number);
    return task;
  }

  function lose(worker: Worker, how: string): void {
    if (!alive.delete(worker)) return;
    for (const known of worker.waves.values()) known();
    lostInARow += 1;
    const tasks = [...worker.tasks.values()];
    if (lostInARow >= mostLost) {
      const rows = tasks.map(({ address }) => address.number).slice(0, 10);
      giveUp(
        new FellowshipError(
          "service_failed",
          `${mostLost} worker processes were lost one after the other (the last by ${how}) ` +
            "and finished no row between; " +
            `the last was at rows ${rows.join(", ")}. Where the system ended them for want ` +
            "of memory, lower --workers or --concurrency. " +
            "The same command goes on.",
          { facts: { how, rows } },
        ),
        tasks,
      );
      return;
    }
    if (isClosed) return;
    const count = tasks.length === 1 ? "1 row goes" : `${tasks.length} rows go`;
    onNotice(`A worker process was lost (${how}); its ${count} on in another.`);
    start();
    for (const task of tasks) give(task);
  }

  function giveUp(error: unknown, more: readonly Task[] = []): void {
    const open = [...alive].flatMap(({ tasks }) => [...tasks.values()]);
    for (const { tasks } of alive) tasks.clear();
    for (const { reject } of [...more, ...open]) reject(error);
  }

  function give(task: Task): void {
    const [first, ...others] = alive;
    if (first === undefined) throw new Error("there is no worker");
    const worker = others.reduce(
      (idlest, other) => (other.tasks.size < idlest.tasks.size ? other : idlest),
      first,
    );
    taskNumber += 1;
    worker.tasks.set(taskNumber, task);
    const { address, row } = task;
    worker.process.send({ kind: "row", task: taskNumber, address, row });
  }

  return {
    work: (address, row) =>
      new Promise((resolve, reject) => {
        while (alive.size < workers) start();
        give({ address, row, resolve, reject });
      }),
    async beginWave(row) {
      lastWave = row;
      await Promise.all(
        [...alive].map(({ process, waves }) => {
          const known = new Promise<void>((resolve) => waves.set(row, resolve));
          process.send({ kind: "wave", row });
          return known;
        }),
      );
    },
    async close() {
      isClosed = true;
      const closing = [...alive];
      alive.clear();
      await Promise.all(closing.map(({ process }) => process.close()));
    },
  };
}
