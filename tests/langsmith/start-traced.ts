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

/** Starts a command as its users do, with its traces going to a collector. */
export function startTraced(
  space: Workspace,
  { url }: Pick<TraceCollector, "url">,
  { command, topology, input, out = "out", options = [], environment = {} }: TracedOptions,
): StartedCommand {
  return startCommand(command, [topology, "--input", input, "--out", out, "--quiet", ...options], {
    directory: space.at(),
    environment: {
      LANGSMITH_TRACING: "true",
      LANGSMITH_ENDPOINT: url,
      LANGSMITH_API_KEY: traceKey,
      ...environment,
    },
  });
}

/** Ends with the code and all that was printed. */
export async function endOf(
  command: StartedCommand,
): Promise<{ code: number | null; text: string }> {
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
