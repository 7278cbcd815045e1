import { randomUUID } from "node:crypto";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import type { RunnableConfig } from "@langchain/core/runnables";
import { NoopTracer } from "./noop-tracer.ts";

type Values = Readonly<Record<string, unknown>>;

/** A run as a tracer is told of it at its start. */
export type StartedRun = {
  readonly id: string;
  /** Undefined for a run inside no other. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly type: "chain" | "llm" | "tool" | "retriever";
  readonly inputs: Values;
  readonly tags: readonly string[];
  readonly metadata: Values;
};

/** What came back from a call of a model. */
export type CallOutputs = {
  readonly content: unknown;
  /** Tokens as LangChain counts them. */
  readonly usage?: Values | undefined;
  /** What else is known of the answer, its outcome among it. */
  readonly facts: Values;
};

/**
 * A tracer that can be told of a run by a plain call. LangChain's callback managers copy handlers,
 * tags and metadata and read the environment for each run, which takes longer than all else that a
 * trace needs.
 */
export abstract class DirectTracer extends NoopTracer {
  /** False for a run that is not traced, and so none inside it. */
  abstract begin(run: StartedRun): boolean;
  abstract end(id: string, outputs: Values): void;
  abstract endCall(id: string, outputs: CallOutputs): void;
  abstract fail(id: string, error: unknown): void;
}

/** A direct tracer alone, or callbacks that LangChain tells: tracers, readers of a stream. */
export type Follower = "tracer" | "langchain";

/** Where a run begins: what follows it, and what it inherits. */
export type Place = {
  readonly tracer: DirectTracer;
  readonly parentId: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Values;
};

/**
 * The place of what runs with a config; null where others than one such tracer follow it, who are
 * told through LangChain.
 */
export function placeOf({ callbacks, tags = [], metadata }: RunnableConfig): Place | null {
  if (callbacks === undefined) return null;
  const isList = Array.isArray(callbacks);
  const [tracer, ...others] = isList ? callbacks : callbacks.handlers;
  if (!(tracer instanceof DirectTracer) || others.length > 0) return null;
  if (isList) return { tracer, parentId: undefined, tags, metadata: metadata ?? {} };
  const { inheritableTags, inheritableMetadata } = callbacks;
  return {
    tracer,
    parentId: callbacks.getParentRunId(),
    tags: tags.length === 0 ? inheritableTags : [...new Set([...inheritableTags, ...tags])],
    metadata:
      metadata === undefined ? inheritableMetadata : { ...inheritableMetadata, ...metadata },
  };
}

const places = new WeakMap<object, Place>();

/**
 * The row as it is handed to what runs at a place, whose calls bear it in their addresses. So a
 * call finds its place without asynchronous storage, which would make every promise of the process
 * cost more.
 */
export function rowAt<Row extends object>(row: Row, place: Place): Row {
  const own = { ...row };
  places.set(own, place);
  return own;
}

/** The place that a row was handed to, where it was handed to one. */
export function placeOfRow(row: object): Place | null {
  return places.get(row) ?? null;
}

/** The callbacks of what runs at a place, as LangChain takes them. */
export function callbacksAt({ tracer, parentId, tags, metadata }: Place): CallbackManager {
  return new CallbackManager(parentId, {
    handlers: [tracer],
    inheritableHandlers: [tracer],
    tags: [...tags],
    inheritableTags: [...tags],
    metadata: { ...metadata },
    inheritableMetadata: { ...metadata },
  });
}

/** An id that sorts by its time (UUID version 7), as LangSmith wants them. */
export function newRunId(): string {
  const ms = Date.now().toString(16).padStart(12, "0");
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${randomUUID().slice(15)}`;
}
