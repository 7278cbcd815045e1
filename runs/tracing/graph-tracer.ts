import type { Serialized } from "@langchain/core/load/serializable";
import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import type { AnswerFacts } from "../../models/gate/call-callbacks.ts";
import { NoopTracer } from "../../models/gate/noop-tracer.ts";
import { iterationOf, perAnswer } from "./iteration-of.ts";
import type { TracedRun } from "./traced-run.ts";

type Values = Readonly<Record<string, unknown>>;

/** A run at its start, as LangChain reports it. */
type Started = Pick<TracedRun, "id" | "name" | "type" | "inputs"> & {
  readonly parentId: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly metadata: Values | undefined;
};

/** The runs of a row, and the iteration of its last call. */
type RowRuns = { readonly runs: TracedRun[]; iteration: number };

/**
 * Collects the runs of each row's graph until they are taken: one trace per row, complete or none.
 * `row` in a graph's metadata names its row.
 *
 * The answers of calls are in their own runs; `transcript`, which every node would repeat, is left
 * out.
 */
export class GraphTracer extends NoopTracer {
  override ignoreLLM = false;
  override ignoreChain = false;
  override ignoreAgent = false;
  override ignoreRetriever = false;
  readonly #isWanted: (row: number) => boolean;
  readonly #runs = new Map<string, TracedRun>();
  readonly #rows = new Map<number, RowRuns>();
  readonly #placed = new WeakSet<TracedRun>();

  constructor(isWanted: (row: number) => boolean) {
    super();
    this.#isWanted = isWanted;
  }

  /**
   * Gives the runs of a row, parents before their children, and forgets them; none for a row that
   * is not traced.
   */
  take(row: number): readonly TracedRun[] {
    const { runs } = this.#rows.get(row) ?? { runs: [] };
    this.#rows.delete(row);
    for (const { id } of runs) this.#runs.delete(id);
    return runs;
  }

  override handleChainStart(
    chain: Serialized | undefined,
    inputs: unknown,
    id: string,
    parentId?: string,
    tags?: string[],
    metadata?: Values,
    _type?: string,
    name?: string,
  ): void {
    const shown = name ?? lastOf(chain?.id) ?? "chain";
    const values = withoutTranscript(inputs, "input");
    this.#begin({ id, parentId, name: shown, type: "chain", inputs: values, tags, metadata });
  }

  override handleChainEnd(outputs: unknown, id: string): void {
    const run = this.#end(id, withoutTranscript(outputs, "output"));
    // A router says where to go; the state that it was given is its node's, which has shown it.
    if (run !== null && isPlace(run.outputs) && "row" in run.inputs) run.inputs = {};
  }

  override handleChainError(error: unknown, id: string): void {
    this.#fail(id, error);
  }

  override handleChatModelStart(
    model: Serialized,
    [messages = []]: BaseMessage[][],
    id: string,
    parentId?: string,
    _extra?: Values,
    tags?: string[],
    metadata?: Values,
    name?: string,
  ): void {
    const inputs = { messages: messages.map(plainMessage) };
    const shown = name ?? lastOf(model.id) ?? "model";
    const run = this.#begin({ id, parentId, name: shown, type: "llm", inputs, tags, metadata });
    // Calls of a model in custom code have no agent.
    if (run?.metadata["agent"] !== undefined) this.#place(run);
  }

  override handleLLMStart(
    model: Serialized,
    prompts: string[],
    id: string,
    parentId?: string,
    _extra?: Values,
    tags?: string[],
    metadata?: Values,
    name?: string,
  ): void {
    const shown = name ?? lastOf(model.id) ?? "model";
    const inputs = { prompts };
    this.#begin({ id, parentId, name: shown, type: "llm", inputs, tags, metadata });
  }

