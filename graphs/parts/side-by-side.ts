import { EventEmitter, setMaxListeners } from "node:events";
import { FellowshipError } from "../../state/fellowship-error.ts";

/**
 * Nodes that run in one step, by name. LangGraph hangs a listener for each on one signal, and
 * Node.js warns of a leak from the eleventh on: so the room for listeners grows with the widest
 * step.
 *
 * @throws FellowshipError `bad_usage` where two would bear one name.
 */
export function sideBySide<Node>(
  nodes: readonly (readonly [name: string, node: Node])[],
): Record<string, Node> {
  const byName = Object.fromEntries(nodes);
  if (Object.keys(byName).length < nodes.length) {
    const names = nodes.map(([name]) => name);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    throw new FellowshipError(
      "bad_usage",
      `Two nodes of the graph would have the name "${twice}": give an agent another name.`,
      { facts: { node: twice } },
    );
  }
  const wide = nodes.length + 10;
  if (wide > EventEmitter.defaultMaxListeners) setMaxListeners(wide);
  return byName;
}
