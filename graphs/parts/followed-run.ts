import {
  CallbackManager,
  type CallbackManagerForChainRun,
} from "@langchain/core/callbacks/manager";
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  callbacksAt,
  newRunId,
  placeOf,
  type Place,
} from "../../models/gate/following/direct-tracer.ts";

/** A graph, a node or a router as those see it who follow a walk. */
export type FollowedRun = {
  /** Begins a run inside this one; null where it is not followed. */
  readonly begin: (about: About) => Promise<FollowedRun> | FollowedRun | null;
  /** The config of what runs inside: its runs are told as part of this one. */
  readonly configOf: (config: RunnableConfig) => RunnableConfig;
  readonly end: (outputs: unknown) => Promise<void> | void;
  readonly fail: (error: unknown) => Promise<void> | void;
};

type About = {
  readonly name: string;
  readonly inputs: object;
  /** As LangGraph has it: the number of the step, from 1, and the node. */
  readonly metadata?: Readonly<Record<string, unknown>>;
};

/** Begins the run of a graph; null where nothing follows it. */
export async function followGraph(
  config: RunnableConfig,
  { name, inputs }: About,
): Promise<FollowedRun | null> {
  const { callbacks, tags, metadata, runName } = config;
  const isFollowed = Array.isArray(callbacks) ? callbacks.length > 0 : callbacks !== undefined;
  if (!isFollowed) return null;
  const about = { name: runName ?? name, inputs };
  const place = placeOf(config);
  if (place !== null) return beginDirectly(place, about);
  const manager = CallbackManager.configure(callbacks, undefined, tags, undefined, metadata);
  return manager === undefined ? null : begin(manager, about);
}

/** As LangChain tells it, without its managers. */
function beginDirectly(place: Place, { name, inputs, metadata: own }: About): FollowedRun | null {
  const { tracer, parentId, tags } = place;
  const id = newRunId();
  const metadata = own === undefined ? place.metadata : { ...place.metadata, ...own };
  const fields = inputs as Readonly<Record<string, unknown>>;
  if (!tracer.begin({ id, parentId, name, type: "chain", inputs: fields, tags, metadata })) {
    return null;
  }
  const inside: Place = { tracer, parentId: id, tags, metadata };
  return {
    begin: (about) => beginDirectly(inside, about),
    configOf: (config) => configInside(config, callbacksAt(inside)),
    end: (outputs) => tracer.end(id, fieldsOf(outputs)),
    fail: (error) => tracer.fail(id, error),
  };
}

/** The name of a config is that of its run, and not of a graph inside. */
function configInside(config: RunnableConfig, callbacks: CallbackManager): RunnableConfig {
  const { runName: _, ...rest } = config;
  return { ...rest, callbacks };
}

/** What is no object is shown as the output. */
function fieldsOf(outputs: unknown): Readonly<Record<string, unknown>> {
  const isFields = typeof outputs === "object" && outputs !== null && !Array.isArray(outputs);
  return isFields ? { ...outputs } : { output: outputs };
}

async function begin(manager: CallbackManager, { name, inputs }: About): Promise<FollowedRun> {
  const serialized = { lc: 1 as const, type: "not_implemented" as const, id: [name] };
  const run = await manager.handleChainStart(
    serialized,
    inputs,
    undefined,
    undefined,
    undefined,
    undefined,
    name,
  );
  return followed(run);
}

function followed(run: CallbackManagerForChainRun): FollowedRun {
  return {
    begin: (about) => {
      const child = run.getChild();
      if (about.metadata !== undefined) child.addMetadata({ ...about.metadata });
      return begin(child, about);
    },
    configOf: (config) => configInside(config, run.getChild()),
    end: async (outputs) => {
      await run.handleChainEnd(fieldsOf(outputs));
    },
    fail: async (error) => {
      await run.handleChainError(error);
    },
  };
}
