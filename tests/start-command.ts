import { spawn, type ChildProcess } from "node:child_process";
import { onTestFinished } from "vitest";
import { commandArguments } from "./script-arguments.ts";

/** A command in a process of its own. */
export type StartedCommand = {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  readonly printed: { stdout: string; stderr: string };
  /** Resolves when it has ended and all it printed was read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

/** Starts a command in a directory, as `npm run NAME -- …` does. It does not outlive its test. */
export function startCommand(
  name: string,
  argv: readonly string[],
  {
    directory,
    environment = {},
  }: {
    readonly directory: string;
    readonly environment?: Readonly<Record<string, string>>;
  },
): StartedCommand {
  const child = spawn(process.execPath, [...commandArguments(name), ...argv], {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      printed[stream] += text;
    });
  }
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  return { process: child, printed, ended };
}
