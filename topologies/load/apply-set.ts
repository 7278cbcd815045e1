import { FellowshipError } from "../../state/fellowship-error.ts";
import { forgetUnder, type KeyLocations } from "./key-locations.ts";
import { resolveNodes } from "./custom-node.ts";
import { resolveFiles } from "./resolve-files.ts";
import { isTree, parseYaml, type Tree } from "./parse-yaml.ts";

/**
 * Gives one key of a topology another value, as `--set KEY=VALUE` asks. Members of lists go by
 * their place, from 0. The `file` of an evaluator or a step takes the place of all that is
 * beside it.
 *
 * @param path The topology's own; a custom node is relative to it.
 * @throws FellowshipError `bad_usage` with the option, for a key that can't be set and a value that
 *   is no YAML.
 */
export function applySet(tree: Tree, set: string, path: string, places: KeyLocations): void {
  const equals = set.indexOf("=");
  if (equals < 1) {
    throw badSet(set, "expected KEY=VALUE, for example --set evaluator.scale=100");
  }
  const dotted = set.slice(0, equals);
  const keys = dotted.split(".");
  if (keys.some((key) => forbidden.has(key))) throw badSet(set, "no such key");
  const value = parseYaml(`--set ${dotted}`, set.slice(equals + 1)).tree;
  const last = keys.at(-1) ?? "";
  const target = holderOf(tree, keys, set);
  const isFile = last === "file" && (keys.at(-2) === "evaluator" || keys.at(-3) === "steps");
  if (isFile) {
    // How a cascade's step is reached is the cascade's, not the file's.
    const others = Object.keys(target).filter((key) => key !== "marginAtMost");
    for (const key of others) delete target[key];
  }
  const given = { [last]: value };
  resolveNodes(given, path, () => `--set ${set}`);
  resolveFiles(given);
  target[last] = given[last];
  forgetUnder(places, isFile ? keys.slice(0, -1).join(".") : dotted);
  places.set(dotted, `--set ${set}`);
}

const forbidden = new Set(["__proto__", "constructor", "prototype"]);

/** What holds the last of the keys; a section that the file leaves to its defaults is made. */
function holderOf(tree: Tree, keys: readonly string[], set: string): Tree {
  let holder = tree;
  for (const [index, key] of keys.entries()) {
    if (Array.isArray(holder)) refuseNoMember(holder, keys.slice(0, index), key, set);
    if (index === keys.length - 1) break;
    holder[key] ??= {};
    const next = holder[key];
    if (typeof next !== "object") throw badSet(set, `${key} holds no keys of its own`);
    holder = next as Tree;
  }
  return holder;
}

/**
 * A list would take any other key without a word, and it would never be read there. The place
 * behind the last adds a member.
 */
function refuseNoMember(
  list: readonly unknown[],
  keys: readonly string[],
  key: string,
  set: string,
): void {
  if (/^(?:0|[1-9]\d*)$/.test(key) && Number(key) <= list.length) return;
  const known = list.map((one, index) => {
    const { name, graph } = isTree(one) ? one : {};
    const shown = typeof name === "string" ? name : graph;
    return typeof shown === "string" ? `${index} (${shown})` : `${index}`;
  });
  const more = `${list.length} for one more`;
  throw badSet(
    set,
    `${keys.join(".")} is a list, whose members go by their place: expected ` +
      `${[...known, more].join(", ")}; got "${key}"`,
  );
}

function badSet(set: string, problem: string): FellowshipError {
  return new FellowshipError("bad_usage", `--set ${set}: ${problem}.`, { facts: { set } });
}
