import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** A run that consists of other runs, in directories below its own. */
export type StagedRun = {
  readonly command: "study" | "measure";
  /** Directories of the stages that have begun, in the order in which they run. */
  readonly stages: readonly string[];
};

const folders = ["evaluators", "generators"];

/**
 * The stages of a study or a measurement under way, by the directories that they have; null where
 * the directory holds none. One that has ended names its stages in its manifest.
 */
export async function stagesIn(directory: string): Promise<StagedRun | null> {
  const own = ["run.json", "journal.rows"];
  if (own.some((name) => existsSync(join(directory, name)))) return null;
  const measured = (await runsBelow(directory)).filter((name) =>
    /^(?:answers|verdicts)-\d+/.test(name),
  );
  if (measured.length > 0) return { command: "measure", stages: within(directory, measured) };
  const candidates: string[] = [];
  for (const folder of folders) {
    const names = await runsBelow(join(directory, folder));
    candidates.push(...within(folder, names));
  }
  if (candidates.length === 0) return null;
  const later = ["comparison", "data"].filter((name) => isRun(join(directory, name)));
  return { command: "study", stages: within(directory, [...candidates, ...later]) };
}

function within(directory: string, names: readonly string[]): string[] {
  return names.map((name) => join(directory, name));
}

async function runsBelow(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => [] as string[]);
  return names
    .filter((name) => !/\.old-\d+$/.test(name) && isRun(join(directory, name)))
    .toSorted();
}

function isRun(directory: string): boolean {
  return existsSync(join(directory, "journal.rows"));
}
