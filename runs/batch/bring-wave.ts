import { join } from "node:path";
import type { BatchRequest, BatchService, BatchStatus } from "../../models/batch/batch-service.ts";
import { bringBatch } from "../../models/batch/bring-batch.ts";
import { openAtomicFile } from "../../storage/atomic-file.ts";
import { counted } from "../../state/counted.ts";
import type { Progress } from "../progress/progress.ts";
import type { WireFailure } from "../../models/wire/classify-failure.ts";
import { withNewBatch, type Wave, type WaveFile } from "./wave-files/batch-state.ts";
import { idsIn, outputFacts } from "./wave-files/brought-answers.ts";
import { linesInFile } from "./wave-files/lines-in-file.ts";
import { outputLineOf } from "./wave-files/output-line.ts";
import { removeFile } from "./read-wave.ts";
import { splitFile } from "./wave-files/split-file.ts";
import { inputName, outputNames } from "./wave-files/wave-names.ts";

export type BringWaveOptions = {
  readonly folder: string;
  readonly serviceOf: (model: string) => BatchService;
  /** Writes the state of the run down, with what was noted of the wave's batches. */
  readonly note: () => Promise<void>;
  /** Called with a batch that its service lost, which may bill it all the same. */
  readonly onLost: (file: WaveFile) => void;
  readonly progress: Progress;
  /** Stops the waiting; the batches go on. */
  readonly signal: AbortSignal;
  /** The first wait between two looks at a batch, in milliseconds. */
  readonly pollMs?: number | undefined;
};

/**
 * Has all files of a wave answered, side by side, and writes their outputs. Where one can't be, the
 * others are left to their services, and a later session goes on with them. A file for which an
 * account has no room goes on in halves.
 *
 * @throws FellowshipError `service_failed`, `storage_failed`; the signal's reason where aborted
 */
export async function bringWave(wave: Wave, options: BringWaveOptions): Promise<void> {
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const parts = { ...options, signal, out: new Set<WaveFile>() };
  const results = await Promise.allSettled(
    wave.files.map(async (file) => {
      try {
        await bringFile(wave, file, parts);
      } catch (error) {
        failing.abort(error);
        throw error;
      }
    }),
  );
  options.signal.throwIfAborted();
  if (failing.signal.aborted) throw failing.signal.reason;
  if (results.some(({ status }) => status === "rejected"))
    throw new Error("a batch was not brought");
}

type FileParts = BringWaveOptions & {
  /** The files whose batches are at their services. */
  readonly out: Set<WaveFile>;
};

/** Has a file answered, or one half of it after the other where there is no room for it. */
async function bringFile(wave: Wave, file: WaveFile, parts: FileParts): Promise<void> {
  const { folder, note } = parts;
  if ((await outputFacts(join(folder, outputNames(file.stem)[0]))) !== null) return;
  const isBrought = await bringWhole(wave.wave, file, parts);
  parts.out.delete(file);
  if (isBrought) return;
  const halves = (await splitFile(folder, file)).map(withNewBatch);
  wave.files.splice(wave.files.indexOf(file), 1, ...halves);
  await note();
  await removeFile(join(folder, inputName(file.stem)));
  for (const half of halves) await bringFile(wave, half, parts);
}

/** Has a file answered in one batch; false where there is no room for it. */
async function bringWhole(wave: number, file: WaveFile, parts: FileParts): Promise<boolean> {
  const { folder, serviceOf, note, onLost, progress, signal, pollMs, out } = parts;
  const { batch } = file;
  if (batch === undefined) throw new Error(`${file.stem} has no key`);
  if (batch.id !== undefined) out.add(file);
  const input = join(folder, inputName(file.stem));
  const ids = await idsIn(input);
  const service = serviceOf(file.model);
  const say = (message: string) => progress.say(message, "notice");
  progress.say(submittedText(wave, file, service, batch.id !== undefined), "news");
  const written = await openAtomicFile(join(folder, outputNames(file.stem)[0]));
  try {
    const status = await bringBatch({
      service,
      key: batch.key,
      count: file.calls,
      requests: () => requestsIn(input),
      holds: (id) => ids.get(id) !== undefined,
      record: batch.since === null ? undefined : recordOf(batch),
      note: async ({ attempt, since, id }) => {
        if (id !== undefined) out.add(file);
        Object.assign(batch, { attempt, since, id });
        await note();
      },
      take: ({ customId, result }) =>
        written.append(Buffer.from(`${outputLineOf(customId, result)}\n`)),
      onStatus: statusSayer(wave, file, progress),
      onLost: () => onLost(file),
      goesApart: splitsOf(file, out, say),
      say,
      ...(pollMs === undefined ? {} : { pollMs }),
      signal,
    });
    if (status.state === "failed") return false;
    if (status.state === "expired" || status.state === "cancelled") {
      say(
        `Wave ${wave}: the batch of ${file.model} was ${endWords[status.state]}; what came counts.`,
      );
    }
    await written.commit();
    return true;
  } finally {
    await written.discard();
  }
}

/** So small a batch is divided only after it has waited once: others may fill the account. */
const patientCalls = 100;

/**
 * Decides what becomes of a file for which an account has no room: it waits while other batches of
 * the wave are at the service, and is divided where there are none, for then it is too large.
 */
function splitsOf(file: WaveFile, out: Set<WaveFile>, say: (message: string) => void) {
  const { model, calls } = file;
  let refusals = 0;
  return ({ detail }: WireFailure): boolean => {
    out.delete(file);
    refusals += 1;
    const isAlone = ![...out].some((other) => other.model === model);
    if (!isAlone || calls === 1 || (calls <= patientCalls && refusals === 1)) return false;
    say(
      `No room for a batch of ${counted(calls, "call")} to ${model}: ${detail} It goes on in two ` +
        "halves, one after the other.",
    );
    return true;
  };
}

const endWords = { expired: "not answered in time", cancelled: "cancelled" } as const;

function recordOf({ attempt, since, id }: NonNullable<WaveFile["batch"]>) {
  return { attempt, since: since ?? 0, ...(id === undefined ? {} : { id }) };
}

async function* requestsIn(path: string): AsyncGenerator<BatchRequest> {
  for await (const { bytes } of linesInFile(path)) {
    const { custom_id: customId, body } = JSON.parse(bytes?.toString("utf8") ?? "") as {
      readonly custom_id: string;
      readonly body: BatchRequest["body"];
    };
    yield { customId, body };
  }
}

function submittedText(
  wave: number,
  { calls, model }: WaveFile,
  { longestHours }: BatchService,
  isThere: boolean,
): string {
  const what = `Wave ${wave}: ${counted(calls, "call")} to ${model}`;
  const rest = "Ctrl-C leaves it there, and the same command fetches it";
  return isThere
    ? `${what} in a batch that was submitted before. ${rest}.`
    : `${what} go into a batch, which ends within ${longestHours} hours. ${rest}.`;
}

const statusEveryMs = 60_000;

/** Says how far a batch is, now and then. */
function statusSayer(wave: number, { model }: WaveFile, progress: Progress) {
  let saidAt = performance.now();
  return ({ counts: { total, done, failed } }: BatchStatus) => {
    if (total === 0 || performance.now() - saidAt < statusEveryMs) return;
    saidAt = performance.now();
    const bad = failed === 0 ? "" : `, ${failed} failed`;
    progress.say(`Wave ${wave}: ${done} of ${total} answered by ${model}${bad}`, "news");
  };
}
