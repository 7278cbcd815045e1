import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { readPace, type PaceLine } from "./read-pace.ts";
import { RunManifest } from "./run-manifest.ts";

/** A JSON object of a run, read into as far as it goes. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a run directory holds beside its rows. */
export type RunFiles = {
  readonly directory: string;
  /** The directory's name, which tells runs side by side apart. */
  readonly name: string;
  readonly manifest: RunManifest;
  readonly summary: Fields;
  readonly comparison: Fields | null;
  readonly decision: Fields | null;
  readonly pace: readonly PaceLine[];
};

/**
 * Reads what a run directory says of the run as a whole.
 *
 * @param manifest That of a run whose `run.json` is still to be written.
 * @throws FellowshipError `bad_usage` where it is no directory of a finished run
 */
export async function readRun(directory: string, manifest?: RunManifest): Promise<RunFiles> {
  const json = (name: string) => readJson(join(directory, name));
  const read = manifest ?? RunManifest.safeParse(await json("run.json")).data;
  const summary = asFields(await json("summary.json"));
  if (read === undefined || summary === null) {
    throw new FellowshipError(
      "bad_usage",
      `${directory}: expected the directory of a run (with run.json and summary.json), found ` +
        `${existsSync(directory) ? "none of a run that has ended" : "nothing there"}. ` +
        "A run writes these files when it ends; the run's own command goes on with one that " +
        "has not.",
      { facts: { directory } },
    );
  }
  return {
    directory,
    name: basename(resolve(directory)),
    manifest: read,
    summary,
    comparison: asFields(await json("comparison.json")),
    decision: asFields(await json("decision.json")),
    pace: await readPace(directory),
  };
}

/**
 * The runs that a directory holds below itself, such as those of several evaluators; empty for the
 * directory of a run.
 */
export async function runsWithin(directory: string): Promise<string[]> {
  if (existsSync(join(directory, "run.json"))) return [];
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !/\.old-\d+$/.test(entry.name))
    .map(({ name }) => join(directory, name))
    .filter((path) => existsSync(join(path, "run.json")) && existsSync(join(path, "rows.jsonl")))
    .toSorted();
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined; // missing, or cut off
  }
}

export function asFields(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : null;
}
