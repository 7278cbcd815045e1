import type { RunnableConfig } from "@langchain/core/runnables";
import { sessionBuilder } from "../topologies/session/builder.ts";
import type { BuildSession } from "../topologies/session/build-session.ts";
import { buildGraph } from "./build-graph.ts";
import { refuseMissing } from "./graph-input.ts";
import { oneError } from "./one-error.ts";
import type { Preset } from "./preset.ts";
import { openRunSession } from "./run-session.ts";

type Action = (state: never, config: RunnableConfig) => unknown;

/**
 * A node that is made anew of each run's settings. LangGraph fixes a graph's nodes when it is
 * compiled, while models and strategy come with the input.
 *
 * @param make Makes the node from the topology of the run.
 */
export function settledNode<Part, Node>(
  preset: Preset<Part>,
  make: (topology: Part, session: BuildSession) => Promise<Node>,
): Node {
  async function made(state: object, config: RunnableConfig): Promise<Node> {
    try {
      const whole = preset.wholeOf(state);
      refuseMissing(preset.graph, preset.needs, state);
      const session = openRunSession(whole, config);
      // Builds all of it, so that nodes side by side report one and the same missing key.
      await buildGraph(whole, sessionBuilder(whole, session));
      return await make(preset.partOf(whole), session);
    } catch (error) {
      throw oneError(error, config);
    }
  }

  async function settled(state: object, config: RunnableConfig): Promise<unknown> {
    const node = await made(state, config);
    if (typeof node === "function") return (node as unknown as Action)(state as never, config);
    return (node as { invoke: Action }).invoke(state as never, config);
  }
  // A node is a function or a runnable; this one can replace either.
  return settled as unknown as Node;
}
