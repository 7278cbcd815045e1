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
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

const latencyMs = 200;
const inFlight = "64";
const mostFewerRows = 0.05;
const mostLaterMs = 5_000;

/** What LangSmith does. */
const servers: Readonly<Record<string, CollectorOptions>> = {
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
    "at most 5 % fewer rows a second than an untraced run at the same time, the end at most " +
    "5 s later, the same exit, and every lost trace counted",
  // Its short form is what tests/langsmith/traced-run.test.ts does with each kind of server.
  isLongOnly: true,
  run: (context) =>
    withFaultServer({ latencyMs: [latencyMs, latencyMs] }, (server) => runPairs(server, context)),
};

/**
 * A traced run and an untraced one side by side, so that whatever else the machine does befalls
 * both.
 */
async function runPairs(
  server: FaultServer,
  { size, directory }: FaultContext,
): Promise<FaultOutcome> {
  const [rows, repeats] = size === "full" ? [320, 5] : [8, 1];
  const names = size === "full" ? Object.keys(servers) : ["slow", "hanging", "failing"];
  const violations: string[] = [];
  const figures: Record<string, number | string> = { "rows of a run": rows };
  for (const name of names) {
    const pairs: { traced: Measured; plain: Measured }[] = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await server.reset();
      const told = { rows, directory };
      const [traced, plain] = await Promise.all([
        measure(server, { ...told, name: `${name}-${repeat}`, tracing: servers[name] ?? {} }),
        measure(server, { ...told, name: `${name}-${repeat}-plain`, tracing: null }),
      ]);
      pairs.push({ traced, plain });
      violations.push(...traced.violations, ...plain.violations);
    }
    const fewer = median(
      pairs.map(({ traced, plain }) => 1 - traced.rowsPerSecond / plain.rowsPerSecond),
    );
    const more = median(
      pairs.map(({ traced, plain }) => traced.processorSeconds / plain.processorSeconds - 1),
    );
    const laterMs = Math.max(...pairs.map(({ traced }) => traced.laterMs));
    figures[name] =
      `${percent(fewer)} fewer rows a second, ${percent(more)} more processor time, end ` +
      `after ${Math.round(laterMs)} ms at most`;
    // So few rows say nothing about pace.
    if (size === "full" && fewer > mostFewerRows) {
      violations.push(`${name}: ${percent(fewer)} fewer rows a second`);
    }
  }
  return { rounds: repeats * names.length, violations, figures };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

type Told = {
  readonly rows: number;
  readonly directory: string;
  readonly name: string;
  readonly tracing: CollectorOptions | null;
};

async function measure(
  server: FaultServer,
  { rows, directory, name, tracing }: Told,
): Promise<Measured> {
  const collector = await startTraceCollector(tracing ?? {});
  try {
    const run = await runServed(server, {
      script: "generate",
      topology: feedbackLoop.graph,
      rows,
      directory,
      name,
      options: ["--model", "openai:gpt-4o-mini", "--concurrency", inFlight],
      environment: {
        LANGSMITH_TRACING: String(tracing !== null),
        LANGSMITH_ENDPOINT: collector.url,
        LANGSMITH_API_KEY: "lsv2_pt_0123456789",
        NODE_OPTIONS: tellProcessorTime,
      },
    });
    const { rowsPerSecond, processorSeconds, laterMs } = figuresOf(run, rows);
    const violations = [
      ...expectEnd(run, { code: 0, done: rows, failed: 0, pending: 0 }),
      ...(laterMs > mostLaterMs ? [`the end came ${Math.round(laterMs)} ms late`] : []),
      ...(tracing === null ? untracedBreaks(collector) : tracedBreaks(run, collector, rows)),
    ];
    return {
      rowsPerSecond,
      processorSeconds,
      laterMs,
      violations: violations.map((violation) => `${name}: ${violation}`),
    };
  } finally {
    await collector.close();
  }
}

function figuresOf({ end, manifest, out }: ServedRun, rows: number) {
  return {
    rowsPerSecond: rows / Number(manifest?.seconds),
    processorSeconds: Number(/processor (\d+)/.exec(end.stderr)?.[1]) / 1e6,
    laterMs: end.endedAt - statSync(join(out, "run.json")).mtimeMs,
  };
}

function untracedBreaks({ requests }: TraceCollector): string[] {
  return requests.length === 0 ? [] : [`${requests.length} requests, though tracing was off`];
}

/** One whose taking was not heard of in time is called lost; none is lost that is not called so. */
function tracedBreaks({ end }: ServedRun, collector: TraceCollector, rows: number): string[] {
  const arrived = [...collector.runs.values()].filter((run) => run.parent_run_id == null).length;
  const lost = Number(/(\d+) of \d+ traces did not reach/.exec(end.stderr)?.[1] ?? 0);
  if (arrived + lost >= rows) return [];
  return [`${arrived} traces arrived, ${lost} were called lost`];
}

const script =
  'process.on("exit",()=>{const{user,system}=process.cpuUsage();console.error("processor ' +
  '"+(user+system))})';
/**
 * Loaded before the command: it reports at its end the processor time that it took, in
 * microseconds.
 */
const tellProcessorTime = `--import=data:text/javascript,${encodeURIComponent(script)}`;

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
