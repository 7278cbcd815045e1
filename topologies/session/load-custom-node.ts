import { FellowshipError } from "../../state/fellowship-error.ts";
import { codeNotice, findCode, runCode, type CodeHashes } from "../../user-code/load-code.ts";
import {
  customNodeFactories,
  type CustomNodeFactories,
} from "../../user-code/custom-node-factories.ts";
import { locationOfAgent } from "./agent-locations.ts";

/** What of an agent in a topology its node is made with. */
type WithNode = { readonly timeoutMs?: number | undefined };

/**
 * Runs the module of an agent's node, and makes the factories of its role from what it exports. The
 * module and its hashes are announced before it runs.
 *
 * @throws FellowshipError `bad_usage` with the place where the module throws, or does not export a
 *   factory by that name.
 */
export async function loadCustomNode(
  agent: WithNode,
  node: string,
  onCode: (notice: string, hashes: CodeHashes) => void,
): Promise<CustomNodeFactories> {
  const { timeoutMs: patienceMs } = agent;
  const where = locationOfAgent(agent, "node") ?? "node";
  const [path = "", name = ""] = node.split("#");
  const module = findCode(path, where);
  onCode(codeNotice(module), module.hashes);
  const exports = await runCode(module, where);
  if (!Object.hasOwn(exports, name)) {
    const known = Object.keys(exports).join(", ") || "nothing";
    throw badNode(`${where}: ${path} exports no "${name}"; it exports ${known}`);
  }
  return customNodeFactories({ name: node, place: where, exported: exports[name], patienceMs });
}

function badNode(message: string): FellowshipError {
  return new FellowshipError("bad_usage", `${message}.`);
}
