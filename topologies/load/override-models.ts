import { parseModelSpec, type ModelSpec } from "../../models/providers/model-spec.ts";
import { closestWord } from "../../state/closest-word.ts";
import { FellowshipError, isFellowshipError } from "../../state/fellowship-error.ts";
import type { Mistakes } from "../../state/mistakes.ts";
import { isTree, type Tree } from "./parse-yaml.ts";

type AgentEntry = {
  readonly names: readonly string[];
  readonly agent: Tree;
  /** Its dotted key in the topology. */
  readonly key: string;
};

/**
 * Puts the models of `--model AGENT=SPEC` and `--model SPEC` into a topology that has been read but
 * not checked yet, so that a file may leave its models to the command line. Agents with a node of
 * the user's own and no model need none, and get none but by name.
 *
 * @returns The option that chose the model, by the dotted key of each model that was put there.
 * @param mistakes Gets a mistake for an agent that the topology does not have, naming those it has,
 *   and for a spec that names no model of a provider there is.
 * @param optionOf The name of the option that holds a model.
 */
export function overrideModels(
  topology: Tree,
  models: readonly string[],
  mistakes: Mistakes,
  optionOf = (model: string) => `--model ${model}`,
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  if (models.length === 0) return chosen;
  const agents = agentsIn(topology);
  for (const text of models) {
    const match = /^([^:=]+)=(.+)$/s.exec(text);
    const name = match?.[1];
    const spec = match?.[2] ?? text;
    const meant = agents.filter(({ names, agent }) =>
      name === undefined ? !needsNone(agent) : names.includes(name),
    );
    if (meant.length === 0 && name !== undefined)
      mistakes.add(unknownAgent(optionOf(text), name, agents));
    if (mistakes.attempt(() => parseSpecOf(optionOf(text), spec)) === undefined) continue;
    for (const { agent, key } of meant) {
      forgetModel(agent, spec);
      agent["model"] = spec;
      chosen.set(`${key}.model`, optionOf(text));
    }
  }
  return chosen;
}

/** Its price is that of the model in the file, and its addresses serve that provider's models. */
function forgetModel(agent: Tree, spec: string): void {
  delete agent["price"];
  const before = typeof agent["model"] === "string" ? agent["model"] : "";
  if (before.split(":")[0] !== spec.split(":")[0]) delete agent["baseUrls"];
}

function parseSpecOf(option: string, spec: string): ModelSpec {
  try {
    return parseModelSpec(spec);
  } catch (error) {
    if (!isFellowshipError(error)) throw error;
    const { code, message, facts } = error;
    throw new FellowshipError(code, `${option}: ${message}`, { facts });
  }
}

function unknownAgent(
  option: string,
  name: string,
  agents: readonly AgentEntry[],
): FellowshipError {
  const known = agents.map(({ names }) => names[0] ?? "");
  const meant = closestWord(name, known);
  // Another number is another agent.
  const isOther = meant?.replaceAll(/\d/g, "") === name.replaceAll(/\d/g, "");
  const hint = meant === null || isOther ? "" : ` Did you mean ${meant}?`;
  return new FellowshipError(
    "bad_usage",
    `${option}: no agent "${name}" in the topology. It has: ${known.join(", ")}.${hint}`,
    { facts: { agent: name } },
  );
}

/** A custom node beside which no model is given: it gets one only where it is named. */
function needsNone(agent: Tree): boolean {
  return agent["node"] !== undefined && agent["model"] === undefined;
}

/** @param prefix Key of the topology, with a dot behind it. */
function agentsIn(topology: Tree, prefix = ""): AgentEntry[] {
  const steps = topology["steps"];
  if (Array.isArray(steps)) {
    return steps.flatMap((step, index) => agentsInStep(step, index, prefix));
  }
  const agents = isTree(topology["agents"]) ? Object.entries(topology["agents"]) : [];
  const entries = agents.flatMap(([role, value]) => {
    const key = `${prefix}agents.${role}`;
    if (!Array.isArray(value)) return isTree(value) ? [entryOf(value, role, key)] : [];
    const several = role.replace(/s$/, "");
    return value.flatMap((one, index) =>
      isTree(one) ? entriesOf(one, `${several}-${index + 1}`, `${key}.${index}`) : [],
    );
  });
  const inner = topology["evaluator"];
  return isTree(inner) ? [...entries, ...agentsIn(inner, `${prefix}evaluator.`)] : entries;
}

/** The agents of a step: by their own names in any step, or with the step before them. */
function agentsInStep(step: unknown, index: number, prefix: string): AgentEntry[] {
  if (!isTree(step)) return [];
  return agentsIn(step, `${prefix}steps.${index}.`).map(({ names, ...entry }) => {
    const placed = names.map((name) => `step-${index + 1}.${name}`);
    return { ...entry, names: index === 0 ? [...names, ...placed] : [...placed, ...names] };
  });
}

/** A single agent goes by its role too. */
function entryOf(agent: Tree, role: string, key: string): AgentEntry {
  return { names: [nameOf(agent, role), role], agent, key };
}

/**
 * One of several, or the members of a debate that reviews: each also by its role, and by the
 * debate's name and its role.
 */
function entriesOf(one: Tree, fallback: string, key: string): AgentEntry[] {
  const name = nameOf(one, fallback);
  const members = one["graph"] === undefined ? undefined : one["agents"];
  if (!isTree(members)) return [{ names: [name], agent: one, key }];
  return Object.entries(members).flatMap(([role, agent]) => {
    const own = `${name}.${role}`;
    if (!isTree(agent)) return [];
    return [{ names: [nameOf(agent, own), own, role, name], agent, key: `${key}.agents.${role}` }];
  });
}

function nameOf(agent: Tree, fallback: string): string {
  return typeof agent["name"] === "string" ? agent["name"] : fallback;
}
