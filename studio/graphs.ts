import type { RunnableConfig } from "@langchain/core/runnables";
import { START, type StateSchemaFields } from "@langchain/langgraph";
import { EvaluatorState } from "../state/evaluator-state.ts";
import { EvolutionState } from "../state/evolution-state.ts";
import { GeneratorState } from "../state/generator-state.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import { listAgents } from "../topologies/load/list-agents.ts";
import type { Topology } from "../topologies/schema/topology-schema.ts";
import { nothingRun } from "./new-input.ts";
import { presetPath } from "./presets.ts";
import { readPreset, type Preset } from "./settled-node.ts";
import {
  studioChain,
  studioCoevol,
  studioDebate,
  studioFeedbackLoop,
  studioJudge,
  studioJury,
  studioSingle,
} from "./studio-graphs.ts";

/** What `langgraph.json` serves: for each graph a function of an assistant's configuration, whose `topology` names a preset. */

/** Loops end by their own bounds, which settings may raise; this one is above them all. */
const recursionLimit = 1_000;

type Served = {
  withConfig(config: object): unknown;
  updateState(config: never, values: object, asNode?: string): unknown;
};

function served<Kind extends Topology, Graph extends Served>(
  graph: Kind["graph"],
  { fields }: { readonly fields: StateSchemaFields },
  make: (preset: Preset<Kind>) => Graph,
) {
  const made = new Map<string, Graph>();
  return async function makeGraph(config: RunnableConfig): Promise<Graph> {
    const path = presetPath(graph, config.configurable?.["topology"] ?? `${graph}.yaml`);
    const known = made.get(path);
    if (known !== undefined) return known;
    const preset = readPreset<Kind>(path, modelsFor(path));
    const bounded = make(preset).withConfig({ recursionLimit }) as Graph;
    beginAnewAtStart(bounded, nothingRun(fields, graph));
    made.set(path, bounded);
    return bounded;
  };
}

/** An input that is edited in a thread's history begins anew as well; LangGraph would only put the edit over what an earlier run left. */
function beginAnewAtStart(graph: Served, nothing: object): void {
  const updateState = graph.updateState.bind(graph);
  graph.updateState = (config, values, asNode) =>
    updateState(config, asNode === START ? { ...nothing, ...values } : values, asNode);
}

/** `FELLOWSHIP_STUDIO_MODELS` holds what `--model` was given; an agent that a preset lacks is none of its concern. */
function modelsFor(path: string): string[] {
  const given: unknown = JSON.parse(process.env["FELLOWSHIP_STUDIO_MODELS"] ?? "[]");
  if (!Array.isArray(given)) return [];
  const agents = new Set(listAgents(loadTopology(path)).map(({ name }) => name));
  return given.map(String).filter((change) => {
    const name = /^([^:=]+)=/.exec(change)?.[1];
    return name === undefined || agents.has(name);
  });
}

export const judge = served("judge", EvaluatorState, studioJudge);
export const jury = served("jury", EvaluatorState, studioJury);
export const debate = served("debate", EvaluatorState, studioDebate);
export const single = served("single", GeneratorState, studioSingle);
export const feedbackLoop = served("feedback-loop", GeneratorState, studioFeedbackLoop);
export const coevol = served("coevol", EvolutionState, studioCoevol);
export const chain = served("chain", GeneratorState, studioChain);
