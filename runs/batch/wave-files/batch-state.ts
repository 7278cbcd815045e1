import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { FellowshipError } from "../../../state/fellowship-error.ts";
import { replaceFile } from "../../../storage/replace-file.ts";
import { systemCode } from "../../../storage/storage-failed.ts";

/** A file of a wave, which becomes one batch. */
const waveFile = z.object({
  /** Its name without its end (`waveStem`). */
  stem: z.string(),
  model: z.string(),
  calls: z.int().nonnegative(),
  /** The most that its calls can cost, in dollars. */
  worstUsd: z.number().nonnegative(),
  /** At the service of a provider; absent where the file itself is handed over. */
  batch: z
    .object({
      key: z.string(),
      attempt: z.int().min(1),
      /** When it was submitted, in milliseconds since 1970; null where it was not. */
      since: z.number().nullable(),
      id: z.string().optional(),
    })
    .optional(),
});
export type WaveFile = z.infer<typeof waveFile>;

const wave = z.object({
  wave: z.int().min(1),
  files: z.array(waveFile),
  /** Whether all rows went on with what it brought. */
  isRead: z.boolean(),
  /** The outputs as they were read, by name. */
  outputs: z.record(z.string(), z.object({ bytes: z.number(), modifiedMs: z.number() })),
});
export type Wave = z.infer<typeof wave>;

const batchState = z.object({
  waves: z.array(wave),
  /** The wave whose files are being written; files of that number are this run's. */
  writing: z.int().nullable(),
  /** Of the failures in batches, those from here on count: failed rows before were tried again. */
  failuresFrom: z.int().nonnegative(),
  /** What batches that their services lost may have cost, in dollars. */
  lostUsd: z.number().nonnegative(),
});

/** The waves of a run: what was asked in batches, and what came back. */
export type BatchState = z.infer<typeof batchState>;

/** Gives a file a batch of its own, which is not submitted yet. */
export function withNewBatch(file: WaveFile): WaveFile {
  const key = `fellowship-${randomBytes(12).toString("hex")}`;
  return { ...file, batch: { key, attempt: 1, since: null } };
}

/** The name of the state's file in the directory of its run. */
export const batchStateName = "batches.json";

/**
 * Reads the waves of a run; none where it has none.
 *
 * @throws FellowshipError `journal_damaged` where the file can't be read
 */
export async function readBatchState(directory: string): Promise<BatchState> {
  const path = join(directory, batchStateName);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  });
  if (text === null) return { waves: [], writing: null, failuresFrom: 0, lostUsd: 0 };
  try {
    return batchState.parse(JSON.parse(text));
  } catch (cause) {
    throw new FellowshipError(
      "journal_damaged",
      `${path} can't be read as the list of this run's waves. Nothing was sent. ` +
        "Put back an undamaged copy; or delete it, and what was asked in the last wave is " +
        "asked again.",
      { facts: { path }, cause },
    );
  }
}

export async function writeBatchState(directory: string, state: BatchState): Promise<void> {
  await replaceFile(join(directory, batchStateName), `${JSON.stringify(state, null, 2)}\n`);
}

/** The wave whose answers the rows wait for. */
export function openWave({ waves }: BatchState): Wave | undefined {
  const last = waves.at(-1);
  return last?.isRead === false ? last : undefined;
}
