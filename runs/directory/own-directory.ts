import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { systemCode } from "../../storage/storage-failed.ts";

/** Folders that a run makes in its directory. */
const ownFolders: ReadonlySet<string> = new Set(["multi-agent", "report-rows", "batches"]);
const outputName = /(?:\.(?:jsonl|json|parquet|md|html)|^taught-judge\.yaml)$/;

/**
 * Refuses a directory in which a run would overwrite files of another origin, or write through a
 * link to another place.
 *
 * @throws FellowshipError `bad_usage`
 */
export async function refuseForeignFiles(path: string): Promise<void> {
  const names = await readdir(path);
  await refuseLinks(path, names);
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

async function refuseLinks(path: string, names: readonly string[]): Promise<void> {
  const links: string[] = [];
  for (const name of names) {
    const stats = await lstat(join(path, name)).catch(() => null); // gone meanwhile
    if (stats?.isSymbolicLink() === true) links.push(join(path, name));
  }
  if (links.length > 0) throw linkRefused(links);
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
