import type { RunnableConfig } from "@langchain/core/runnables";
import { START } from "@langchain/langgraph";
import { kinds, type Topology } from "../topologies/kinds/kinds.ts";
import { listAgents } from "../topologies/load/list-agents.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import { buildGraph } from "./build-graph.ts";
import { inputOf, nothingRun } from "./graph-input.ts";
import { readPreset } from "./preset.ts";
import { presetPath } from "./presets.ts";
import { studioBuilder } from "./studio-builder.ts";

/** Loops end by their own bounds, which settings may raise; this one is above them all. */
const recursionLimit = 1_000;

type Served = {
  withConfig(config: object): Served;
  updateState(config: never, values: object, asNode?: string): unknown;
};

/** A function of an assistant's configuration, whose `topology` names a preset. */
type MakeGraph = (config: RunnableConfig) => Promise<Served>;

/** `feedback-loop` as the name of an export: `feedbackLoop`. */
type ExportName<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<ExportName<Tail>>}`
  : Name;

export function exportName(graph: string): string {
  return graph.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The graph of every kind, under the name that `graphs.ts` exports it by. */
export function serveGraphs(): Readonly<Record<ExportName<Topology["graph"]>, MakeGraph>> {
  const served = kinds.map(({ graph }) => [exportName(graph), serveGraph(graph)] as const);
  return Object.fromEntries(served) as ReturnType<typeof serveGraphs>;
}

function serveGraph(graph: Topology["graph"]): MakeGraph {
  const made = new Map<string, Promise<Served>>();
  return async function makeGraph(config) {
    const path = presetPath(graph, config.configurable?.["topology"] ?? `${graph}.yaml`);
    const served = made.get(path) ?? graphOf(path);
    made.set(path, served);
    // What failed once may be mended by the next request.
    served.catch(() => made.delete(path));
    return served;
  };
}

async function graphOf(path: string): Promise<Served> {
  const preset = readPreset(path, modelsFor(path));
  const graph = (await buildGraph(preset.topology, studioBuilder(preset))) as Served;
  const bounded = graph.withConfig({ recursionLimit });
  beginAnewAtStart(bounded, nothingRun(inputOf(preset.topology)));
  return bounded;
}

/**
 * An input that is edited in a thread's history begins anew as well; LangGraph would only put the
 * edit over what an earlier run left.
 */
function beginAnewAtStart(graph: Served, nothing: object): void {
  const updateState = graph.updateState.bind(graph);
  graph.updateState = (config, values, asNode) =>
    updateState(config, asNode === START ? { ...nothing, ...values } : values, asNode);
}

/**
 * `FELLOWSHIP_STUDIO_MODELS` holds what `--model` was given; an agent that a preset lacks is none
 * of its concern.
 */
function modelsFor(path: string): string[] {
  const given: unknown = JSON.parse(process.env["FELLOWSHIP_STUDIO_MODELS"] ?? "[]");
  if (!Array.isArray(given)) return [];
  const agents = new Set(listAgents(loadTopology(path)).map(({ name }) => name));
  return given.map(String).filter((change) => {
    const name = /^([^:=]+)=/.exec(change)?.[1];
    return name === undefined || agents.has(name);
  });
}
