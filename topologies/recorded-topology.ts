import { FellowshipError } from "../state/fellowship-error.ts";
import type { CodeTopology } from "./build/code-topology.ts";
import { topology, type Topology } from "./kinds/kinds.ts";
import { refuseNodes } from "./load/custom-node.ts";
import type { Tree } from "./load/parse-yaml.ts";

/**
 * A topology as a run wrote it down: resolved, and with the names of its agents.
 *
 * @param place Names the run in messages.
 * @throws FellowshipError `bad_usage` where it is none that this version knows, or holds code that
 *   is not allowed
 */
export function recordedTopology(
  value: unknown,
  { place, allowCode }: { readonly place: string; readonly allowCode: boolean },
): Topology | CodeTopology {
  const tree = (value ?? {}) as Tree;
  if (typeof tree["module"] === "string") {
    if (allowCode) return tree as unknown as CodeTopology;
    throw unknownTopology(
      `${place}: ${tree["module"]} is code, which runs with all your rights. Read it, and ` +
        "give --allow-code if it may run.",
    );
  }
  if (!allowCode) refuseNodes(tree, () => place, "not allowed");
  const known = topology.options.some(({ shape }) => shape.graph.value === tree["graph"]);
  if (known) return tree as unknown as Topology;
  throw unknownTopology(
    `${place}: expected the topology of a run, got the graph ` +
      `${JSON.stringify(tree["graph"])}, which this version doesn't have.`,
  );
}

function unknownTopology(message: string): FellowshipError {
  return new FellowshipError("bad_usage", message);
}
