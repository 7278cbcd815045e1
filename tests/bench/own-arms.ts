import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandOptions } from "../../runs/command-options.ts";
import { evaluate } from "../../runs/evaluate/evaluate.ts";
import { evolve } from "../../runs/evolve/evolve.ts";
import { generate } from "../../runs/generate/generate.ts";
import { createSilentProgress } from "../fault/silent-progress.ts";
import { onWorkers, promptOf, withoutJournal, type Arm, type Load } from "./arm.ts";
import { pairOf } from "./plain-graphs.ts";

type Run = (topology: string, options: CommandOptions) => Promise<{ readonly exitCode: number }>;

/** A command over a preset, and the input that its rows are made of. */
type Command = { readonly run: Run; readonly rowOf: (row: number) => object };

const generation: Command = { run: generate, rowOf: (row) => ({ prompt: promptOf(row) }) };
const evaluation: Command = {
  run: evaluate,
  rowOf: (row) => {
    const { prompt, a, b } = pairOf(promptOf(row));
    return { prompt, a: { text: a }, b: { text: b } };
  },
};
const evolution: Command = {
  run: evolve,
  rowOf: (row) => ({ instruction: promptOf(row), input: "", output: pairOf(promptOf(row)).a }),
};

/** Jurors of one model would be asked once. */
const threeModels = [
  "gpt-4o=compatible:bench",
  "gemma-2-27b=compatible:bench-2",
  "llama-3.1-70b=compatible:bench-3",
];

type Preset = Command & { readonly sets?: readonly string[]; readonly models?: readonly string[] };
const presets: Readonly<Record<string, Preset>> = {
  "feedback-loop": generation,
  single: generation,
  judge: evaluation,
  jury: { ...evaluation, models: threeModels },
  debate: evaluation,
  coevol: { ...evolution, sets: ["maxIterations=1"] },
};

/**
 * Our commands over the presets, whole: reading the input, the journal on disk, the rows, the data
 * files and the report at the end. The process of an arm without a journal is started so
 * (`no-journal/`); the arm only makes sure of it.
 */
export const ownArms: readonly Arm[] = Object.entries(presets).flatMap(([name, command]) => [
  { name: `ours ${name}`, run: (load) => runCommand(name, command, load) },
  {
    name: `ours ${name}${onWorkers}`,
    run: (load) => runCommand(name, command, load, { workers: 2 }),
  },
  {
    name: `ours ${name}${withoutJournal}`,
    run: (load) => runCommand(name, command, load, { hasJournal: false }),
  },
]);

async function runCommand(
  preset: string,
  { run, rowOf, sets = [], models = ["compatible:bench"] }: Preset,
  { baseUrl, rows, inFlight }: Load,
  { workers, hasJournal = true }: { readonly workers?: number; readonly hasJournal?: boolean } = {},
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-bench-"));
  try {
    const input = join(directory, "input.jsonl");
    const lines = Array.from({ length: rows }, (_, row) => `${JSON.stringify(rowOf(row))}\n`);
    writeFileSync(input, lines.join(""));
    const { exitCode } = await run(preset, {
      input,
      directory: join(directory, "out"),
      concurrency: inFlight,
      ...(workers === undefined ? {} : { workers }),
      fresh: false,
      salvage: false,
      models,
      sets,
      environment: { ...tracingVariables(), OPENAI_COMPATIBLE_BASE_URL: baseUrl },
      progress: createSilentProgress(),
    });
    if (exitCode !== 0) throw new Error(`${preset}: exit code ${exitCode}`);
    if (existsSync(join(directory, "out/journal.calls")) !== hasJournal) {
      throw new Error(`${preset}: expected ${hasJournal ? "a" : "no"} journal on disk`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What the environment of this process says of tracing. */
function tracingVariables(): Record<string, string | undefined> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => name.startsWith("LANGSMITH_")));
}
