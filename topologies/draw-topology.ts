import { drawGraph } from "../graphs/draw-graph.ts";
import { drawGraphAsSvg, svgAttribute } from "../graphs/draw-graph-svg.ts";
import { createGate } from "../models/gate.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { buildEvaluator } from "./build-evaluator.ts";
import { buildGenerator } from "./build-generator.ts";
import { buildEvolution } from "./build-evolution.ts";
import { loadTopology } from "./load-topology.ts";
import { isEvaluatorTopology } from "./topology-schema.ts";

/**
 * The graph of a topology file as Mermaid; of CoEvol the graph of one answer, which is the method. Simulated models stand in for
 * its own, so that a drawing needs no keys.
 *
 * @throws FellowshipError `bad_usage` for a topology that could not run either.
 */
export async function drawTopology(path: string): Promise<string> {
  return drawGraph(await graphOf(path));
}

/** The same as SVG, with the subgraphs opened; the drawing tells the path of its topology (`topologyOfSvg`). */
export async function drawTopologyAsSvg(path: string): Promise<string> {
  return drawGraphAsSvg(await graphOf(path), { [pathAttribute]: path, "aria-label": path });
}

/** The path of the topology that an SVG was drawn from, or null where the text is no such drawing. */
export function topologyOfSvg(text: string): string | null {
  return svgAttribute(text, pathAttribute);
}

const pathAttribute = "data-topology";

async function graphOf(path: string) {
  const topology = loadTopology(path, { models: ["sim:drawn"] });
  const context = { gate: createGate(), environment: {}, promptDirectory };
  if (topology.graph === "coevol") return (await buildEvolution(topology, context)).evolution;
  const { graph } = isEvaluatorTopology(topology)
    ? await buildEvaluator(topology, context)
    : await buildGenerator(topology, context);
  return graph;
}
