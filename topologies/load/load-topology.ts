import { readFileSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { createMistakes, type Mistakes } from "../../state/mistakes.ts";
import type { KeyProblem } from "../kinds/kind.ts";
import { keysBesideFile, topology, type Topology } from "../kinds/kinds.ts";
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
import { shownValue } from "./problem-message.ts";
import { schemaProblems } from "./schema-problems.ts";

export type TopologyChanges = {
  /** `AGENT=SPEC` or `SPEC` for all, in the order given. */
  readonly models?: readonly string[];
  /** The name of what chose one of `models`, for messages; `--model MODEL` where it is left out. */
  readonly optionOf?: (model: string) => string;
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
 * @throws FellowshipError `bad_usage` listing every mistake with its file, line and key, and what
 *   is allowed.
 */
export function loadTopology(
  name: string,
  changes: TopologyChanges = {},
  problemOf: (topology: Topology) => KeyProblem | null = () => null,
): Topology {
  const path = findTopology(name);
  const reading = startReading();
  const { places, mistakes } = reading;
  const tree = readTree(path, "", reading, [realPath(path)]);
  applySets(tree, changes.sets, path, reading);
  if (changes.allowCode !== true) {
    const placeOf = (key: string) => locationOfKey(places, key) ?? path;
    mistakes.attempt(() => refuseNodes(tree, placeOf, "not allowed"));
  }
  const chosen = overrideModels(tree, changes.models ?? [], mistakes, changes.optionOf);
  const parsed = parseTopology(tree, changes.defaults ?? {});
  if (!parsed.success) addProblems(schemaProblems(tree, topology), path, reading);
  mistakes.throwIfAny();
  if (!parsed.success) throw placedError(path, places, "", "is not valid");
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
  const reading = startReading();
  const { places, mistakes } = reading;
  includeFiles(tree, path, "", reading, [realPath(path)]);
  applySets(tree, sets, path, reading);
  const placeOf = (key: string) => locationOfKey(places, key) ?? path;
  mistakes.attempt(() => refuseNodes(tree, placeOf, "in code"));
  const chosen = overrideModels(tree, models, mistakes);
  const parsed = schema.safeParse(tree);
  if (!parsed.success) addProblems(schemaProblems(tree, schema), path, reading);
  mistakes.throwIfAny();
  if (!parsed.success) throw placedError(path, places, "", "is not valid");
  return {
    checked: parsed.data,
    placeOf: (key) => chosen.get(key) ?? locationOfKey(places, key) ?? path,
  };
}

/** What is known of a topology while its files are read. */
type Reading = {
  readonly places: KeyLocations;
  readonly mistakes: Mistakes;
  /** Keys whose file could not be read, so that nothing is known of what is below them. */
  readonly unread: Set<string>;
  /** Files that were read for another place, which several steps may name, with its keys. */
  readonly read: Map<string, { readonly tree: Tree; readonly prefix: string }>;
};

function startReading(): Reading {
  return { places: new Map(), mistakes: createMistakes(), unread: new Set(), read: new Map() };
}

function applySets(tree: Tree, sets: readonly string[] = [], path: string, reading: Reading): void {
  for (const set of sets) {
    reading.mistakes.attempt(() => applySet(tree, set, path, reading.places));
    // A file may have changed since another option named it.
    includeFiles(tree, path, "", { ...reading, read: new Map() }, [realPath(path)]);
  }
}

function addProblems(
  problems: readonly KeyProblem[],
  path: string,
  { places, mistakes, unread }: Reading,
): void {
  const isUnread = (key: string) =>
    [...unread].some((other) => key === other || key.startsWith(`${other}.`));
  const errors = problems
    .filter(({ key }) => !isUnread(key))
    .map(({ key, message }) => placedError(path, places, key, message));
  mistakes.add(...errors.toSorted((one, other) => byPlace.compare(placeOf(one), placeOf(other))));
}

function placeOf({ facts }: FellowshipError): string {
  return String(facts["place"]);
}

const byPlace = new Intl.Collator("en", { numeric: true });

function readTree(path: string, prefix: string, reading: Reading, chain: readonly string[]): Tree {
  const { places } = reading;
  const { tree, lines } = parseYaml(path, readTopologyFile(path, places.get(`${prefix}file`)));
  if (!isTree(tree)) {
    const got = tree === null ? "an empty file" : shownValue(tree);
    throw usageError(`${path}: expected a topology (graph: …), got ${got}.`, path);
  }
  for (const [key, line] of lines) places.set(`${prefix}${key}`, `${path}:${line}`);
  resolveFiles(tree, path);
  resolveNodes(tree, path, (key) => locationOfKey(places, `${prefix}${key}`) ?? path);
  includeFiles(tree, path, prefix, reading, chain);
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
  reading: Reading,
  chain: readonly string[],
): void {
  const { places } = reading;
  const into = (inner: unknown, innerPrefix: string) => {
    if (isTree(inner)) includeFiles(inner, path, innerPrefix, reading, chain);
  };
  if (/evaluator\.steps\.\d+\.$/.test(prefix)) return;
  tryToInclude(tree, "evaluator", { path, prefix, reading, chain });
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
    const beside = keysBesideFile(tree["graph"]);
    const naming = { path, prefix: `${key}.`, reading, chain, beside };
    tryToInclude(steps as unknown as Tree, String(index), naming);
    into(steps[index], `${key}.${index}.`);
  }
}

type Naming = {
  readonly path: string;
  readonly prefix: string;
  readonly reading: Reading;
  readonly chain: readonly string[];
  /** The keys that may stand beside `file`; none where not given. */
  readonly beside?: readonly string[];
};

/** Includes a file; where it can't be read, the reason is kept and the rest is checked. */
function tryToInclude(tree: Tree, key: string, naming: Naming): void {
  const { mistakes, unread } = naming.reading;
  const isRead = mistakes.attempt(() => {
    includeFile(tree, key, naming);
    return true;
  });
  if (isRead !== true) unread.add(`${naming.prefix}${key}`);
}

/** One of them, where a file is named. */
function includeFile(tree: Tree, key: string, naming: Naming): void {
  const { path, prefix, reading, chain, beside = [] } = naming;
  const { places, read } = reading;
  const inner = tree[key];
  if (!isTree(inner) || !("file" in inner)) return;
  const innerPrefix = `${prefix}${key}.`;
  const place = places.get(`${innerPrefix}file`) ?? path;
  const { file: given, ...kept } = inner;
  if (typeof given !== "string" || Object.keys(kept).some((one) => !beside.includes(one))) {
    const name = `${prefix}${key}`;
    const allowed = beside.length === 0 ? "nothing" : `nothing but ${beside.join(", ")}`;
    throw usageError(
      `${place}: ${name}: expected file: NAME with ${allowed} beside it, or a topology inline.`,
      path,
    );
  }
  const file = findTopology(given, path);
  const circle = [...chain, realPath(file)];
  if (chain.includes(realPath(file))) {
    const shown = circle.join(" -> ");
    throw usageError(`${place}: ${given} includes itself (${shown}).`, path);
  }
  places.set(`${innerPrefix}file`, place);
  const included = read.get(file) ?? {
    tree: readTree(file, innerPrefix, reading, circle),
    prefix: innerPrefix,
  };
  read.set(file, included);
  const own = Object.keys(kept).map((one) => [one, places.get(`${innerPrefix}${one}`)] as const);
  tree[key] = { ...structuredClone(included.tree), ...kept };
  copyPlaces(places, included.prefix, innerPrefix);
  for (const [one, at] of own) if (at !== undefined) places.set(`${innerPrefix}${one}`, at);
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
    const message =
      `${path} is code; expected a topology file (fellowship generate, evaluate and draw take ` +
      "topologies in code by themselves).";
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
    const places =
      namedAt === undefined
        ? ""
        : " (looked for next to the file that names it, in the working directory and in the " +
          "package)";
    const wrong =
      reason === "ENOENT"
        ? `no such file: ${path}${places}`
        : `can't read the topology ${path} (${reason})`;
    const message = `${wrong}.${presetHint(path)}`;
    throw usageError(namedAt === undefined ? message : `${namedAt}: ${message}`, path);
  }
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

function usageError(message: string, path: string): FellowshipError {
  return new FellowshipError("bad_usage", message, { facts: { path } });
}
