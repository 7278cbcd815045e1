import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { promptOf, type Load } from "../arm.ts";
import { checkout } from "../checkout.ts";
import { fellowship } from "../run-command.ts";

/** What a whole command took, with every process that it started. */
export type WholeUsage = { readonly processorSeconds: number; readonly seconds: number };

/** A whole command: two answers to each prompt, by two models, and a judge that sees both. */
export type WholeArm = {
  readonly name: string;
  readonly inFlight: number;
  readonly commandIn: (python: string, folder: string, load: Load) => readonly string[];
};

/** The calls that a row makes. */
export const callsPerRow = 3;

const scripts = join(checkout, "tests/bench/distilabel");

/** distilabel's batch is what a step asks at once; 50 is its own size. */
export const wholeArms: readonly WholeArm[] = [
  ...[50, 250].map((inFlight) => ({
    name: `distilabel, batches of ${inFlight}`,
    inFlight,
    commandIn: (python: string, folder: string, { baseUrl }: Load) => [
      python,
      join(scripts, "pipeline.py"),
      join(folder, "prompts.jsonl"),
      baseUrl,
      `${inFlight}`,
      folder,
    ],
  })),
  ...[64, 256].map((inFlight) => ({
    name: `ours, ${inFlight} in flight`,
    inFlight,
    commandIn: (_: string, folder: string) => [
      process.execPath,
      fellowship,
      "generate",
      join(folder, "pool.yaml"),
      `--input=${join(folder, "prompts.jsonl")}`,
      `--out=${join(folder, "out")}`,
      `--concurrency=${inFlight}`,
      "--quiet",
    ],
  })),
];

const topology = `graph: pool
rank: pairwise
agents:
  generators:
    - { name: first, model: "compatible:bench" }
    - { name: second, model: "compatible:bench-2" }
evaluator: { graph: judge, agents: { judge: { model: "compatible:bench-3", temperature: 0 } } }
`;

/** What a Python must be able to do: distilabel and the packages of its OpenAI client. */
export const loading = "from distilabel.models import OpenAILLM";

/** Whether a Python is there and can run a line. */
export async function canRun(python: string, line: string): Promise<boolean> {
  return promisify(execFile)(python, ["-c", line]).then(
    () => true,
    () => false,
  );
}

/**
 * Runs a whole command.
 *
 * @throws Error where it fails
 */
export async function runWhole(arm: WholeArm, python: string, load: Load): Promise<WholeUsage> {
  const folder = mkdtempSync(join(tmpdir(), "fellowship-bench-"));
  try {
    const lines = Array.from({ length: load.rows }, (_, row) => {
      return `${JSON.stringify({ prompt: promptOf(row) })}\n`;
    });
    writeFileSync(join(folder, "prompts.jsonl"), lines.join(""));
    writeFileSync(join(folder, "pool.yaml"), topology);
    const command = arm.commandIn(python, folder, load);
    const { stdout, stderr } = await promisify(execFile)(
      python,
      [join(scripts, "measure_command.py"), ...command],
      { env: { ...process.env, OPENAI_COMPATIBLE_BASE_URL: load.baseUrl }, maxBuffer: 2 ** 26 },
    );
    const { exitCode, ...usage } = JSON.parse(stdout) as WholeUsage & { exitCode: number };
    if (exitCode !== 0) throw new Error(`${arm.name}: exit code ${exitCode}\n${stderr}`);
    return usage;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
