import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultCommand, SessionEnd } from "./killer.ts";
import { runToEnd } from "./killer.ts";
import { outputsOf } from "./simulated-run.ts";
import type { FaultServer } from "./start-fault-server.ts";
import type { Tokens } from "./run-evidence.ts";
import type { UndisturbedRun } from "./verify-run.ts";
import { coevol } from "../../topologies/kinds/coevol.ts";
import { feedbackLoop } from "../../topologies/kinds/feedback-loop.ts";
import { jury } from "../../topologies/kinds/jury.ts";

/** What is interrupted: a command that shows something of its own when it is. */
export type RunKind = keyof typeof commands;

const repository = join(import.meta.dirname, "..", "..");
const commands = {
  coevol: { script: "evolve", topology: coevol.graph },
  loop: { script: "generate", topology: feedbackLoop.graph },
  jury: { script: "evaluate", topology: jury.graph },
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
  /** From the start of the process to its first request, in milliseconds. */
  readonly startMs: number;
  /** The whole undisturbed run, in milliseconds. */
  readonly wholeMs: number;
};

/**
 * Writes the rows into `space` and runs them once, undisturbed. Resets the server before and after.
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
  const directory = join(space, `${kind}-${rows}-whole`);
  const end = await runToEnd(commandOver({ kind, input }, directory, server));
  if (end.code !== 0) throw new Error(`the undisturbed run ended with ${end.code}: ${end.stderr}`);
  const log = await server.log();
  await server.reset();
  return {
    kind,
    rows,
    input,
    undisturbed: { outputs: outputsOf(directory), log },
    startMs: (log[0]?.time ?? end.endedAt) - end.startedAt,
    wholeMs: end.endedAt - end.startedAt,
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
  const file = join(repository, "topologies", `${topology}.yaml`);
  const place = ["--input", input, "--out", directory, "--model", askedModel];
  return {
    script,
    argv: [file, ...place, "--quiet", ...options],
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
