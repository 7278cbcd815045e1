import type { RunnableConfig } from "@langchain/core/runnables";
import { loadTopology } from "../topologies/load-topology.ts";
import { namedAgents } from "../topologies/named-agents.ts";
import type { Topology } from "../topologies/topology-schema.ts";
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

function served<Kind extends Topology, Graph extends { withConfig(config: object): unknown }>(
  graph: Kind["graph"],
  make: (preset: Preset<Kind>) => Graph,
) {
  const made = new Map<string, Graph>();
  return async function makeGraph(config: RunnableConfig): Promise<Graph> {
    const path = presetPath(graph, config.configurable?.["topology"] ?? `${graph}.yaml`);
    const known = made.get(path);
    if (known !== undefined) return known;
    const preset = readPreset<Kind>(path, modelsFor(path));
    const bounded = make(preset).withConfig({ recursionLimit }) as Graph;
    made.set(path, bounded);
    return bounded;
  };
}

/** `FELLOWSHIP_STUDIO_MODELS` holds what `--model` was given; an agent that a preset lacks is none of its concern. */
function modelsFor(path: string): string[] {
  const given: unknown = JSON.parse(process.env["FELLOWSHIP_STUDIO_MODELS"] ?? "[]");
  if (!Array.isArray(given)) return [];
  const agents = new Set(namedAgents(loadTopology(path)).map(({ name }) => name));
  return given.map(String).filter((change) => {
    const name = /^([^:=]+)=/.exec(change)?.[1];
    return name === undefined || agents.has(name);
  });
}

export const judge = served("judge", studioJudge);
export const jury = served("jury", studioJury);
export const debate = served("debate", studioDebate);
export const single = served("single", studioSingle);
export const feedbackLoop = served("feedback-loop", studioFeedbackLoop);
export const coevol = served("coevol", studioCoevol);
export const chain = served("chain", studioChain);
