import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { RowResult } from "../../state/row-result.ts";
import type { RunPlan } from "../directory/run-plan.ts";
import { GraphTracer } from "./graph-tracer.ts";
import { traceParts } from "./trace-parts.ts";
import { createTraceSender, type TraceFigures } from "./trace-sender.ts";
import { createTraceServer } from "./trace-server.ts";
import { readTraceSettings, type TraceSettings } from "./trace-settings.ts";
import type { TraceFeedback } from "./traced-run.ts";

/** Traces of a run in LangSmith: off unless the environment asks for them. */
export type Tracing = {
  /** For every graph of the run. */
  readonly callbacks: BaseCallbackHandler[];
  /** A message for the start that says where the data go; null where tracing is off. */
  readonly notice: string | null;
  /** Sets the run's id, before its first row. */
  readonly begin: (runId: string) => void;
  /**
   * Sends a row's trace when the row is in the journal. The trace of a pending row is dropped,
   * since the row runs again.
   */
  readonly rowEnded: (row: EndedRow) => void;
  /**
   * Waits at most 5 seconds until all traces are sent, and reports those lost; null where none was.
   */
  readonly flush: () => Promise<string | null>;
};

/** A row at its end; the rest is left out where it is pending. */
type EndedRow = {
  readonly row: number;
  readonly status: "done" | "failed" | "pending";
  readonly failure?: RowResult["failure"];
  readonly feedback?: readonly TraceFeedback[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Less than the five seconds by which a run may end later for its traces: it has to end then, too.
 */
const flushMs = 4_000;

const off: Tracing = {
  callbacks: [],
  notice: null,
  begin: () => undefined,
  rowEnded: () => undefined,
  flush: async () => null,
};

/**
 * Tracing as the environment asks for it.
 *
 * @param say Told at once when traces can't be sent; the run goes on.
 * @throws FellowshipError `bad_usage` as `readTraceSettings` does.
 */
export function createTracing(environment: Environment, say: (message: string) => void): Tracing {
  const settings = readTraceSettings(environment);
  if (settings === null) return off;
  const { endpoint, samplingRate } = settings;
  let runId = "";
  const tracer = new GraphTracer((row) => isSampled(runId, row, samplingRate));
  const sender = createTraceSender({
    server: createTraceServer(settings),
    onTrouble: (why) =>
      say(`LangSmith does not take traces (${endpoint}: ${why}); the run goes on.`),
  });
  return {
    callbacks: [tracer],
    notice: noticeOf(settings),
    begin(id) {
      runId = id;
    },
    rowEnded({ row, status, failure, feedback = [] }) {
      const runs = tracer.take(row);
      if (status === "pending" || runs.length === 0) return;
      if (!sender.hasRoom()) return sender.add(null);
      for (const { metadata } of runs) metadata["run_id"] = runId;
      const [root] = runs;
      if (root !== undefined) root.metadata["status"] = status;
      sender.add(traceParts({ runs, feedback, failure }, settings));
    },
    flush: async () => lossOf(await sender.flush(flushMs), endpoint),
  };
}

/** The same for all sessions of a run; used only in traces. */
export function runIdOf(plan: RunPlan, directory: string): string {
  const text = JSON.stringify([plan, resolve(directory)]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Whole rows, and the same ones whenever the run goes on. */
function isSampled(runId: string, row: number, rate: number): boolean {
  if (rate >= 1) return true;
  const hash = createHash("sha256").update(`${runId} ${row}`).digest().readUInt32BE(0);
  return hash / 2 ** 32 < rate;
}

function noticeOf(settings: TraceSettings): string {
  const { endpoint, project, hideInputs, hideOutputs, samplingRate } = settings;
  const texts = [...(hideInputs ? [] : ["prompts"]), ...(hideOutputs ? [] : ["answers"])].join(
    " and ",
  );
  const rows = samplingRate < 1 ? ` of ${samplingRate * 100} % of the rows` : "";
  const what = texts === "" ? "without texts" : `with ${texts}`;
  return (
    `Traces${rows} ${what} go to LangSmith (${endpoint}, project ${project}); unset ` +
    "LANGSMITH_TRACING to keep them here."
  );
}

function lossOf({ sent, lost, trouble }: TraceFigures, endpoint: string): string | null {
  if (lost === 0) return null;
  const why = trouble === null ? "too many at once" : trouble;
  return (
    `${lost} of ${sent + lost} traces did not reach LangSmith (${endpoint}: ${why}). The run ` +
    "itself is whole."
  );
}
