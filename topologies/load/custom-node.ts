import { dirname, relative, resolve, sep } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { findCode } from "../../user-code/load-code.ts";
import { isTree, type Tree } from "./parse-yaml.ts";

/**
 * Turns every `node: ./file.ts#export` of a topology file into a path from the working directory;
 * in the file the path starts at the file itself, as that of `file:` does.
 *
 * @param placeOf File and line of a dotted key.
 * @throws FellowshipError `bad_usage` with the place for a value that is no such path, or that
 *   leads outside of the working directory.
 */
export function resolveNodes(tree: Tree, path: string, placeOf: (key: string) => string): void {
  for (const { agent, key, node } of nodesIn(tree)) {
    const where = `${placeOf(key)}: ${key}`;
    const [, file, name] = /^(\.{1,2}\/[^#]+)#([A-Za-z_$][\w$]*)$/.exec(node) ?? [];
    if (file === undefined || name === undefined) {
      throw badNode(`${where}: expected ./FILE.ts#EXPORT, got "${node}"`);
    }
    const named = relative(process.cwd(), resolve(dirname(path), file));
    agent["node"] = `${findCode(named.split(sep).join("/"), where).path}#${name}`;
  }
}

/** Reasons to refuse custom nodes. */
const refusals = {
  "not allowed":
    "is code, which runs with all your rights. Read it, and give --allow-code if it may run",
  "in code": "stands in a topology in code, which takes nodes where it builds its graph",
} as const;

/**
 * Refuses a topology that holds custom nodes.
 *
 * @throws FellowshipError `bad_usage` naming the first of them and the reason.
 */
export function refuseNodes(
  tree: Tree,
  placeOf: (key: string) => string,
  why: keyof typeof refusals,
): void {
  for (const { key, node } of nodesIn(tree)) {
    throw badNode(`${placeOf(key)}: ${key}: ${node} ${refusals[why]}`);
  }
}

/** The agents of a topology that have a custom node, with the dotted key of each. */
function* nodesIn(
  tree: unknown,
  prefix = "",
): Generator<{ readonly agent: Tree; readonly key: string; readonly node: string }> {
  if (typeof tree !== "object" || tree === null) return;
  for (const [name, value] of Object.entries(tree)) {
    const key = `${prefix}${name}`;
    // Their keys are the server's and those of a JSON Schema.
    if (name === "params" || name === "json") continue;
    if (name === "node" && typeof value === "string" && isTree(tree)) {
      yield { agent: tree, key, node: value };
    } else yield* nodesIn(value, `${key}.`);
  }
}

function badNode(message: string): FellowshipError {
  return new FellowshipError("bad_usage", `${message}.`);
}
