import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runToEnd, type SessionEnd } from "./killer.ts";
import type { FaultServer } from "./start-fault-server.ts";

/** A line or an object that a run wrote. */
// oxlint-disable-next-line typescript/no-explicit-any -- its shape is what the cases are about
export type Written = any;

/** A command over rows that a fault server answers. */
export type ServedCommand = {
  readonly script: "generate" | "evaluate" | "evolve";
  /** A preset of `topologies/` by its name, or YAML. */
  readonly topology: string;
  readonly rows: number;
  /** Where it is run; its files are `NAME.*`, its output `NAME`. */
  readonly directory: string;
  /** Names the run; default `run`. The same name again goes on with it. */
  readonly name?: string;
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

/** What a command left. */
export type ServedRun = {
  readonly end: SessionEnd;
  /** The output directory. */
  readonly out: string;
  /** The counts of `run.json`, or nothing where it was not written. */
  readonly manifest: Written;
  readonly rows: readonly Written[];
  readonly failed: readonly Written[];
  /** A file of the output directory, or nothing where it is not there. */
  readonly text: (name: string) => string;
};

const repository = join(import.meta.dirname, "..", "..");

/** Runs a command of ours against the server, to its end. */
export async function runServed(server: FaultServer, command: ServedCommand): Promise<ServedRun> {
  const { script, directory, name = "run", options = [] } = command;
  const input = join(directory, `${name}.${script === "evolve" ? "json" : "jsonl"}`);
  writeFileSync(input, inputOf(script, command.rows));
  const out = join(directory, name);
  const end = await runToEnd({
    script,
    argv: [topologyFile(command), "--input", input, "--out", out, "--quiet", ...options],
    directory,
    environment: { ...server.environment, ...command.environment },
  });
  const text = (file: string) => {
    const path = join(out, file);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  const lines = (file: string) =>
    text(file)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  const manifest = text("run.json") === "" ? undefined : JSON.parse(text("run.json"));
  return { end, out, manifest, rows: lines("rows.jsonl"), failed: lines("failed.jsonl"), text };
}

/** Complaints about a run that should have ended otherwise. */
export function expectEnd(
  { end, manifest }: ServedRun,
  expected: {
    readonly code: number;
    readonly done?: number;
    readonly failed?: number;
    readonly pending?: number;
  },
): string[] {
  const complaints: string[] = [];
  if (end.code !== expected.code) {
    const told = end.stderr.trim().slice(-400);
    complaints.push(`expected exit ${expected.code}, got ${end.code ?? end.signal}: ${told}`);
  }
  for (const count of ["done", "failed", "pending"] as const) {
    const got: unknown = manifest?.counts?.[count] ?? manifest?.[count];
    if (expected[count] !== undefined && got !== expected[count]) {
      complaints.push(`expected ${expected[count]} rows ${count}, got ${String(got)}`);
    }
  }
  if (/unhandled|uncaught|MaxListeners/i.test(end.stderr)) {
    complaints.push(`it complained on standard error: ${end.stderr.slice(0, 300)}`);
  }
  return complaints;
}

function topologyFile({ topology, directory, name = "run" }: ServedCommand): string {
  if (!topology.includes("\n")) return join(repository, "topologies", `${topology}.yaml`);
  const file = join(directory, `${name}.yaml`);
  writeFileSync(file, topology);
  return file;
}

/** Rows that name themselves, so that the server's log distinguishes them. */
function inputOf(script: ServedCommand["script"], count: number): string {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  if (script === "evolve") {
    return JSON.stringify(
      numbers.map((row) => ({
        instruction: `Explain case #row-${row}# in two sentences.`,
        input: "",
        output: `It is explained at length, for row ${row}.`,
      })),
    );
  }
  const line = (row: number) =>
    script === "generate"
      ? { prompt: `What of #row-${row}#, and why? 👩🏽‍🚀` }
      : {
          prompt: `Which of them is right about #row-${row}#?`,
          a: { text: `The one of ${row} that came first.` },
          b: { text: `The other one of ${row}, for a reason.` },
        };
  return numbers.map((row) => `${JSON.stringify(line(row))}\n`).join("");
}
