import type * as z from "zod";
import { chain } from "./chain.ts";
import { evaluatorKinds, type EvaluatorTopology } from "./evaluators.ts";
import type { EvolutionKind, GeneratorKind, KeyProblem, Kind } from "./kind.ts";
import { pool } from "./pool.ts";
import { stepKinds } from "./steps.ts";
import { memberOf, unionOf } from "./union-of.ts";

/**
 * Every graph that a topology file may have. A new one is a line in the list that it belongs to:
 * `evaluators.ts`, `steps.ts` where it may be a step of a chain, or else here.
 */
export const kinds = [...evaluatorKinds, ...stepKinds, pool, chain] as const;

type AnyKind = (typeof kinds)[number];
/** The topologies that a command takes. */
export type TopologyOf<Command extends string> = z.infer<
  Extract<AnyKind, Readonly<Record<Command, unknown>>>["schema"]
>;

export const topology = unionOf(kinds);
export type Topology = z.infer<typeof topology>;
/** Takes a prompt and returns responses. */
export type GeneratorTopology = TopologyOf<"generate">;
/** Takes answers that are there, and improves them. */
export type EvolutionTopology = TopologyOf<"evolve">;

/** The commands that take topologies, by the member of a kind that says so. */
export const topologyCommands = ["evaluate", "generate", "evolve"] as const;
export type TopologyCommand = (typeof topologyCommands)[number];

/** The keys that the steps of a graph may have beside `file: NAME`. */
export function keysBesideFile(graph: unknown): readonly string[] {
  const kind = kinds.find((one) => one.graph === graph);
  return kind !== undefined && "besideFile" in kind ? kind.besideFile : [];
}

/** The kind of a topology. */
export function kindOf(value: Topology): Kind<Topology & EvolutionTopology> {
  // The member of that name takes topologies of that name.
  return memberOf(kinds, value.graph) as unknown as Kind<Topology & EvolutionTopology>;
}

/** The kind of a topology that answers prompts. */
export function generatorKind<Any extends GeneratorTopology>({ graph }: Any): GeneratorKind<Any> {
  return memberOf(kinds, graph) as unknown as GeneratorKind<Any>;
}

/** The kind of a topology that improves answers. */
export function evolutionKind<Any extends EvolutionTopology>({ graph }: Any): EvolutionKind<Any> {
  return memberOf(kinds, graph) as unknown as EvolutionKind<Any>;
}

/** The names of the graphs that a command takes. */
export function graphsFor(command: TopologyCommand): string[] {
  return kinds.filter((kind) => command in kind).map(({ graph }) => graph);
}

/** True for the topologies that take a pair and return a verdict. */
export function isEvaluatorTopology(value: Topology): value is EvaluatorTopology {
  return kindOf(value).evaluate !== undefined;
}

/** True for the topologies that take a prompt and return responses. */
export function isGeneratorTopology(value: Topology): value is GeneratorTopology {
  return kindOf(value).generate !== undefined;
}

/** True for the topologies that take answers and improve them. */
export function isEvolutionTopology(value: Topology): value is EvolutionTopology {
  return kindOf(value).evolve !== undefined;
}

/** True for what improves answers and can't give any, as a chain that begins with CoEvol. */
export function needsAnswers(value: Topology): value is EvolutionTopology {
  return isEvolutionTopology(value) && !(isGeneratorTopology(value) && fits(value, "generate"));
}

function fits(value: Topology, command: TopologyCommand): boolean {
  return problemFor(command)(value) === null;
}

/** Why a topology that a command takes can't be used by it as it is; null where it can. */
export function problemFor(command: TopologyCommand): (value: Topology) => KeyProblem | null {
  return (value) => {
    // The kind's own functions take any topology of that name.
    const topology = value as Topology & EvolutionTopology;
    const { generate, evolve } = kindOf(value);
    if (command === "generate") return generate?.problem?.(topology) ?? null;
    return command === "evolve" ? (evolve?.problem?.(topology) ?? null) : null;
  };
}
