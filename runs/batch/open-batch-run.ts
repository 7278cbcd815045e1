import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { heldUnits, type Budget } from "../../models/cost/budget.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { CallBatch } from "../../models/gate/batched.ts";
import type { CallingGate } from "../../models/gate/gate.ts";
import type { CallJournal } from "../../models/gate/journal.ts";
import type { Environment } from "../../models/providers/create-endpoint.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { makeDirectory } from "../../storage/make-directory.ts";
import { storageFailed } from "../../storage/storage-failed.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import type { BatchFiles } from "../command-options.ts";
import type { Progress } from "../progress/progress.ts";
import { createBatchCalls } from "./batch-calls.ts";
import type { BatchPlace } from "./batch-place.ts";
import {
  openWave,
  readBatchState,
  withNewBatch,
  writeBatchState,
  type BatchState,
  type Wave,
  type WaveFile,
} from "./wave-files/batch-state.ts";
import { liveText } from "./batch-words.ts";
import type { FailedCalls } from "./failed-calls.ts";
import { createFilePlace } from "./file-place.ts";
import { createParkedRows } from "./parked-rows.ts";
import { readWave, removeFile } from "./read-wave.ts";
import { createServicePlace } from "./service-place.ts";
import { createWavePass } from "./wave-pass.ts";
import { inputName, outputNames } from "./wave-files/wave-names.ts";
import { createWaveWriter } from "./wave-files/wave-writer.ts";

/** Calls of a run that go into batches, a wave at a time. */
export type BatchRun = {
  readonly calls: CallBatch;
  /** A row has come to its end; true where it was given up, because calls of it wait. */
  readonly endRow: (row: number) => boolean;
  /** Whether rows were given up in this pass. */
  readonly hasParked: boolean;
  /**
   * Before the rows are taken: reads what the last wave brought. Halts the gate where it has not
   * come.
   */
  readonly begin: () => Promise<void>;
  /**
   * After all rows were taken: gives the next wave's files their names.
   *
   * @returns `again` where the rows can be taken again at once
   */
  readonly end: () => Promise<"ended" | "again">;
  /** The wave that is to be answered outside; null where there is none. */
  readonly waiting: Wave | null;
  /** Its files that have no output yet. */
  readonly missing: readonly WaveFile[];
  /** Its outputs that are still being written. */
  readonly growing: readonly string[];
  readonly folder: string;
  readonly close: () => Promise<void>;
};

export type BatchRunOptions = {
  /** The folder of files; the services of providers answer where not given. */
  readonly batchFiles: BatchFiles | undefined;
  /** Of the run. */
  readonly directory: string;
  readonly agents: readonly BuiltAgent[];
  readonly hasCode: boolean;
  readonly journal: CallJournal;
  readonly failures: FailedCalls;
  readonly budget: Budget;
  readonly priceOf: PriceOf;
  readonly gate: CallingGate;
  readonly progress: Progress;
  readonly environment: Environment;
};

/** Code of the user's may wait for something between two calls; graphs of ours don't. */
const quietMs = { ours: 2, code: 250 };

/**
 * Opens the batches of a run, with the folder for their files.
 *
 * @throws FellowshipError `bad_usage` for a folder that holds other files of waves, and for a wave
 *   that is answered elsewhere; `journal_damaged`, `storage_failed`
 */
export async function openBatchRun(options: BatchRunOptions): Promise<BatchRun> {
  const { directory, agents, hasCode, gate, progress, budget, failures } = options;
  const state = await readBatchState(directory);
  refuseOtherPlace(state, options);
  const save = savingOf(directory, state);
  const place = placeOf(options, state, save);
  await makeDirectory(place.folder).catch((cause: unknown) => {
    throw storageFailed("make", place.folder, cause);
  });
  const live = liveText(agents, place);
  if (live !== null) progress.say(live, "news");
  if (openWave(state) === undefined) state.failuresFrom = failures.count;
  lose(budget, state.lostUsd);
  const rows = createParkedRows({ quietMs: hasCode ? quietMs.code : quietMs.ours });
  const pass = createWavePass(place, budget.hold(worstOf(openWave(state))).worst);
  const waves = createWaves({ ...options, state, save, place, pass });
  return {
    calls: createBatchCalls({
      ...options,
      takes: place.takes,
      pass: () => pass,
      rows,
      failed: failures.since(state.failuresFrom),
      halt: (halt) => gate.halt(halt),
    }),
    endRow: (row) => rows.end(row),
    get hasParked() {
      return pass.hasParked;
    },
    ...waves,
    get waiting() {
      return place.bring === undefined ? (openWave(state) ?? null) : null;
    },
    get missing() {
      return waves.missing();
    },
    get growing() {
      return waves.growing();
    },
    folder: place.folder,
  };
}

type WaveParts = Pick<BatchRunOptions, "gate" | "progress" | "budget"> & {
  readonly state: BatchState;
  readonly save: () => Promise<void>;
  readonly place: BatchPlace;
  readonly pass: ReturnType<typeof createWavePass>;
};

