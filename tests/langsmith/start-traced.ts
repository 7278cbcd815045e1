import { vi } from "vitest";
import { runScript } from "../run-script.ts";
import { startCommand, type StartedCommand } from "../start-command.ts";
import type { Workspace } from "../workspace.ts";
import type { CollectedRun, CollectedTree, TraceCollector } from "./trace-collector.ts";

/** A key as LangSmith gives them, to be found nowhere but in its header. */
export const traceKey = "lsv2_pt_canary5f1e77_0123456789";

export type TracedOptions = {
  readonly command: "generate" | "evaluate" | "evolve";
  readonly topology: string;
  /** Inside the workspace. */
  readonly input: string;
  readonly out?: string;
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

/** Starts a command in a process of its own, with its traces going to a collector. */
export function startTraced(
  space: Workspace,
  collector: Pick<TraceCollector, "url">,
  options: TracedOptions,
): StartedCommand {
  return startCommand(options.command, argumentsOf(options), {
    directory: space.at(),
    environment: environmentOf(collector, options),
  });
}

/** Runs a command in this process, with its traces going to a collector. */
export async function runTraced(
  space: Workspace,
  collector: Pick<TraceCollector, "url">,
  options: TracedOptions,
): Promise<CommandEnd> {
  const before = process.cwd();
  process.chdir(space.at());
  for (const [name, value] of Object.entries(environmentOf(collector, options))) {
    vi.stubEnv(name, value);
  }
  try {
    const { code, stdout, stderr } = await runScript(options.command, argumentsOf(options));
    return { code, text: stdout + stderr };
  } finally {
    vi.unstubAllEnvs();
    process.chdir(before);
  }
}

function argumentsOf({ topology, input, out = "out", options = [] }: TracedOptions): string[] {
  return [topology, "--input", input, "--out", out, "--quiet", ...options];
}

function environmentOf(
  { url }: Pick<TraceCollector, "url">,
  { environment = {} }: TracedOptions,
): Record<string, string> {
  return {
    LANGSMITH_TRACING: "true",
    LANGSMITH_ENDPOINT: url,
    LANGSMITH_API_KEY: traceKey,
    ...environment,
  };
}

/** The exit code, and all that was printed. */
export type CommandEnd = { readonly code: number | null; readonly text: string };

/** Waits until a process has ended. */
export async function endOf(command: StartedCommand): Promise<CommandEnd> {
  const { code } = await command.ended;
  return { code, text: command.printed.stdout + command.printed.stderr };
}

/** The row that a trace is of. */
export function rowOf({ run }: CollectedTree): unknown {
  return run.extra.metadata["row"];
}

/** All runs of a trace, parents first. */
export function runsIn({ run, children }: CollectedTree): CollectedRun[] {
  return [run, ...children.flatMap(runsIn)];
}

/** Names, indented by their depth. */
export function outline({ run, children }: CollectedTree, depth = 0): string[] {
  const below = children.flatMap((child) => outline(child, depth + 1));
  return [`${"  ".repeat(depth)}${run.name}`, ...below];
}

/** Every byte that a collector was sent, its headers without the key that belongs there. */
export function bytesSentTo({ requests }: TraceCollector): string {
  return requests
    .map(({ method, path, headers, body }) => {
      const { "x-api-key": _, ...others } = headers;
      return `${method} ${path} ${JSON.stringify(others)} ${body.toString("latin1")}`;
    })
    .join("\n");
}
