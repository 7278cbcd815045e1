import { randomUUID } from "node:crypto";
import { openJsonBytes, type JsonBytes, type Range } from "./json-bytes.ts";
import type { TraceSettings } from "./trace-settings.ts";
import type { TracedRun, TraceFeedback } from "./traced-run.ts";

/**
 * A part of what LangSmith is sent: `post.ID` for a run, `post.ID.inputs` for a field of it,
 * `feedback.ID`.
 */
export type TracePart = { readonly name: string; readonly json: Buffer };

/** A row's trace, ready to be sent. */
export type TraceParts = {
  readonly parts: readonly TracePart[];
  /** Runs and feedback: what LangSmith counts a request by. */
  readonly operations: number;
};

export type RowTrace = {
  /** Parents before their children. */
  readonly runs: readonly TracedRun[];
  readonly feedback: readonly TraceFeedback[];
  /** Why the row failed. */
  readonly failure?: { readonly reason: string; readonly detail: string } | undefined;
};

type Hiding = Pick<TraceSettings, "project" | "hideInputs" | "hideOutputs" | "hideMetadata">;

/**
 * Writes a row's trace as LangSmith's ingestion reads it: every run once, started and ended, and
 * the feedback on the first of them
 * (https://docs.langchain.com/langsmith/smith-api/runs/ingest-runs-multipart).
 */
export function traceParts({ runs, feedback, failure }: RowTrace, hiding: Hiding): TraceParts {
  const [root] = runs;
  if (root === undefined) return { parts: [], operations: 0 };
  if (failure !== undefined) root.error = { word: failure.reason, detail: failure.detail };
  const json = openJsonBytes();
  const written = [
    ...runs.flatMap((run) => runParts(run, { root, hiding, json })),
    ...feedback.map((one) => feedbackPart(one, { root, json })),
  ];
  const bytes = json.bytes();
  const parts = written.map(({ name, range: { start, end } }) => {
    return { name, json: bytes.subarray(start, end) };
  });
  return { parts, operations: runs.length + feedback.length };
}

/** A part, and where its JSON is among that of its trace. */
type WrittenPart = { readonly name: string; readonly range: Range };

function runParts(
  run: TracedRun,
  {
    root,
    hiding,
    json,
  }: { readonly root: TracedRun; readonly hiding: Hiding; readonly json: JsonBytes },
): WrittenPart[] {
  const { id, name, type, parent, startedAt, dottedOrder, tags } = run;
  // What a run that was given up left open ends with its row.
  const endedMs = run.endedMs ?? root.endedMs ?? Date.now();
  const post = {
    id,
    name,
    run_type: type,
    start_time: startedAt,
    end_time: new Date(endedMs).toISOString(),
    trace_id: root.id,
    dotted_order: dottedOrder,
    ...(parent === null ? {} : { parent_run_id: parent.id }),
    session_name: hiding.project,
    tags,
  };
  const error = run.endedMs === null ? "not ended" : errorText(run, hiding);
  const part = (field: string, range: Range) => ({ name: `post.${id}${field}`, range });
  const parts = [
    part("", json.writeOnce(post)),
    part(".inputs", json.write(hiding.hideInputs ? {} : run.inputs)),
    part(".outputs", json.write(hiding.hideOutputs ? {} : run.outputs)),
    part(".extra", json.writeOnce({ metadata: hiding.hideMetadata ? {} : run.metadata })),
  ];
  if (error !== null) parts.push(part(".error", json.writeOnce(error)));
  return parts;
}

/**
 * An error's text may repeat inputs or outputs, so where either is hidden only its word is sent.
 */
function errorText({ error }: TracedRun, { hideInputs, hideOutputs }: Hiding): string | null {
  if (error === null) return null;
  if (hideInputs || hideOutputs || error.detail === "") return error.word;
  return `${error.word}: ${error.detail}`;
}

function feedbackPart(
  { key, score, value, comment }: TraceFeedback,
  { root, json }: { readonly root: TracedRun; readonly json: JsonBytes },
): WrittenPart {
  const id = randomUUID();
  const feedback = {
    id,
    run_id: root.id,
    trace_id: root.id,
    // Newer servers find a run by this and by its project.
    start_time: root.startedAt,
    key,
    score,
    value,
    comment,
    feedback_source: { type: "api", metadata: {} },
  };
  return { name: `feedback.${id}`, range: json.writeOnce(feedback) };
}
