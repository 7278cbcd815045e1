import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { heldUsd, type Budget } from "../../models/cost/budget.ts";
import { chatCompletions } from "../../models/providers/openai.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { CallBatch } from "../../models/gate/batched.ts";
import type { Gate } from "../../models/gate/gate.ts";
import type { CallJournal } from "../../models/gate/journal.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { makeDirectory } from "../../storage/make-directory.ts";
import { storageFailed } from "../../storage/storage-failed.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import type { BatchFiles } from "../command-options.ts";
import type { Progress } from "../progress/progress.ts";
import { createBatchCalls, type Pass } from "./batch-calls.ts";
import { openWave, readBatchState, writeBatchState, type Wave } from "./batch-state.ts";
import { liveText, waitText, waveText } from "./batch-words.ts";
import { isBatched } from "./batched-models.ts";
import { openBroughtAnswers, outputFacts, type BroughtAnswers } from "./brought-answers.ts";
import type { FailedCalls } from "./failed-calls.ts";
import { createIdTable } from "./id-table.ts";
import { createParkedRows } from "./parked-rows.ts";
import { modelNames, outputNames } from "./wave-names.ts";
import { createWaveWriter, type WaveWriter } from "./wave-writer.ts";

/** Calls of a run that go into batches, a wave at a time. */
export type BatchRun = {
  readonly calls: CallBatch;
  /** A row has come to its end; true where it was given up, because calls of it wait. */
  readonly endRow: (row: number) => boolean;
  /** Whether rows were given up in this pass. */
  readonly hasParked: boolean;
  /**
   * Before the rows are taken: reads what the last wave brought.
   *
   * Halts the gate where it has not come.
   */
  readonly begin: () => Promise<void>;
  /**
   * After all rows were taken: gives the next wave's files their names.
   *
   * @returns `again` where the rows can be taken again at once
   */
  readonly end: () => Promise<"ended" | "again">;
  /** The wave that the rows wait for; null where none is left. */
  readonly waiting: Wave | null;
  /** Its files that have no output yet. */
  readonly missing: Wave["files"];
  readonly folder: string;
  readonly close: () => Promise<void>;
};

export type BatchRunOptions = {
  readonly batchFiles: BatchFiles;
  /** Of the run. */
  readonly directory: string;
  readonly agents: readonly BuiltAgent[];
  readonly hasCode: boolean;
  readonly journal: CallJournal;
  readonly failures: FailedCalls;
  readonly budget: Budget;
  readonly priceOf: PriceOf;
  readonly gate: Gate;
  readonly progress: Progress;
};

/** What OpenAI's service takes in one file; `vllm run-batch` takes any. */
const fileLimits = { requests: 50_000, bytes: 200_000_000 };

/** Code of the user's may wait for something between two calls; graphs of ours don't. */
const quietMs = { ours: 2, code: 250 };

/**
 * Opens the batches of a run, with the folder for their files.
 *
 * @throws FellowshipError `bad_usage` for a folder that holds other files of waves,
 *   `journal_damaged`, `storage_failed`
 */
