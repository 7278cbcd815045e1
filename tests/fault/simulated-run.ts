import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandOptions } from "../../runs/command-options.ts";
import { generate } from "../../runs/generate/generate.ts";
import type { JobEnd } from "../../runs/engine/job.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { createSilentProgress } from "./silent-progress.ts";

/** A finished run of a feedback loop over simulated models, to be damaged in copies. */
export type SimulatedRun = {
  readonly input: string;
  readonly directory: string;
  /**
   * Its data files by name, journals and manifest left out: what a run that goes on must end in.
   */
  readonly outputs: Readonly<Record<string, string>>;
  /** Copies the run to a new directory. */
  readonly copy: (name: string) => string;
  /** Gives the same command again over a copy, in this process. */
  readonly again: (directory: string, changes?: Partial<CommandOptions>) => Promise<Again>;
};

/** How a command that was given again ended: as it should, or with an error's code and message. */
export type Again = {
  readonly exitCode: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Its messages for people. */
  readonly said: readonly string[];
};

export const loopTopology = join(import.meta.dirname, "..", "..", "topologies/feedback-loop.yaml");

/** Makes the run in `space`, an empty directory. Its rows hold characters of one to four bytes. */
export async function makeSimulatedRun(space: string, rows: number): Promise<SimulatedRun> {
  const input = join(space, "prompts.jsonl");
  const lines = Array.from({ length: rows }, (_, index) =>
    JSON.stringify({ prompt: `Question ${index}: é, \u2028, 漢, 👩🏽‍🚀 or \u0000?` }),
  );
  writeFileSync(input, `${lines.join("\n")}\n`);
  const directory = join(space, "whole");
  async function again(at: string, changes: Partial<CommandOptions> = {}): Promise<Again> {
    const said: string[] = [];
    const options = simulatedOptions(input, at, said, changes);
    return endOf(generate(loopTopology, options), said);
  }
  const { exitCode, error } = await again(directory);
  if (exitCode !== 0) throw new Error(`the undisturbed run failed: ${error?.message}`);
  return {
    input,
    directory,
    outputs: outputsOf(directory),
    copy(name) {
      const to = join(space, name);
      mkdirSync(to);
      cpSync(directory, to, { recursive: true });
      return to;
    },
    again,
  };
}

function simulatedOptions(
  input: string,
  directory: string,
  said: string[],
  changes: Partial<CommandOptions>,
): CommandOptions {
  return {
    input,
    directory,
    concurrency: 8,
    fresh: false,
    salvage: false,
    models: ["sim:oak"],
    environment: {},
    progress: createSilentProgress(said),
    ...changes,
  };
}

async function endOf(run: Promise<JobEnd<unknown>>, said: readonly string[]): Promise<Again> {
  try {
    return { exitCode: (await run).exitCode, error: null, said };
  } catch (error) {
    const { message } = error as Error;
    const code = isFellowshipError(error) ? error.code : "a bug of ours";
    return { exitCode: null, error: { code, message }, said };
  }
}

/**
 * The data files of a run by name, without journals and `run.json`, which hold sessions, and files
 * that were set aside after accidents.
 */
export function outputsOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    // The report may hold clock times, and shows what failed rows were told.
    .filter((name) => !/^(?:journal\.|lock\.|run\.json$|report\.html$|report-rows\/)/.test(name))
    .sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(directory, name), "latin1")]),
  );
}

/** The names of the files that differ, or are there in one place only. */
export function differingOutputs(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).sort();
}
