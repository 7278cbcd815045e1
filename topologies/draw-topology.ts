import { drawGraph } from "../graphs/drawing/draw-graph.ts";
import { drawGraphAsSvg, svgAttribute } from "../graphs/drawing/draw-graph-svg.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { createMistakes } from "../state/mistakes.ts";
import { createGate } from "../models/gate/gate.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { buildEvaluator } from "./build/build-evaluator.ts";
import { buildEvolution } from "./build/build-evolution.ts";
import { buildGenerator } from "./build/build-generator.ts";
import { openCode } from "./build/code-topology.ts";
import { isCodePath } from "../user-code/load-code.ts";
import { refuseNodes } from "./load/custom-node.ts";
import { loadTopology } from "./load/load-topology.ts";
import { overrideModels } from "./load/override-models.ts";
import { isTree } from "./load/parse-yaml.ts";
import { isEvaluatorTopology, needsAnswers, topology, type Topology } from "./kinds/kinds.ts";
import type { BuildContext } from "./session/build-session.ts";

/** What a drawing of custom code needs: a graph can't be drawn before it is built. */
export type DrawOptions = {
  /** Whether a topology file with custom nodes is taken. */
  readonly allowCode?: boolean | undefined;
  /** Called with code before it runs, with its hashes. */
  readonly onCode?: ((notice: string) => void) | undefined;
};

/**
 * The graph of a topology as Mermaid; of CoEvol the graph of one answer, which is the method.
 * Simulated models replace its own, so that a drawing needs no keys.
 *
 * @throws FellowshipError `bad_usage` for a topology that could not run either.
 */
export async function drawTopology(path: string, options: DrawOptions = {}): Promise<string> {
  return drawGraph(await graphOf(path, options));
}

/**
 * The same as SVG, with the subgraphs opened; the drawing holds the path of its topology
 * (`topologyOfSvg`).
 */
export async function drawTopologyAsSvg(path: string, options: DrawOptions = {}): Promise<string> {
  return drawGraphAsSvg(await graphOf(path, options), {
    [pathAttribute]: path,
    "aria-label": path,
  });
}

/**
 * The graph of a resolved topology, as a run's manifest has it, as SVG with the subgraphs opened.
 *
 * @throws FellowshipError `bad_usage` for custom nodes, whose code is not run here, and for a
 *   topology that this version doesn't know or whose files are gone.
 */
export async function drawResolvedAsSvg(tree: unknown, label: string): Promise<string> {
  return drawGraphAsSvg(await resolvedGraph(tree, label), { "aria-label": label });
}

/** The same as Mermaid. */
export async function drawResolved(tree: unknown, label: string): Promise<string> {
  return drawGraph(await resolvedGraph(tree, label));
}

async function resolvedGraph(tree: unknown, label: string) {
  const own = structuredClone(tree);
  if (!isTree(own)) throw new FellowshipError("bad_usage", `${label}: expected a topology.`);
  refuseNodes(own, () => label, "not allowed");
  overrideModels(own, [drawnModel], createMistakes());
  const read = topology.safeParse(own);
  if (!read.success) throw new FellowshipError("bad_usage", `${label}: ${read.error.message}`);
  return buildGraph(read.data, drawingContext());
}

/**
 * The path of the topology that an SVG was drawn from, or null where the text is no such drawing.
 */
export function topologyOfSvg(text: string): string | null {
  return svgAttribute(text, pathAttribute);
}

const pathAttribute = "data-topology";
/** In place of a topology's own models, so that a drawing needs no keys. */
const drawnModel = "sim:drawn";

function drawingContext(onCode?: (notice: string) => void): BuildContext {
  return { gate: createGate(), environment: {}, promptDirectory, onCode };
}

async function graphOf(path: string, { allowCode, onCode }: DrawOptions) {
  const changes = { models: [drawnModel], allowCode };
  const context = drawingContext(onCode);
  if (isCodePath(path)) {
    const { kind, buildGenerator, buildEvaluator } = await openCode(path, changes, onCode);
    const build = kind === "generator" ? buildGenerator : buildEvaluator;
    return (await build(context)).graph;
  }
  return buildGraph(loadTopology(path, changes), context);
}

/** The graph of a topology; of CoEvol the graph of one answer. */
export async function buildGraph(topology: Topology, context: BuildContext) {
  if (needsAnswers(topology)) return (await buildEvolution(topology, context)).method;
  const { graph } = isEvaluatorTopology(topology)
    ? await buildEvaluator(topology, context)
    : await buildGenerator(topology, context);
  return graph;
}
