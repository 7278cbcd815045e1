import { FellowshipError } from "../../state/fellowship-error.ts";
import { codeNotice, findCode, runCode, type CodeHashes } from "../../user-code/load-code.ts";
import type { CustomNode } from "../../user-code/custom-node-factories.ts";
import { locationOfAgent } from "./agent-locations.ts";

/** The keys beside `node` in a topology that it is made with. */
type WithNode = { readonly timeoutMs?: number | undefined };

/**
 * Runs the module that a topology names under `node`, and finds its export. The module and its
 * hashes are announced before it runs.
 *
 * @throws FellowshipError `bad_usage` with the place where the module throws, or does not export
 *   anything by that name.
 */
export async function loadCustomNode(
  declared: WithNode,
  node: string,
  onCode: (notice: string, hashes: CodeHashes) => void,
): Promise<CustomNode> {
  const { timeoutMs: patienceMs } = declared;
  const where = locationOfAgent(declared, "node") ?? "node";
  const [path = "", name = ""] = node.split("#");
  const module = findCode(path, where);
  onCode(codeNotice(module), module.hashes);
  const exports = withCommonJs(await runCode(module, where));
  if (!Object.hasOwn(exports, name)) {
    const known = Object.keys(exports).join(", ") || "nothing";
    throw badNode(`${where}: ${path} exports no "${name}"; it exports ${known}`);
  }
  return { name: node, place: where, exported: exports[name], patienceMs };
}

/** With the exports of a CommonJS module, as a file is where no package.json says otherwise. */
function withCommonJs(exports: Readonly<Record<string, unknown>>) {
  const { default: inner } = exports;
  return typeof inner === "object" && inner !== null ? { ...inner, ...exports } : exports;
}

function badNode(message: string): FellowshipError {
  return new FellowshipError("bad_usage", `${message}.`);
}