export async function openBatchRun(options: BatchRunOptions): Promise<BatchRun> {
  const { batchFiles, directory, agents, hasCode, gate, progress, budget, failures } = options;
  const folder = join(batchFiles.folder, relative(batchFiles.root, directory));
  await makeDirectory(folder).catch((cause: unknown) => {
    throw storageFailed("make", folder, cause);
  });
  const state = await readBatchState(directory);
  const models = agents.map(({ model }) => model).filter(isBatched);
  const names = modelNames(models);
  const live = liveText(agents);
  if (live !== null) progress.say(live, "news");
  const rows = createParkedRows({ quietMs: hasCode ? quietMs.code : quietMs.ours });
  if (openWave(state) === undefined) state.failuresFrom = failures.count;
  const held = budget.hold(openWave(state)?.worstUsd ?? 0);
  let heldLeft = held.worst;
  let brought: BroughtAnswers | null = null;
  let writer: WaveWriter | null = null;
  let waiting: Wave | null = null;
  let missing: Wave["files"] = [];
  let hasParked = false;
  let written = createIdTable();
  let shortfall: string | null = null;
  let worst = 0;

  const pass: Pass = {
    find: async (id) => brought?.find(id),
    get written() {
      return written;
    },
    noted: new Set(),
    async add(model, line, worstOfCall) {
      hasParked = true;
      worst += worstOfCall;
      await writer?.add(model, line);
    },
    defer(text) {
      hasParked = true;
      shortfall ??= text;
    },
    free(asked) {
      const freed = Math.min(asked, heldLeft);
      heldLeft -= freed;
      return freed;
    },
  };

  async function begin(): Promise<void> {
    hasParked = false;
    written = createIdTable();
    pass.noted.clear();
    shortfall = null;
    worst = 0;
    const wave = openWave(state);
    missing = wave === undefined ? [] : await missingOutputs(folder, wave);
    if (wave !== undefined && missing.length > 0) {
      waiting = wave;
      gate.halt({ outcome: "interrupted", detail: waitText(wave) });
      return;
    }
    if (wave !== undefined) {
      brought = await openBroughtAnswers(folder, wave);
      progress.say(waveText(wave.wave, brought.counts), "notice");
      const { answered, refused, firstFailure } = brought.counts;
      if (answered === 0 && refused > 0) {
        const detail = `wave ${wave.wave} brought no answer: ${firstFailure}`;
        waiting = wave;
        gate.halt({ outcome: "provider_refused", detail });
        return;
      }
    }
    await beginWriting((wave?.wave ?? state.waves.at(-1)?.wave ?? 0) + 1);
  }

  async function beginWriting(wave: number): Promise<void> {
    if (state.writing !== wave) {
      await refuseForeignWaves(folder, wave);
      state.writing = wave;
      await writeBatchState(directory, state);
    }
    writer = createWaveWriter({ folder, wave, names, limitsOf: () => fileLimits });
  }

  async function end(): Promise<"ended" | "again"> {
    const outputs = brought?.outputs ?? {};
    await brought?.close();
    brought = null;
    if (gate.halted !== null) {
      await writer?.discard();
      writer = null;
      return "ended";
    }
    const calls = writer?.calls ?? 0;
    const isShort = calls === 0 && shortfall !== null;
    const open = openWave(state);
    if (open !== undefined) Object.assign(open, { isRead: true, outputs });
    budget.release({ ...held, worst: heldLeft });
    heldLeft = 0;
    const files = calls === 0 ? [] : ((await writer?.commit()) ?? []);
    writer = null;
    if (files.length > 0) {
      waiting = {
        wave: state.writing ?? 1,
        files,
        worstUsd: heldUsd(worst),
        isRead: false,
        outputs: {},
      };
      state.waves.push(waiting);
      missing = files;
    }
    state.writing = null;
    await writeBatchState(directory, state);
    if (!isShort) return "ended";
    // What was set aside for answers that cost less may pay for some calls after all.
    if (open !== undefined) return "again";
    gate.halt({ outcome: "over_budget", detail: shortfall ?? "" });
    return "ended";
  }

  return {
    calls: createBatchCalls({
      ...options,
      takes: ({ spec, protocol }) => names.has(spec) && protocol === chatCompletions,
      pass: () => pass,
      rows,
      failed: failures.since(state.failuresFrom),
      halt: (halt) => gate.halt(halt),
    }),
    endRow: (row) => rows.end(row),
    get hasParked() {
      return hasParked;
    },
    begin,
    end,
    get waiting() {
      return waiting;
    },
    get missing() {
      return missing;
    },
    folder,
    close: async () => {
      await brought?.close();
      await writer?.discard();
    },
  };
}

/** The files of a wave whose answers have not come. */
async function missingOutputs(folder: string, { files }: Wave): Promise<Wave["files"]> {
  const missing: Wave["files"] = [];
  for (const file of files) {
    const [output] = outputNames(file.stem);
    if ((await outputFacts(join(folder, output))) === null) missing.push(file);
  }
  return missing;
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
    `${folder} holds files of waves that this run did not write (${foreign.slice(0, 5).join(", ")}). ` +
      "Choose another folder, or move them away.",
    { facts: { folder, foreign } },
  );
}
