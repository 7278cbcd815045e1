import type { RowResult } from "../../state/row-result.ts";
import { collectLateErrors } from "../../user-code/late-errors.ts";
import { openRowJournalReader } from "../look/row-journal-reader.ts";
import { openRecordedJob, type RecordedJob } from "../replay/recorded-job.ts";
import { skipRunTrees, untraced } from "../tracing/skip-run-trees.ts";
import { openChannel } from "../workers/channel.ts";
import { sentError, type FromWorker, type ToWorker, type WorkerJob } from "../workers/messages.ts";
import { refuseChanged } from "./refuse-changed.ts";
import { createRemoteGate, type RemoteGate } from "./remote-gate.ts";

/**
 * Works on the rows that the process of a run sends, until that process is gone. It decides when to
 * stop: signals to a worker change nothing.
 */
export function serveRows(): Promise<void> {
  // A run that is traced has no workers.
  skipRunTrees();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
  let job: Promise<RecordedJob> | null = null;
  let directory = "";
  let wave = Promise.resolve();
  const send = openChannel<{ sent: FromWorker; received: ToWorker }>(
    process,
    (message) => void receive(message),
  );
  const remote = createRemoteGate(send);

  async function receive(message: ToWorker): Promise<void> {
    if (message.kind === "answer") {
      remote.answered(message);
      return;
    }
    if (message.kind === "job") {
      ({ directory } = message.job);
      job = openJob(message.job, remote);
    }
    if (job === null) throw new Error("a worker was given a row before its job");
    const opened = await job.catch((error: unknown) => refused(error));
    if (opened === null) return;
    if (message.kind === "job") send({ kind: "ready" });
    else if (message.kind === "wave") wave = wave.then(() => beginWave(opened, message.row));
    else {
      await wave;
      await workOn(opened, message);
    }
  }

  function refused(error: unknown): null {
    send({ kind: "refused", error: sentError(error) });
    return null;
  }

  async function beginWave(opened: RecordedJob, row: number): Promise<void> {
    const rows = await openRowJournalReader<RowResult>(directory);
    try {
      await opened.waves?.begin(row, rows);
    } finally {
      await rows.close();
    }
    send({ kind: "began", row });
  }

  async function workOn(
    opened: RecordedJob,
    { task, address, row }: Extract<ToWorker, { kind: "row" }>,
  ): Promise<void> {
    try {
      const hasCode = Object.keys(opened.code).length > 0;
      const work = untraced(opened.work, { hasCode });
      const { result, late } = hasCode
        ? await collectLateErrors(() => work(address, row))
        : { result: await work(address, row), late: null };
      const failure = result.failure ?? late ?? undefined;
      send({ kind: "ended", task, result: { ...result, failure } });
    } catch (error) {
      send({ kind: "broken", task, error: sentError(error) });
    }
  }

  return new Promise((resolve) => {
    process.once("disconnect", () => resolve());
    // It may have gone while this process was loading.
    if (!process.connected) resolve();
  });
}

async function openJob({ plan, directory }: WorkerJob, { gate }: RemoteGate): Promise<RecordedJob> {
  const job = await openRecordedJob(plan, {
    place: directory,
    gate,
    // The process of the run was allowed to run it.
    allowCode: true,
    onCode: () => undefined,
  });
  refuseChanged(plan, job);
  return job;
}
