import {
  CallbackManager,
  type CallbackManagerForChainRun,
} from "@langchain/core/callbacks/manager";
import type { RunnableConfig } from "@langchain/core/runnables";

/** A graph, a node or a router as those see it who follow a walk. */
export type FollowedRun = {
  /** Begins a run inside this one. */
  readonly begin: (about: About) => Promise<FollowedRun>;
  /** The config of what runs inside: its runs are told as part of this one. */
  readonly configOf: (config: RunnableConfig) => RunnableConfig;
  readonly end: (outputs: unknown) => Promise<void>;
  readonly fail: (error: unknown) => Promise<void>;
};

type About = {
  readonly name: string;
  readonly inputs: object;
  /** As LangGraph has it: the number of the step, from 1, and the node. */
  readonly metadata?: Readonly<Record<string, unknown>>;
};

/** Begins the run of a graph; null where nothing follows it. */
export async function followGraph(
  { callbacks, tags, metadata, runName }: RunnableConfig,
  { name, inputs }: About,
): Promise<FollowedRun | null> {
  const isFollowed = Array.isArray(callbacks) ? callbacks.length > 0 : callbacks !== undefined;
  if (!isFollowed) return null;
  const manager = CallbackManager.configure(callbacks, undefined, tags, undefined, metadata);
  return manager === undefined ? null : begin(manager, { name: runName ?? name, inputs });
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
    configOf: (config) => {
      // It is this run's, and not that of a graph inside.
      const { runName: _, ...rest } = config;
      return { ...rest, callbacks: run.getChild() };
    },
    end: async (outputs) => {
      const isFields = typeof outputs === "object" && outputs !== null && !Array.isArray(outputs);
      await run.handleChainEnd(isFields ? outputs : { output: outputs });
    },
    fail: async (error) => {
      await run.handleChainError(error);
    },
  };
}
