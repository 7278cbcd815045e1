import { createInterface } from "node:readline";
import { generate } from "../../runs/generate/generate.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { createSilentProgress } from "./silent-progress.ts";

/** The input of a racer: a line of JSON. */
export type RaceStart = {
  readonly topology: string;
  readonly input: string;
  readonly directory: string;
  readonly models: readonly string[];
  /** When to start, by the system's clock in milliseconds, so that all do at once. */
  readonly at: number;
};

/** What it answers, a line too: the exit code of a run, or the code of the error it ended with. */
export type RaceEnd = { readonly exitCode: number | null; readonly error: string | null };

/**
 * A process that has loaded everything and waits for the run that it is to begin, so that many can
 * begin it in the same millisecond. It runs one after the other, and ends with its standard input.
 */
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const start = JSON.parse(line) as RaceStart;
  while (Date.now() < start.at);
  process.stdout.write(`${JSON.stringify(await race(start))}\n`);
}

async function race({ topology, input, directory, models }: RaceStart): Promise<RaceEnd> {
  try {
    const end = await generate(topology, {
      input,
      directory,
      models: [...models],
      concurrency: 4,
      fresh: false,
      salvage: false,
      environment: process.env,
      progress: createSilentProgress(),
    });
    return { exitCode: end.exitCode, error: null };
  } catch (error) {
    const code = isFellowshipError(error) ? error.code : String(error);
    return { exitCode: null, error: code };
  }
}
