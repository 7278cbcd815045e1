import { statSync } from "node:fs";
import { join } from "node:path";
import {
  startTraceCollector,
  type CollectorOptions,
  type TraceCollector,
} from "../../langsmith/trace-collector.ts";
import type { FaultCase, FaultContext, FaultOutcome } from "../fault-case.ts";
import { expectEnd, runServed, type ServedRun } from "../served-run.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";

const latencyMs = 200;
const inFlight = "64";
const mostFewerRows = 0.05;
const mostLaterMs = 5_000;

/** What LangSmith does; `off` is a run that is not traced. */
const servers: Readonly<Record<string, CollectorOptions>> = {
  off: {},
  well: {},
  slow: { take: () => ({ delayMs: 2_000 }) },
  hanging: { take: ({ path }) => ({ hang: path !== "/info" }) },
  failing: { take: () => ({ status: 500 }) },
  limiting: { take: () => ({ status: 429, headers: { "retry-after": "10" } }) },
  refusing: { take: ({ path }) => (path === "/info" ? {} : { status: 413 }) },
};

/** One run: how fast its rows were, what it took, and how much later it ended. */
type Measured = {
  readonly rowsPerSecond: number;
  readonly processorSeconds: number;
  readonly laterMs: number;
  readonly violations: readonly string[];
};

/** Row 33 of the plan. */
export const tracerDown: FaultCase = {
  name: "tracer-down",
  fault: "LangSmith is slow, hangs, fails, limits or refuses, from the first trace to the last",
  promise:
    "at most 5 % fewer rows a second than untraced, the end at most 5 s later, the same exit, and every lost trace counted",
  run: (context) =>
    withFaultServer({ latencyMs: [latencyMs, latencyMs] }, (server) => runCase(server, context)),
};

async function runCase(
  server: FaultServer,
  { size, directory }: FaultContext,
): Promise<FaultOutcome> {
  const [rows, repeats] = size === "full" ? [320, 3] : [8, 1];
  const names = size === "full" ? Object.keys(servers) : ["off", "slow", "hanging", "failing"];
  const made = new Map<string, Measured[]>();
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    // In turn, and the other way round each time: what else the machine does befalls all.
    for (const name of repeat % 2 === 0 ? names : names.toReversed()) {
      const measured = await measure(server, name, { rows, directory, repeat });
      made.set(name, [...(made.get(name) ?? []), measured]);
    }
  }
  // The best of each: what else the machine does only ever makes a run slower.
  const rate = (name: string) =>
    Math.max(...(made.get(name) ?? []).map(({ rowsPerSecond }) => rowsPerSecond));
  const processor = (name: string) =>
    Math.min(...(made.get(name) ?? []).map(({ processorSeconds }) => processorSeconds));
  const violations = [...made.values()].flat().flatMap((measured) => measured.violations);
  const figures: Record<string, number | string> = {
    "rows of a run": rows,
    "rows a second, untraced": rate("off"),
  };
  for (const name of names.slice(1)) {
    const fewer = 1 - rate(name) / rate("off");
    const more = processor(name) / processor("off") - 1;
    const laterMs = Math.max(...(made.get(name) ?? []).map((measured) => measured.laterMs));
    figures[name] =
      `${percent(fewer)} fewer rows a second, ${percent(more)} more processor time, end after ${Math.round(laterMs)} ms`;
    // So few rows tell nothing of pace.
    if (size === "full" && fewer > mostFewerRows) {
      violations.push(`${name}: ${percent(fewer)} fewer rows a second`);
    }
  }
  return { rounds: repeats * (names.length - 1), violations, figures };
}

async function measure(
  server: FaultServer,
  name: string,
  { rows, directory, repeat }: { rows: number; directory: string; repeat: number },
): Promise<Measured> {
  await server.reset();
  const collector = await startTraceCollector(servers[name] ?? {});
  try {
    const run = await runServed(server, {
      script: "generate",
      topology: "feedback-loop",
      rows,
      directory,
      name: `${name}-${repeat}`,
      options: ["--model", "openai:gpt-4o-mini", "--concurrency", inFlight],
      environment: {
        LANGSMITH_TRACING: String(name !== "off"),
        LANGSMITH_ENDPOINT: collector.url,
        LANGSMITH_API_KEY: "lsv2_pt_0123456789",
        NODE_OPTIONS: tellProcessorTime,
      },
    });
    return judge(name, run, collector, rows);
  } finally {
    await collector.close();
  }
}

function judge(name: string, run: ServedRun, collector: TraceCollector, rows: number): Measured {
  const { end, manifest, out } = run;
  const violations = expectEnd(run, { code: 0, done: rows, failed: 0, pending: 0 });
  const laterMs = end.endedAt - statSync(join(out, "run.json")).mtimeMs;
  if (laterMs > mostLaterMs)
    violations.push(`${name}: the end came ${Math.round(laterMs)} ms late`);
  const arrived = [...collector.runs.values()].filter((traced) => traced.parent_run_id == null);
  const lost = Number(/(\d+) of \d+ traces did not reach/.exec(end.stderr)?.[1] ?? 0);
  // One whose taking was not heard of in time is called lost.
  if (name !== "off" && arrived.length + lost < rows) {
    violations.push(`${name}: ${arrived.length} traces arrived, ${lost} were called lost`);
  }
  if (name === "off" && collector.requests.length > 0) violations.push("untraced, and yet sent");
  if (name === "well" && lost > 0) violations.push(`${lost} traces lost though all was well`);
  const processor = /processor (\d+)/.exec(end.stderr)?.[1];
  return {
    rowsPerSecond: rows / Number(manifest?.seconds),
    processorSeconds: Number(processor) / 1e6,
    laterMs,
    violations: violations.map((violation) => `${name}: ${violation}`),
  };
}

const script = `process.on("exit",()=>{const{user,system}=process.cpuUsage();console.error("processor "+(user+system))})`;
/** Loaded before the command: it tells at its end what processor time it took, in microseconds. */
const tellProcessorTime = `--import=data:text/javascript,${encodeURIComponent(script)}`;

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
