import { open, stat, type FileHandle } from "node:fs/promises";
import { basename, join } from "node:path";
import { FellowshipError } from "../../../state/fellowship-error.ts";
import { storageFailed, systemCode } from "../../../storage/storage-failed.ts";
import { createIdTable, type IdTable } from "./id-table.ts";
import { linesInFile } from "./lines-in-file.ts";
import { isFailure } from "../../../models/gate/step.ts";
import { createCircuitBreaker } from "../../../models/gate/failure/circuit-breaker.ts";
import type { Protocol } from "../../../models/protocol.ts";
import { readOutputLine, readResult, type BroughtFailure, type OutputLine } from "./output-line.ts";
import { protocolOf } from "./batched-models.ts";
import type { Wave } from "./batch-state.ts";
import { inputName, outputNames } from "./wave-names.ts";

/** What the outputs of a wave hold, by calls and lines. */
export type WaveCounts = {
  /** Calls of the wave. */
  asked: number;
  answered: number;
  failed: number;
  /** Lines that answer a call a second time. */
  doubled: number;
  /** Lines that answer no call of the wave, as those of another run. */
  foreign: number;
  unreadable: number;
  /** Why no call will be answered until a mistake is put right: a model that is not there. */
  refusal: string | null;
  /** The first failure, in a sentence. */
  firstFailure: string | null;
};

/** The outputs of waves, of which each call's line is found. */
export type BroughtAnswers = {
  readonly counts: WaveCounts;
  /** The outputs that were read, as they were. */
  readonly outputs: Wave["outputs"];
  /** What a batch brought for a call; undefined where none did. */
  readonly find: (id: string) => Promise<OutputLine["result"] | undefined>;
  readonly close: () => Promise<void>;
};

/** The length of a name in a line that we wrote: `{"custom_id":"…`. */
const idStart = '{"custom_id":"'.length;
const idLength = 64;

/**
 * Reads the outputs of a wave through. Memory holds 64 bytes a call; the answers stay on disk.
 *
 * @throws FellowshipError `storage_failed` where a file can't be read
 */
export async function openBroughtAnswers(folder: string, wave: Wave): Promise<BroughtAnswers> {
  const table = createIdTable();
  const counts = noCounts();
  const outputs: Wave["outputs"] = {};
  const files: FileHandle[] = [];
  const close = async () => {
    for (const file of files) await file.close();
  };
  try {
    for (const { stem } of wave.files) {
      await noteAsked(join(folder, inputName(stem)), table, counts);
    }
    for (const { stem, model } of wave.files) {
      const refusalIn = createRefusals(model, wave);
      const reader = { table, counts, protocol: protocolOf(model), refusalIn };
      for (const name of outputNames(stem)) {
        const path = join(folder, name);
        const facts = await outputFacts(path);
        if (facts === null) continue;
        outputs[name] = facts;
        files.push(await open(path, "r"));
        await noteBrought(path, files.length - 1, reader);
      }
    }
  } catch (error) {
    await close();
    throw systemCode(error) === null ? error : storageFailed("read", folder, error);
  }
  return {
    counts,
    outputs,
    async find(id) {
      const place = table.get(id);
      const file = place === undefined ? undefined : files[place.file];
      if (place === undefined || file === undefined || place.fate === "asked") return undefined;
      const line = readOutputLine(await bytesAt(file, place.offset, place.length));
      return line?.id === id ? line.result : undefined;
    },
    close,
  };
}

/** The size and the time of a file; null where there is none. */
export async function outputFacts(path: string): Promise<Wave["outputs"][string] | null> {
  const stats = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return null;
    throw storageFailed("read", path, error);
  });
  if (stats === null) return null;
  if (stats.isFile()) return { bytes: stats.size, modifiedMs: stats.mtimeMs };
  throw new FellowshipError(
    "bad_usage",
    `${path}: expected a file with the answers of a batch, found something else.`,
    { facts: { path, name: basename(path) } },
  );
}

function noCounts(): WaveCounts {
  return {
    asked: 0,
    answered: 0,
    failed: 0,
    doubled: 0,
    foreign: 0,
    unreadable: 0,
    refusal: null,
    firstFailure: null,
  };
}

async function noteAsked(path: string, table: IdTable, counts: WaveCounts): Promise<void> {
  await expectInput(path);
  for await (const { bytes } of linesInFile(path)) {
    const id = bytes?.toString("latin1", idStart, idStart + idLength) ?? "";
    if (id.length !== idLength) continue;
    counts.asked += 1;
    table.set(id, asked);
  }
}

const asked = { fate: "asked", file: 0, offset: 0, length: 0 } as const;

/** The calls of an input by their ids. */
export async function idsIn(path: string): Promise<IdTable> {
  const table = createIdTable();
  await noteAsked(path, table, noCounts());
  return table;
}

/** @throws FellowshipError `bad_usage` where the input of a wave is gone */
export async function expectInput(path: string): Promise<void> {
  if ((await outputFacts(path)) !== null) return;
  throw new FellowshipError(
    "bad_usage",
    `${path} is gone, and only it says which calls the wave asked. Put it back, or give the ` +
      "folder that it is in.",
    { facts: { path } },
  );
}

type OutputReader = {
  readonly table: IdTable;
  readonly counts: WaveCounts;
  readonly protocol: Protocol;
  readonly refusalIn: (failure: BroughtFailure) => string | null;
};

/**
 * Notices what is wrong with all calls of a model: no such model, lines that are no answers, or a
 * setting that it does not take. A later wave asks with settings that were taken before.
 */
function createRefusals(spec: string, { wave }: Wave): OutputReader["refusalIn"] {
  const breaker = createCircuitBreaker({ spec, patienceMs: Infinity });
  return (failure) => {
    if (failure.remedy === "run" || failure.isForeign === true) return failure.detail;
    const facts = { isLast: false, wasRefusedBefore: wave > 1 };
    return breaker.failed(failure, facts)?.detail ?? null;
  };
}

/** An answer counts before a failure, and the first before those after it. */
async function noteBrought(
  path: string,
  file: number,
  { table, counts, protocol, refusalIn }: OutputReader,
): Promise<void> {
  for await (const { offset, bytes } of linesInFile(path)) {
    if (bytes !== null && isBlank(bytes)) continue;
    const line = bytes === null ? null : readOutputLine(bytes);
    if (line === null) {
      counts.unreadable += 1;
      continue;
    }
    const before = table.get(line.id);
    if (before === undefined) {
      counts.foreign += 1;
      continue;
    }
    if (before.fate !== "asked") counts.doubled += 1;
    if (before.fate === "answered") continue;
    const sent = readResult(line.result, protocol);
    const failure = isFailure(sent) ? sent : null;
    if (before.fate === "failed") {
      if (failure !== null) continue;
      counts.failed -= 1;
    }
    if (failure === null) counts.answered += 1;
    else {
      counts.failed += 1;
      counts.firstFailure ??= failure.detail;
      counts.refusal ??= refusalIn(failure);
    }
    const fate = failure === null ? "answered" : "failed";
    table.set(line.id, { fate, file, offset, length: bytes?.length ?? 0 });
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < 100 && bytes.toString("latin1").trim() === "";
}

async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}
