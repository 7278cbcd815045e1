import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultCommand, SessionEnd } from "./killer.ts";
import { runToEnd } from "./killer.ts";
import { outputsOf } from "./simulated-run.ts";
import type { FaultServer } from "./start-fault-server.ts";
import { filesIn, type Tokens } from "./run-evidence.ts";
import type { UndisturbedRun } from "./verify-run.ts";
import { coevol } from "../../topologies/kinds/coevol.ts";
import { feedbackLoop } from "../../topologies/kinds/feedback-loop.ts";

/** What is interrupted: a command that shows something of its own when it is. */
export type RunKind = keyof typeof commands;

const repository = join(import.meta.dirname, "..", "..");
const preset = (name: string) => join(repository, "topologies", `${name}.yaml`);
const commands = {
  coevol: { script: "evolve", topology: preset(coevol.graph) },
  loop: { script: "generate", topology: preset(feedbackLoop.graph) },
  jury: { script: "evaluate", topology: join(import.meta.dirname, "three-jurors.yaml") },
} as const;
export const runKinds = Object.keys(commands) as readonly RunKind[];

/** Calls of one row that are in flight side by side, at most. */
export const callsAtOnce: Readonly<Record<RunKind, number>> = { loop: 1, jury: 3, coevol: 2 };

/** The one model that is asked, and what it costs in `models/prices.yaml`. */
export const askedModel = "openai:gpt-4o-mini";
export const askedPrice: Tokens = { in: 0.15, out: 0.6 };

/** Rows with a command over them, and how a run of it goes that nothing disturbs. */
export type InterruptibleRun = {
  readonly kind: RunKind;
  readonly rows: number;
  readonly input: string;
  readonly undisturbed: UndisturbedRun;
  /** The whole undisturbed run, in milliseconds. */
  readonly wholeMs: number;
  /** The size of all files that it leaves, in bytes. */
  readonly wholeBytes: number;
};

/** Few rows, and more than run side by side: those of all short forms, so that they share a run. */
export const shortRows = 12;

/** The undisturbed runs of this process, by kind, rows and seed: each is made once. */
const undisturbedRuns = new Map<string, Promise<Undisturbed>>();
type Undisturbed = Pick<InterruptibleRun, "undisturbed" | "wholeMs" | "wholeBytes">;

/**
 * Writes the rows into `space`, and runs them once, undisturbed, unless another case has run them.
 * Resets the server.
 */
export async function prepareRun(
  server: FaultServer,
  space: string,
  { kind, rows }: { readonly kind: RunKind; readonly rows: number },
): Promise<InterruptibleRun> {
  mkdirSync(space, { recursive: true });
  const input = join(space, `${kind}-${rows}.jsonl`);
  const lines = Array.from({ length: rows }, (_, index) => rowOf(kind, index + 1));
  writeFileSync(input, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await server.reset();
  const key = `${kind} ${rows} ${server.seed}`;
  const running =
    undisturbedRuns.get(key) ??
    runUndisturbed(server, join(space, `${kind}-${rows}-whole`), { kind, input });
  undisturbedRuns.set(key, running);
  const undisturbed = await running;
  await server.reset();
  return { kind, rows, input, ...undisturbed };
}

async function runUndisturbed(
  server: FaultServer,
  directory: string,
  run: Pick<InterruptibleRun, "kind" | "input">,
): Promise<Undisturbed> {
  const command = commandOver(run, directory, server);
  const { code, stderr, startedAt, endedAt } = await runToEnd(command);
  if (code !== 0) throw new Error(`the undisturbed run ended with ${code}: ${stderr}`);
  const sizes = filesIn(directory).map((name) => statSync(join(directory, name)).size);
  return {
    undisturbed: { outputs: outputsOf(directory), log: await server.log() },
    wholeMs: endedAt - startedAt,
    wholeBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** The command over a run's rows, with its output in `directory`. */
export function commandOver(
  { kind, input }: Pick<InterruptibleRun, "kind" | "input">,
  directory: string,
  server: FaultServer,
  options: readonly string[] = [],
): FaultCommand {
  const { script, topology } = commands[kind];
  const place = ["--input", input, "--out", directory, "--model", askedModel];
  return {
    script,
    argv: [topology, ...place, "--quiet", ...options],
    directory: join(directory, ".."),
    environment: server.environment,
  };
}

/** Texts of different lengths and scripts, each with the number of its row. */
function rowOf(kind: RunKind, row: number): unknown {
  const text = `${"Why does it matter? ".repeat(row % 7)}Frage ${row}, 問い ${row} 👩🏽‍🚀`;
  if (kind === "loop") return { id: `r-${row}`, prompt: text };
  if (commands[kind].script === "evolve")
    return { instruction: text, input: "", output: `An answer to ${row}.` };
  return {
    prompt: text,
    a: { text: `The first answer to ${row}.` },
    b: { text: `The second, longer answer to ${row}: ${"it depends. ".repeat(row % 5)}` },
    label: row % 2 === 0 ? "a" : "b",
  };
}

/** Runs tasks, at most so many at a time. */
export async function inParallel<Task>(
  tasks: readonly Task[],
  workers: number,
  run: (task: Task, worker: number) => Promise<void>,
): Promise<void> {
  const queue = [...tasks.keys()];
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await run(tasks[next] as Task, worker);
      }
    }),
  );
}

/** The end of a session in a few words, for complaints. */
export function describeEnd({ code, signal, stderr }: SessionEnd): string {
  return `${code ?? signal}: ${stderr.trim().slice(-300)}`;
}