  override handleLLMEnd({ generations, llmOutput }: LLMResult, id: string): void {
    const run = this.#runs.get(id);
    const first = generations[0]?.[0];
    if (run === undefined || first === undefined) return;
    const message = (first as { message?: BaseMessage & { usage_metadata?: unknown } }).message;
    const usage = message?.usage_metadata;
    const content = message?.content ?? first.text;
    this.#end(id, {
      messages: [{ role: "assistant", content }],
      ...(usage === undefined ? {} : { usage_metadata: usage }),
    });
    const { outcome, finish, detail } = (llmOutput ?? {}) as Partial<AnswerFacts>;
    Object.assign(run.metadata, {
      ...(usage === undefined ? {} : { usage_metadata: usage }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(finish === undefined ? {} : { finish }),
    });
    if (outcome === undefined || outcome === "answered") return;
    run.error = { word: outcome, detail: detail ?? "" };
  }

  override handleLLMError(error: unknown, id: string): void {
    const run = this.#fail(id, error);
    if (run !== null) run.metadata["outcome"] = run.error?.word;
  }

  override handleToolStart(
    tool: Serialized,
    input: string,
    id: string,
    parentId?: string,
    tags?: string[],
    metadata?: Values,
    name?: string,
  ): void {
    const shown = name ?? lastOf(tool.id) ?? "tool";
    this.#begin({ id, parentId, name: shown, type: "tool", inputs: { input }, tags, metadata });
  }

  override handleToolEnd(output: unknown, id: string): void {
    this.#end(id, { output });
  }

  override handleToolError(error: unknown, id: string): void {
    this.#fail(id, error);
  }

  override handleRetrieverStart(
    retriever: Serialized,
    query: string,
    id: string,
    parentId?: string,
    tags?: string[],
    metadata?: Values,
    name?: string,
  ): void {
    const shown = name ?? lastOf(retriever.id) ?? "retriever";
    const inputs = { query };
    this.#begin({ id, parentId, name: shown, type: "retriever", inputs, tags, metadata });
  }

  override handleRetrieverEnd(documents: unknown, id: string): void {
    this.#end(id, { documents });
  }

  override handleRetrieverError(error: unknown, id: string): void {
    this.#fail(id, error);
  }

  /**
   * Null for what belongs to no row that is traced, and for LangGraph's own steps, which it marks
   * as hidden.
   */
  #begin(started: Started): TracedRun | null {
    const { parentId, tags = [], metadata = {} } = started;
    if (tags.includes("langsmith:hidden")) return null;
    const parent = parentId === undefined ? null : this.#runs.get(parentId);
    if (parent === undefined) return null;
    const row = parent === null ? metadata["row"] : parent.row;
    if (typeof row !== "number" || (parent === null && !this.#isWanted(row))) return null;
    const ofRow = this.#rows.get(row) ?? { runs: [], iteration: 1 };
    if (parent === null) this.#rows.set(row, ofRow);
    const run = newRun(started, { row, parent, order: ofRow.runs.length });
    if (parent !== null) run.metadata["iteration"] = ofRow.iteration;
    ofRow.runs.push(run);
    this.#runs.set(run.id, run);
    return run;
  }

  /**
   * Says in which iteration a call is, and so what is around it and what comes before the next. A
   * node that asks an agent is found by that agent's role and model, as its call is.
   */
  #place(call: TracedRun): void {
    const iteration = iterationOf(call);
    const ofRow = this.#rows.get(call.row);
    if (ofRow !== undefined) ofRow.iteration = iteration;
    const { agent, role, model } = call.metadata;
    const { parent, tags } = call;
    if (parent !== null && parent.parent !== null) {
      Object.assign(parent.metadata, { agent, role, model });
      for (const tag of tags) if (!parent.tags.includes(tag)) parent.tags.push(tag);
    }
    let at: TracedRun | null = call;
    for (; at !== null && at.parent !== null && at.name !== perAnswer; at = at.parent) {
      // What holds several iterations bears that of the first.
      if (this.#placed.has(at)) continue;
      this.#placed.add(at);
      at.metadata["iteration"] = iteration;
    }
  }

  #end(id: string, outputs: TracedRun["outputs"]): TracedRun | null {
    const run = this.#runs.get(id);
    if (run === undefined) return null;
    run.endedMs = Date.now();
    run.outputs = outputs;
    return run;
  }

  #fail(id: string, error: unknown): TracedRun | null {
    const run = this.#runs.get(id);
    if (run === undefined) return null;
    run.endedMs = Date.now();
    const word = error instanceof Error ? error.name : "error";
    run.error = { word, detail: error instanceof Error ? error.message : String(error) };
    return run;
  }
}

function newRun(
  { id, name, type, inputs, tags = [], metadata = {} }: Started,
  { row, parent, order }: { row: number; parent: TracedRun | null; order: number },
): TracedRun {
  const startedMs = Date.now();
  const startedAt = toMicroseconds(startedMs, order);
  const place = `${startedAt.replaceAll(/[-:.]/g, "")}${id}`;
  const time = (parent?.times.get(name) ?? 0) + 1;
  parent?.times.set(name, time);
  return {
    id,
    row,
    parent,
    name,
    type,
    startedMs,
    endedMs: null,
    startedAt,
    dottedOrder: parent === null ? place : `${parent.dottedOrder}.${place}`,
    inputs,
    outputs: {},
    error: null,
    tags: [...new Set(tags.filter((tag) => !/^(?:graph|seq):step:/.test(tag)))],
    metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !isPlumbing(key))),
    time,
    times: new Map(),
  };
}

/** Used only by LangGraph. */
function isPlumbing(key: string): boolean {
  return (
    key === "checkpoint_ns" ||
    key === "ls_integration" ||
    key === "versions" ||
    /^langgraph_(?!step$|node$)|^__/.test(key)
  );
}

const roles: Readonly<Record<string, string>> = { human: "user", ai: "assistant" };

function plainMessage(message: BaseMessage): { role: string; content: unknown } {
  const type = message.getType();
  return { role: roles[type] ?? type, content: message.content };
}

function withoutTranscript(values: unknown, name: string): Values {
  if (!isValues(values)) return values === undefined ? {} : { [name]: values };
  const { transcript: _, ...rest } = values;
  return rest;
}

/** What LangChain makes of something that is no object. */
function isPlace(outputs: Values): boolean {
  return "output" in outputs && Object.keys(outputs).length === 1;
}

function isValues(values: unknown): values is Values {
  return typeof values === "object" && values !== null && !Array.isArray(values);
}

/** `2026-01-31T12:00:00.123004Z` */
function toMicroseconds(ms: number, order: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}${String(order % 1000).padStart(3, "0")}Z`;
}

function lastOf(names: readonly string[] | undefined): string | undefined {
  return names?.at(-1);
}
