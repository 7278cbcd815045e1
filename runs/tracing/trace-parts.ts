import { randomUUID } from "node:crypto";
import type { TraceSettings } from "./trace-settings.ts";
import type { TracedRun, TraceFeedback } from "./traced-run.ts";

/**
 * A part of what LangSmith is sent: `post.ID` for a run, `post.ID.inputs` for a field of it,
 * `feedback.ID`.
 */
export type TracePart = { readonly name: string; readonly json: string };

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
  const parts = [
    ...runs.flatMap((run) => runParts(run, root, hiding)),
    ...feedback.map((one) => feedbackPart(one, root)),
  ];
  return { parts, operations: runs.length + feedback.length };
}

function runParts(run: TracedRun, root: TracedRun, hiding: Hiding): TracePart[] {
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
  const fields: [string, unknown][] = [
    ["inputs", hiding.hideInputs ? {} : run.inputs],
    ["outputs", hiding.hideOutputs ? {} : run.outputs],
    ["extra", { metadata: hiding.hideMetadata ? {} : run.metadata }],
    ...(error === null ? [] : ([["error", error]] as [string, unknown][])),
  ];
  return [
    { name: `post.${id}`, json: JSON.stringify(post) },
    ...fields.map(([field, value]) => ({ name: `post.${id}.${field}`, json: toJson(value) })),
  ];
}

/**
 * An error's text may repeat inputs or outputs, so where either is hidden only its word is sent.
 */
function errorText({ error }: TracedRun, { hideInputs, hideOutputs }: Hiding): string | null {
  if (error === null) return null;
  if (hideInputs || hideOutputs || error.detail === "") return error.word;
  return `${error.word}: ${error.detail}`;
}

function feedbackPart({ key, score, value, comment }: TraceFeedback, root: TracedRun): TracePart {
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
  return { name: `feedback.${id}`, json: JSON.stringify(feedback) };
}

/** A custom node may return values that JSON doesn't have. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    return JSON.stringify({ unwritable: error instanceof Error ? error.name : "error" });
  }
}
