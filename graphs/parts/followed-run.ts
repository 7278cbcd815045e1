import {
  CallbackManager,
  type CallbackManagerForChainRun,
} from "@langchain/core/callbacks/manager";
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  callbacksAt,
  newRunId,
  placeOf,
  rowAt,
  type Place,
} from "../../models/gate/following/direct-tracer.ts";
import { withChildConfig } from "../../models/gate/following/child-config.ts";

type State = Readonly<Record<string, unknown>>;
type Call = (state: State, config: RunnableConfig) => unknown;

/** A graph, a node or a router as those see it who follow a walk. */
export type FollowedRun = {
  /** Begins a run inside this one; null where it is not followed. */
  readonly begin: (about: About) => Promise<FollowedRun> | FollowedRun | null;
  /** Calls what runs inside: its runs and calls are told as part of this one. */
  readonly enter: (call: Call, state: State, config: RunnableConfig) => unknown;
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
    enter: (call, state, config) => {
      const within = configInside(config, callbacksAt(inside));
      const { row } = state;
      if (typeof row === "object" && row !== null) {
        return call({ ...state, row: rowAt(row, inside) }, within);
      }
      return withChildConfig(within, () => call({ ...state }, within));
    },
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
    enter: (call, state, config) => {
      const within = configInside(config, run.getChild());
      return withChildConfig(within, () => call({ ...state }, within));
    },
    end: async (outputs) => {
      await run.handleChainEnd(fieldsOf(outputs));
    },
    fail: async (error) => {
      await run.handleChainError(error);
    },
  };
}