/** The waves of a run: the last one is read before a pass, the next one written after it. */
function createWaves({ gate, progress, budget, state, save, place, pass }: WaveParts) {
  const { folder, names, limitsOf } = place;
  let missing: readonly WaveFile[] = [];
  let growing: readonly string[] = [];
  const reading = { place, gate, progress, askAnew };

  async function begin(): Promise<void> {
    const wave = openWave(state);
    pass.begin(null);
    const read = wave === undefined ? null : await readWave(wave, reading);
    if (read !== null) ({ missing, growing } = read);
    if (gate.halted !== null) return;
    const next = (state.waves.at(-1)?.wave ?? 0) + 1;
    if (state.writing !== next) {
      await refuseForeignWaves(folder, next);
      state.writing = next;
      await save();
    }
    pass.begin({
      brought: read?.brought ?? null,
      writer: createWaveWriter({ folder, wave: next, names, limitsOf }),
    });
  }

  /** The next session submits a wave again that a service could not answer. */
  async function askAnew(wave: Wave): Promise<void> {
    wave.files = withKeys(wave.files, place);
    await save();
  }

  async function end(): Promise<"ended" | "again"> {
    const { brought = null, writer } = pass.files ?? {};
    await brought?.close();
    if (gate.halted !== null || writer === undefined) {
      await writer?.discard();
      return "ended";
    }
    const read = openWave(state);
    if (read !== undefined) Object.assign(read, { isRead: true, outputs: brought?.outputs ?? {} });
    budget.release({ price: null, worst: pass.held });
    const files = withKeys(await writer.commit(), place);
    const wave = { wave: state.writing ?? 1, files, isRead: false, outputs: {} };
    if (files.length > 0) state.waves.push(wave);
    // It is set aside already, call by call.
    pass.held = heldUnits(worstOf(openWave(state)));
    missing = files;
    state.writing = null;
    await save();
    if (read !== undefined && place.bring !== undefined) await removeFiles(folder, read);
    if (files.length > 0) return place.bring === undefined ? "ended" : "again";
    if (pass.shortfall === null) return "ended";
    // What was set aside for answers that cost less may pay for some calls after all.
    if (read !== undefined) return "again";
    gate.halt({ outcome: "over_budget", detail: pass.shortfall });
    return "ended";
  }

  return {
    begin,
    end,
    missing: () => missing,
    growing: () => growing,
    close: async () => {
      await pass.files?.brought?.close();
      await pass.files?.writer.discard();
    },
  };
}

/** Writes the state, one time after another. */
function savingOf(directory: string, state: BatchState): () => Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  return () => {
    const saved = turn.then(() => writeBatchState(directory, state));
    turn = saved.catch(() => undefined);
    return saved;
  };
}

function placeOf(
  { batchFiles, directory, agents, environment, gate, progress, budget }: BatchRunOptions,
  state: BatchState,
  save: () => Promise<void>,
): BatchPlace {
  if (batchFiles !== undefined) return createFilePlace(batchFiles, directory, agents);
  const poll = Number(environment["FELLOWSHIP_BATCH_POLL_MS"]);
  return createServicePlace(directory, agents, environment, {
    note: save,
    onLost({ worstUsd }) {
      state.lostUsd += worstUsd;
      lose(budget, worstUsd);
    },
    progress,
    signal: gate.halting,
    pollMs: poll > 0 ? poll : undefined,
  });
}

/** Counts what a lost batch may have cost as spent. */
function lose(budget: Budget, usd: number): void {
  if (usd > 0) budget.settle({ ...budget.hold(usd), price: { in: 0, out: 0 } }, null);
}

function worstOf(wave: Wave | undefined): number {
  return wave?.files.reduce((sum, { worstUsd }) => sum + worstUsd, 0) ?? 0;
}

function withKeys(files: WaveFile[], { bring }: Pick<BatchPlace, "bring">): WaveFile[] {
  return bring === undefined ? files : files.map(withNewBatch);
}

/** What a wave asked and brought is in the journal. */
async function removeFiles(folder: string, { files }: Wave): Promise<void> {
  for (const { stem } of files) {
    for (const name of [inputName(stem), ...outputNames(stem)]) {
      await removeFile(join(folder, name));
    }
  }
}

/**
 * Refuses to go on with a wave that is answered elsewhere: at a provider's service, where it would
 * be paid for twice, or in files.
 *
 * @throws FellowshipError `bad_usage`
 */
function refuseOtherPlace(state: BatchState, { batchFiles, directory }: BatchRunOptions): void {
  const wave = openWave(state);
  const isAtService = wave?.files.some(({ batch }) => batch !== undefined) ?? false;
  if (wave === undefined || isAtService === (batchFiles === undefined)) return;
  const [given, expected] = isAtService
    ? ["--batch-files", "--batch"]
    : ["--batch", "--batch-files FOLDER"];
  throw new FellowshipError(
    "bad_usage",
    `${given}: wave ${wave.wave} of ${directory} was begun with ${expected}. ` +
      "Go on with that until the wave is read.",
    { facts: { directory, wave: wave.wave } },
  );
}

/**
 * Refuses a folder with files of this wave or a later one: they are another run's, and so would
 * their answers be.
 *
 * @throws FellowshipError `bad_usage`
 */
async function refuseForeignWaves(folder: string, wave: number): Promise<void> {
  const names = await readdir(folder);
  const foreign = names.filter((name) => {
    const [, number] = /^wave-(\d+)\..*jsonl$/.exec(name) ?? [];
    return number !== undefined && Number(number) >= wave;
  });
  if (foreign.length === 0) return;
  throw new FellowshipError(
    "bad_usage",
    `${folder} holds files of waves that this run did not write ` +
      `(${foreign.slice(0, 5).join(", ")}). Choose another folder, or move them away; with ` +
      "--fresh, they are the earlier run's.",
    { facts: { folder, foreign } },
  );
}
