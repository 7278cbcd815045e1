import { readFileSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { debateReviewer } from "../kinds/debate-reviewer.ts";
import { evaluatorKinds } from "../kinds/evaluators.ts";
import type { KeyProblem } from "../kinds/kind.ts";
import { kinds, topology, type Topology } from "../kinds/kinds.ts";
import { mostSteps } from "../schema/shared-keys.ts";
import { noteLocations } from "../session/agent-locations.ts";
import { applySet } from "./apply-set.ts";
import { locationOfKey, type KeyLocations } from "./key-locations.ts";
import { assignAgentNames } from "./assign-agent-names.ts";
import { findTopology, presetHint } from "./find-topology.ts";
import { isCodePath } from "../../user-code/load-code.ts";
import { refuseNodes, resolveNodes } from "./custom-node.ts";
import { resolveFiles } from "./resolve-files.ts";
import { overrideModels } from "./override-models.ts";
import { isTree, parseYaml, type Tree } from "./parse-yaml.ts";

export type TopologyChanges = {
  /** `AGENT=SPEC` or `SPEC` for all, in the order given. */
  readonly models?: readonly string[];
  /** `KEY=VALUE` with a dotted key; the value is read as YAML. */
  readonly sets?: readonly string[];
  /** Values of top-level keys that the file leaves out, for graphs that have such keys. */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Whether a topology with custom nodes (`node: ./file.ts#export`) is taken; nothing is
   * run here.
   */
  readonly allowCode?: boolean | undefined;
};

const largestFileBytes = 16 * 1024;

/**
 * Reads a topology file or a preset, with the files it names in place, the changes of the command
 * line made, and every agent given its name.
 *
 * @param problemOf Why the topology is not what the caller needs, by its key; null where it is.
 * @throws FellowshipError `bad_usage` naming file, line, key and what is allowed.
 */
export function loadTopology(
  name: string,
  changes: TopologyChanges = {},
  problemOf: (topology: Topology) => KeyProblem | null = () => null,
): Topology {
  const path = findTopology(name);
  const places: KeyLocations = new Map();
  const tree = readTree(path, "", places, [realPath(path)]);
  for (const set of changes.sets ?? []) {
    applySet(tree, set, path, places);
    includeFiles(tree, path, "", places, [realPath(path)]);
  }
  if (changes.allowCode !== true) {
    refuseNodes(tree, (key) => locationOfKey(places, key) ?? path, "not allowed");
  }
  const chosen = overrideModels(tree, changes.models ?? []);
  const parsed = parseTopology(tree, changes.defaults ?? {});
  if (!parsed.success) throw schemaError(path, places, parsed.error.issues, tree);
  const complain = (key: string, message: string) => placedError(path, places, key, message);
  const named = assignAgentNames(parsed.data, complain);
  const problem = problemOf(named);
  if (problem !== null) throw complain(problem.key, problem.message);
  noteLocations(named, (key) => chosen.get(key) ?? locationOfKey(places, key) ?? path);
  return named;
}

/** Gives the keys that the tree leaves out, and its graph has, the values of `defaults`. */
function parseTopology(tree: Tree, defaults: Readonly<Record<string, unknown>>) {
  const parsed = topology.safeParse(tree);
  if (!parsed.success) return parsed;
  const missing = Object.entries(defaults).filter(([key]) => !(key in tree) && key in parsed.data);
  return missing.length === 0
    ? parsed
    : topology.safeParse({ ...tree, ...Object.fromEntries(missing) });
}

/**
 * Makes the changes of the command line to a topology that is no file, and checks it as a file is
 * checked.
 *
 * @param path Names the file in messages; files that the topology names are relative to it.
 * @returns The checked topology, and the location of each of its keys.
 * @throws FellowshipError `bad_usage` naming the key and what is allowed.
 */
export function checkTopology<Checked>(
  tree: Tree,
  path: string,
  schema: z.ZodType<Checked>,
  { models = [], sets = [] }: TopologyChanges,
): { readonly checked: Checked; readonly placeOf: (key: string) => string } {
  const places: KeyLocations = new Map();
  includeFiles(tree, path, "", places, [realPath(path)]);
  for (const set of sets) {
    applySet(tree, set, path, places);
    includeFiles(tree, path, "", places, [realPath(path)]);
  }
  refuseNodes(tree, (key) => locationOfKey(places, key) ?? path, "in code");
  const chosen = overrideModels(tree, models);
  const parsed = schema.safeParse(tree);
  if (!parsed.success) throw schemaError(path, places, parsed.error.issues, tree);
  return {
    checked: parsed.data,
    placeOf: (key) => chosen.get(key) ?? locationOfKey(places, key) ?? path,
  };
}

function readTree(
  path: string,
  prefix: string,
  places: KeyLocations,
  chain: readonly string[],
): Tree {
  const { tree, lines } = parseYaml(path, readTopologyFile(path, places.get(`${prefix}file`)));
  if (!isTree(tree)) {
    throw usageError(`${path}: expected a topology (graph: …), got ${describe(tree)}.`, path);
  }
  for (const [key, line] of lines) places.set(`${prefix}${key}`, `${path}:${line}`);
  resolveFiles(tree, path);
  resolveNodes(tree, path, (key) => locationOfKey(places, `${prefix}${key}`) ?? path);
  includeFiles(tree, path, prefix, places, chain);
  return tree;
}

/**
 * Puts the topologies that `evaluator: { file: … }` and `steps: [{ file: … }]` name in their
 * places. A step holds no steps, except those of its evaluator, and these hold nothing: what they
 * name is not read, so that files can't multiply by naming each other.
 */
function includeFiles(
  tree: Tree,
  path: string,
  prefix: string,
  places: KeyLocations,
  chain: readonly string[],
  read: Naming["read"] = new Map(),
): void {
  const into = (inner: unknown, innerPrefix: string) => {
    if (isTree(inner)) includeFiles(inner, path, innerPrefix, places, chain, read);
  };
  if (/evaluator\.steps\.\d+\.$/.test(prefix)) return;
  includeFile(tree, "evaluator", { path, prefix, places, chain, read });
  into(tree["evaluator"], `${prefix}evaluator.`);
  const steps = tree["steps"];
  if (!Array.isArray(steps) || !(prefix === "" || prefix.endsWith("evaluator."))) return;
  const key = `${prefix}steps`;
  if (steps.length > mostSteps) {
    const place = places.get(key) ?? path;
    throw usageError(
      `${place}: ${key}: expected at most ${mostSteps} (got ${steps.length}).`,
      path,
    );
  }
  for (const index of steps.keys()) {
    const naming = { path, prefix: `${key}.`, places, chain, read };
    includeFile(steps as unknown as Tree, String(index), naming);
    into(steps[index], `${key}.${index}.`);
  }
}

type Naming = {
  readonly path: string;
  readonly prefix: string;
  readonly places: KeyLocations;
  readonly chain: readonly string[];
  /**
   * Files that were read for another place, which several steps may name, with the keys of that
   * place.
   */
  readonly read: Map<string, { readonly tree: Tree; readonly prefix: string }>;
};

/** One of them, where a file is named. */
function includeFile(tree: Tree, key: string, { path, prefix, places, chain, read }: Naming): void {
  const inner = tree[key];
  if (!isTree(inner) || !("file" in inner)) return;
  const innerPrefix = `${prefix}${key}.`;
  const place = places.get(`${innerPrefix}file`) ?? path;
  if (typeof inner["file"] !== "string" || Object.keys(inner).length > 1) {
    const name = `${prefix}${key}`;
    throw usageError(`${place}: ${name}: expected file: NAME alone, or a topology inline.`, path);
  }
  const file = findTopology(inner["file"], path);
  const circle = [...chain, realPath(file)];
  if (chain.includes(realPath(file))) {
    const shown = circle.join(" -> ");
    throw usageError(`${place}: ${inner["file"]} includes itself (${shown}).`, path);
  }
  places.set(`${innerPrefix}file`, place);
  const included = read.get(file) ?? {
    tree: readTree(file, innerPrefix, places, circle),
    prefix: innerPrefix,
  };
  read.set(file, included);
  tree[key] = structuredClone(included.tree);
  copyPlaces(places, included.prefix, innerPrefix);
  places.set(`${prefix}${key}`, file);
}

/** With its links followed: a file may be reached by several paths. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function copyPlaces(places: KeyLocations, from: string, to: string): void {
  if (from === to) return;
  for (const [key, place] of places) {
    if (key.startsWith(from)) places.set(`${to}${key.slice(from.length)}`, place);
  }
}

/** @param namedAt Where another file names this one. */
function readTopologyFile(path: string, namedAt: string | undefined): string {
  if (isCodePath(path)) {
    const message = `${path} is code; expected a topology file (npm run generate, evaluate and draw take topologies in code by themselves).`;
    throw usageError(namedAt === undefined ? message : `${namedAt}: ${message}`, path);
  }
  try {
    const stats = statSync(path);
    // A device or a pipe may have no end.
    if (!stats.isFile() && !stats.isDirectory()) {
      const message = `${path} is no regular file, as a topology has to be.`;
      throw usageError(namedAt === undefined ? message : `${namedAt}: ${message}`, path);
    }
    const { size } = stats;
    if (size > largestFileBytes) {
      throw usageError(`${path}: ${size} bytes; a topology has at most ${largestFileBytes}.`, path);
    }
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    if (cause instanceof FellowshipError) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code;
    const message = `can't read the topology ${path} (${reason}).${presetHint(path)}`;
    throw usageError(namedAt === undefined ? message : `${namedAt}: ${message}`, path);
  }
}

function schemaError(
  path: string,
  places: KeyLocations,
  issues: readonly z.core.$ZodIssue[],
  tree: Tree,
): FellowshipError {
  // A wrong key says more than the one that is missing because of it.
  const told = issues.flatMap((one) => issuesOfReviewer(one, valueAt(tree, one.path)));
  const issue = told.find(({ code }) => code === "unrecognized_keys") ?? told[0];
  const key = (issue?.path ?? []).join(".");
  const value = valueAt(tree, issue?.path ?? []);
  if (issue?.code === "unrecognized_keys") {
    const inner = [key, issue.keys[0]].filter(Boolean).join(".");
    return placedError(path, places, inner, issue.message);
  }
  if (issue?.code === "invalid_union" && "options" in issue) {
    const known = (issue.options ?? []).join(", ");
    return placedError(path, places, key, `expected one of ${known}; got ${describe(value)}`);
  }
  const included = includedAt(tree, issue?.path ?? []);
  if (included !== null && issue?.code === "invalid_type" && value !== undefined) {
    const message = `expected file: NAME, or a topology inline with graph: ${included}; got ${describe(value)}`;
    return placedError(path, places, key, message);
  }
  return placedError(path, places, key, messageOf(issue, value));
}

/** The graphs of the topologies that a key may hold inline or as `file:`; null for other keys. */
function includedAt(tree: Tree, path: readonly PropertyKey[]): string | null {
  if (path.at(-1) === "evaluator") return evaluatorKinds.map(({ graph }) => graph).join(", ");
  if (path.at(-2) !== "steps") return null;
  const holder = valueAt(tree, path.slice(0, -2));
  const named = isTree(holder) ? kinds.find(({ graph }) => graph === holder["graph"]) : undefined;
  return named !== undefined && "steps" in named ? named.steps.join(", ") : null;
}

/**
 * A reviewer may be an agent or a debate, which is what a `graph` tells: what is wrong with it as
 * the one that was meant.
 */
function issuesOfReviewer(issue: z.core.$ZodIssue, value: unknown): readonly z.core.$ZodIssue[] {
  if (issue.path.at(-2) !== "reviewers" || !isTree(value)) return [issue];
  const { value: only } = debateReviewer.shape.graph;
  if ("graph" in value && value["graph"] !== only) {
    const message = `expected ${only}, the only graph that a reviewer may be (without graph: an agent); got ${describe(value["graph"])}`;
    return [{ code: "custom", path: [...issue.path, "graph"], message, input: value }];
  }
  const asAgent = issue.code === "invalid_union" ? issue.errors[0] : undefined;
  const meant = "graph" in value ? debateReviewer.safeParse(value).error?.issues : asAgent;
  if (meant === undefined) return [issue];
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function messageOf(issue: z.core.$ZodIssue | undefined, value: unknown): string {
  if (issue?.code === "custom") return issue.message;
  if (issue?.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (value === undefined) return "is missing";
  return `${issue?.message ?? "is not valid"} (got ${describe(value)})`;
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Tree)[key as string] : undefined,
    tree,
  );
}

function placedError(
  path: string,
  places: KeyLocations,
  key: string,
  message: string,
): FellowshipError {
  const place = locationOfKey(places, key) ?? path;
  return new FellowshipError(
    "bad_usage",
    `${place}: ${key === "" ? "topology" : key}: ${message}`,
    {
      facts: { place, key },
    },
  );
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function usageError(message: string, path: string): FellowshipError {
  return new FellowshipError("bad_usage", message, { facts: { path } });
}
