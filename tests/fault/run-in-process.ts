import { vi } from "vitest";
import { runScript } from "../run-script.ts";
import type { FaultCommand, SessionEnd } from "./killer.ts";

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command in this process, where all its modules are loaded, one after another: each has
 * the working directory, the environment and the output of the process to itself.
 */
export function runInProcess(command: FaultCommand): Promise<SessionEnd> {
  const end = last.then(() => run(command));
  last = end.catch(() => undefined);
  return end;
}

async function run({ script, argv, directory, environment = {} }: FaultCommand) {
  const before = process.cwd();
  const startedAt = now();
  process.chdir(directory);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    const end = await runScript(script, argv);
    return { ...end, signal: null, startedAt, silentMs: 0, killedAt: null, endedAt: now() };
  } finally {
    vi.unstubAllEnvs();
    process.chdir(before);
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
