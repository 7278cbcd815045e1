import { FellowshipError } from "../../state/fellowship-error.ts";
import {
  graphsFor,
  kindOf,
  problemFor,
  topologyCommands,
  type TopologyCommand,
  type TopologyOf,
} from "../kinds/kinds.ts";
import { loadTopology, type TopologyChanges } from "./load-topology.ts";

/**
 * Loads a topology file that a command is to run.
 *
 * @throws FellowshipError `bad_usage` as `loadTopology` does, and for a graph that the command does
 *   not take, naming those it takes and the commands that take this one.
 */
export function loadForCommand<Command extends TopologyCommand>(
  command: Command,
  path: string,
  changes: TopologyChanges,
): TopologyOf<Command> {
  const topology = loadTopology(path, changes, problemFor(command));
  const kind = kindOf(topology);
  if (kind[command] !== undefined) return topology as TopologyOf<Command>;
  const others = topologyCommands.filter((other) => kind[other] !== undefined);
  const takers = others.map((other) => `npm run ${other}`).join(" and ");
  const { graph } = topology;
  throw new FellowshipError(
    "bad_usage",
    `${path}: graph: ${graph}; ${command} takes ${inWords(graphsFor(command))} (${takers} ` +
      `takes ${graph}).`,
    { facts: { path } },
  );
}

/** `a, b or c` */
function inWords(names: readonly string[]): string {
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].filter(Boolean).join(" or ");
}
