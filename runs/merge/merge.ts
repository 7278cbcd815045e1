import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { createMistakes } from "../../state/mistakes.ts";
import { shellWord } from "../../state/shell-word.ts";
import { acquireDirectoryLock } from "../../storage/directory-lock.ts";
import { diskFileSystem } from "../../storage/file-system.ts";
import { makeDirectory } from "../../storage/make-directory.ts";
import { storageFailed } from "../../storage/storage-failed.ts";
import { syncDirectory } from "../../storage/sync-directory.ts";
import { writeComparison } from "../evaluate/comparison.ts";
import { writeSharedReport } from "../report/write-run-report.ts";
import { readFinishedShard, type FinishedShard } from "./finished-shard.ts";
import { mergeRun, readMerged, type MergedEnd, type MergeSettings } from "./merge-run.ts";
import { wholeSet } from "./whole-set.ts";

/** A run that was merged; `name` is that of its topology where there were several, else empty. */
export type MergedRun = MergedEnd & { readonly name: string };

/** The shards of one run; its name is empty where it is the only one. */
type ShardSet = { readonly name: string; readonly shards: readonly FinishedShard[] };

/**
 * Makes one run of the directories of its shards, in a directory of its own: the same rows,
 * failures, summary and data files, byte for byte, as the run would have left without `--shard`.
 * The directory appears when all of it is written; a merge that was killed begins again.
 *
 * @returns the merged runs, several where `evaluate` was given several topologies
 * @throws FellowshipError `bad_usage` where the shards are not all there, not finished or not of
 *   one run, or where the directory holds something; `storage_failed`
 */
export async function mergeShards(
  directories: readonly string[],
  out: string,
  settings: MergeSettings,
): Promise<MergedRun[]> {
  const names = await runNames(directories);
  const sets = inOrderOfCommand(await readSets(directories, names));
  const standing = await standingMerge(out, sets);
  if (standing !== null) return standing;
  await refuseTaken(out);
  const building = `${resolve(out)}.merging`;
  await makeDirectory(dirname(building));
  await clear(building, names);
  const merged: MergedRun[] = [];
  for (const { name, shards } of sets) {
    const directory = join(building, name);
    const end = await mergeRun(shards, { directory, ...commandOf(shards, out) }, settings);
    merged.push({ ...end, name });
  }
  if (merged.length > 1) {
    const evaluators = merged.map(({ name }) => ({ name, directory: join(building, name) }));
    await writeComparison(building, evaluators);
    const inside = evaluators.map(({ directory }) => directory);
    await writeSharedReport(inside, { ...settings, directory: building });
  }
  await put(building, resolve(out));
  return merged;
}

/** @throws FellowshipError `bad_usage` listing the shards that can't be merged */
async function readSets(
  directories: readonly string[],
  names: readonly string[],
): Promise<ShardSet[]> {
  const mistakes = createMistakes();
  const sets: ShardSet[] = [];
  for (const name of names) {
    const shards: FinishedShard[] = [];
    for (const directory of directories) {
      const shard = await mistakes.attemptLater(() => readFinishedShard(join(directory, name)));
      if (shard !== undefined) shards.push(shard);
    }
    if (mistakes.found.length === 0) sets.push({ name, shards: wholeSet(shards) });
  }
  mistakes.throwIfAny();
  return sets;
}

/**
 * The names of the runs in the directory of a shard: one without a name, or those of several
 * topologies.
 */
async function runNames(directories: readonly string[]): Promise<string[]> {
  const [first = ""] = directories;
  if (existsSync(join(first, "journal.plan"))) return [""];
  const entries = await readdir(first, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory() && existsSync(join(first, entry.name, "journal.plan")))
    .map(({ name }) => name);
  return names.length === 0 ? [""] : names;
}

/** Topologies in the order of the command, by which equally good ones are listed. */
function inOrderOfCommand(sets: readonly ShardSet[]): ShardSet[] {
  const placeOf = ({ name, shards: [first] }: ShardSet) =>
    (first?.manifest.commandLine ?? "")
      .split(" ")
      .findIndex((word) => basename(word).replace(/\.[^.]*$/, "") === name);
  return sets.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** The merge of these very shards, as it is; null where there is none. */
async function standingMerge(out: string, sets: readonly ShardSet[]): Promise<MergedRun[] | null> {
  const ends: MergedRun[] = [];
  for (const { name, shards } of sets) {
    const end = await readMerged(join(out, name), shards);
    if (end === null) return null;
    ends.push({ ...end, name });
  }
  return ends;
}

/** Nothing is written over. */
async function refuseTaken(out: string): Promise<void> {
  const names = await readdir(out).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw storageFailed("list", out, error);
  });
  if (names.length === 0) return;
  throw new FellowshipError(
    "bad_usage",
    `--out: expected a directory that is not there yet or is empty, found ${names.length} ` +
      `entries in ${out}. Choose another.`,
    { facts: { out } },
  );
}

/** Takes away what a merge that was killed left. */
async function clear(building: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!existsSync(join(building, name))) continue;
    const lock = await acquireDirectoryLock(join(building, name));
    await lock.release();
  }
  await rm(building, { recursive: true, force: true });
}

async function put(building: string, out: string): Promise<void> {
  try {
    await rename(building, out);
    await syncDirectory(dirname(out), diskFileSystem);
  } catch (cause) {
    throw storageFailed("rename", `${basename(building)} to ${basename(out)}`, cause);
  }
}

/** The command of the shards without what makes it a shard's. */
function commandOf([first]: readonly FinishedShard[], out: string): { commandLine?: string } {
  const { commandLine } = first?.manifest ?? {};
  if (commandLine === undefined) return {};
  const value = String.raw`(?: |=)(?:'(?:[^']|'\\'')*'|[^\s']+)+`;
  const whole = commandLine
    .replace(new RegExp(` --shard${value}`), "")
    .replace(new RegExp(` --out${value}`), () => ` --out ${shellWord(out)}`);
  return { commandLine: whole };
}
