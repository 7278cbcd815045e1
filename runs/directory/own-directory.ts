import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { systemCode } from "../../storage/storage-failed.ts";

/** Folders that a run makes in its directory. */
const ownFolders: ReadonlySet<string> = new Set(["multi-agent", "report-rows", "batches"]);
/** Files that a run writes under a name of its own first. */
const unfinishedName = /\.tmp$/;
const outputName = /(?:\.(?:jsonl|json|parquet|md|html)|^taught-judge\.yaml)$/;

/**
 * Refuses a directory in which a run would overwrite files of another origin, or write through a
 * link to another place.
 *
 * @throws FellowshipError `bad_usage`
 */
export async function refuseForeignFiles(path: string): Promise<void> {
  const names = await readdir(path);
  await refuseOtherKinds(path, names);
  if (names.includes("journal.plan")) return;
  const foreign = names.filter((name) => outputName.test(name));
  for (const name of names.filter((one) => ownFolders.has(one))) {
    const inner = await readdir(join(path, name)).catch(() => []);
    foreign.push(...inner.map((file) => join(name, file)));
  }
  if (foreign.length === 0) return;
  throw new FellowshipError(
    "bad_usage",
    `${path} holds files that no run wrote (${foreign.slice(0, 5).join(", ")}). Choose ` +
      "another --out.",
    { facts: { path, foreign } },
  );
}

/**
 * Refuses a directory that leads to another place, inside the directory of several runs.
 *
 * @throws FellowshipError `bad_usage`
 */
export async function refuseLink(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats?.isSymbolicLink() === true) throw linkRefused([path]);
}

/** Refuses links, folders under the names of files, and files under the names of folders. */
async function refuseOtherKinds(path: string, names: readonly string[]): Promise<void> {
  const links: string[] = [];
  const others: string[] = [];
  for (const name of names) {
    const place = join(path, name);
    const stats = await lstat(place).catch(() => null); // gone meanwhile
    if (stats?.isSymbolicLink() === true) links.push(place);
    else if (stats !== null && isOtherKind(name, stats)) others.push(place);
  }
  if (links.length > 0) throw linkRefused(links);
  if (others.length > 0) throw kindRefused(others);
}

function isOtherKind(name: string, stats: Stats): boolean {
  if (ownFolders.has(name)) return !stats.isDirectory();
  return outputName.test(name.replace(unfinishedName, "")) && stats.isDirectory();
}

/** A run would find it when all its calls are paid for, and its files are to be written. */
function kindRefused(places: readonly string[]): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    "expected files where a run writes files, and folders where it makes folders, got " +
      `the other kind (${places.slice(0, 5).join(", ")}). Move each away, or choose another --out.`,
    { facts: { places } },
  );
}

function linkRefused(links: readonly string[]): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    "expected files and folders in the output directory, found links " +
      `(${links.slice(0, 5).join(", ")}); ` +
      "a run writes through no link. Replace each link with its target, or choose another --out.",
    { facts: { links } },
  );
}

/**
 * Refuses to move a directory aside that no run made: `--fresh` is meant for earlier runs.
 *
 * @returns whether a run's files are there at all
 * @throws FellowshipError `bad_usage`
 */
export async function holdsEarlierRun(path: string): Promise<boolean> {
  const names = await readdir(path).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  });
  // A run that was killed at its very start leaves its lock and nothing else.
  if (names.every((name) => name.startsWith("lock."))) return false;
  // Golden pairs are judged before the first row.
  if (names.some((name) => /^(?:journal\.(?:plan|rows|calls)|sentinel)$/.test(name))) return true;
  throw new FellowshipError(
    "bad_usage",
    `${path} holds no run (no journal), and --fresh moves only runs aside. Choose another --out.`,
    { facts: { path } },
  );
}
