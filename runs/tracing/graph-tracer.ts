import type { Serialized } from "@langchain/core/load/serializable";
import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import type { AnswerFacts } from "../../models/gate/call-callbacks.ts";
import {
  DirectTracer,
  type CallOutputs,
  type StartedRun,
} from "../../models/gate/following/direct-tracer.ts";
import { iterationOf, perAnswer } from "./iteration-of.ts";
import type { TracedRun } from "./traced-run.ts";

type Values = Readonly<Record<string, unknown>>;

/** The runs of a row, and the iteration of its last call. */
type RowRuns = { readonly runs: TracedRun[]; iteration: number };

/**
 * Collects the runs of each row's graph until they are taken: one trace per row, complete or none.
 * `row` in a graph's metadata names its row.
 *
 * The answers of calls are in their own runs; `transcript`, which every node would repeat, is left
 * out.
 */
export class GraphTracer extends DirectTracer {
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

  /**
   * False for what belongs to no row that is traced, and for LangGraph's own steps, which it marks
   * as hidden.
   */
  begin(started: StartedRun): boolean {
    const { parentId, tags, metadata, type } = started;
    if (tags.includes("langsmith:hidden")) return false;
    const parent = parentId === undefined ? null : this.#runs.get(parentId);
    if (parent === undefined) return false;
    const row = parent === null ? metadata["row"] : parent.row;
    if (typeof row !== "number" || (parent === null && !this.#isWanted(row))) return false;
    const ofRow = this.#rows.get(row) ?? { runs: [], iteration: 1 };
    if (parent === null) this.#rows.set(row, ofRow);
    const run = newRun(started, { row, parent, order: ofRow.runs.length });
    if (parent !== null) run.metadata["iteration"] = ofRow.iteration;
    ofRow.runs.push(run);
    this.#runs.set(run.id, run);
    // Calls of a model in custom code have no agent.
    if (type === "llm" && run.metadata["agent"] !== undefined) this.#place(run);
    return true;
  }

  end(id: string, outputs: Values): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    run.endedMs = Date.now();
    run.outputs = run.type === "chain" ? withoutTranscript(outputs) : outputs;
    // A router says where to go; the state that it was given is its node's, which has shown it.
    if (run.type === "chain" && isPlace(run.outputs) && "row" in run.inputs) run.inputs = {};
  }

  endCall(id: string, { content, usage, facts }: CallOutputs): void {
    const used = usage === undefined ? {} : { usage_metadata: usage };
    this.end(id, { messages: [{ role: "assistant", content }], ...used });
    const run = this.#runs.get(id);
    if (run === undefined) return;
    const { outcome, finish, detail } = facts as Partial<AnswerFacts>;
    Object.assign(run.metadata, {
      ...used,
      ...(outcome === undefined ? {} : { outcome }),
      ...(finish === undefined ? {} : { finish }),
    });
    if (outcome === undefined || outcome === "answered") return;
    run.error = { word: outcome, detail: detail ?? "" };
  }

  fail(id: string, error: unknown): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    run.endedMs = Date.now();
    const word = error instanceof Error ? error.name : "error";
    run.error = { word, detail: error instanceof Error ? error.message : String(error) };
    if (run.type === "llm") run.metadata["outcome"] = word;
  }

  override handleChainStart(
    chain: Serialized | undefined,
    given: unknown,
    id: string,
    parentId?: string,
    tags: string[] = [],
    metadata: Values = {},
    _type?: string,
    name = lastOf(chain?.id) ?? "chain",
  ): void {
    const inputs = valuesOf(given, "input");
    this.begin({ id, parentId, name, type: "chain", inputs, tags, metadata });
  }

  override handleChainEnd(outputs: unknown, id: string): void {
    this.end(id, valuesOf(outputs, "output"));
  }

  override handleChainError(error: unknown, id: string): void {
    this.fail(id, error);
  }

  override handleChatModelStart(
    model: Serialized,
    [messages = []]: BaseMessage[][],
    id: string,
    parentId?: string,
    _extra?: Values,
    tags: string[] = [],
    metadata: Values = {},
    name = lastOf(model.id) ?? "model",
  ): void {
    const inputs = { messages: messages.map(plainMessage) };
    this.begin({ id, parentId, name, type: "llm", inputs, tags, metadata });
  }

  override handleLLMStart(
    model: Serialized,
    prompts: string[],
    id: string,
    parentId?: string,
    _extra?: Values,
    tags: string[] = [],
    metadata: Values = {},
    name = lastOf(model.id) ?? "model",
  ): void {
    this.begin({ id, parentId, name, type: "llm", inputs: { prompts }, tags, metadata });
  }

  override handleLLMEnd({ generations, llmOutput: facts = {} }: LLMResult, id: string): void {
    const first = generations[0]?.[0];
    if (first === undefined) return;
    const { message } = first as { message?: BaseMessage & { usage_metadata?: Values } };
    const content = message?.content ?? first.text;
    this.endCall(id, { content, usage: message?.usage_metadata, facts });
  }

  override handleLLMError(error: unknown, id: string): void {
    this.fail(id, error);
  }

  override handleToolStart(
    tool: Serialized,
    input: string,
    id: string,
    parentId?: string,
    tags: string[] = [],
    metadata: Values = {},
    name = lastOf(tool.id) ?? "tool",
  ): void {
    this.begin({ id, parentId, name, type: "tool", inputs: { input }, tags, metadata });
  }

  override handleToolEnd(output: unknown, id: string): void {
    this.end(id, { output });
  }

  override handleToolError(error: unknown, id: string): void {
    this.fail(id, error);
  }

  override handleRetrieverStart(
    retriever: Serialized,
    query: string,
    id: string,
    parentId?: string,
    tags: string[] = [],
    metadata: Values = {},
    name = lastOf(retriever.id) ?? "retriever",
  ): void {
    this.begin({ id, parentId, name, type: "retriever", inputs: { query }, tags, metadata });
  }

  override handleRetrieverEnd(documents: unknown, id: string): void {
    this.end(id, { documents });
  }

  override handleRetrieverError(error: unknown, id: string): void {
    this.fail(id, error);
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
}

function newRun(
  { id, name, type, inputs, tags, metadata }: StartedRun,
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
    inputs: type === "chain" ? withoutTranscript(inputs) : inputs,
    outputs: {},
    error: null,
    tags: [...new Set(tags.filter((tag) => !/^(?:graph|seq):step:/.test(tag)))],
    metadata: withoutPlumbing(metadata),
    time,
    times: new Map(),
  };
}

/** What only LangGraph uses of a run's metadata. */
const plumbing = /^(?:checkpoint_ns|ls_integration|versions)$|^langgraph_(?!step$|node$)|^__/;

function withoutPlumbing(metadata: Values): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(metadata)) if (!plumbing.test(key)) kept[key] = value;
  return kept;
}

const roles: Readonly<Record<string, string>> = { human: "user", ai: "assistant" };

function plainMessage(message: BaseMessage): { role: string; content: unknown } {
  const type = message.getType();
  return { role: roles[type] ?? type, content: message.content };
}

function withoutTranscript(values: Values): Values {
  const { transcript: _, ...rest } = values;
  return rest;
}

/** What is no object is shown under a name. */
function valuesOf(values: unknown, name: string): Values {
  if (isValues(values)) return values;
  return values === undefined ? {} : { [name]: values };
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
