import type { RunnableConfig } from "@langchain/core/runnables";
import {
  numberedOn,
  roundsOfRewrites,
  type ChainProgress,
  type StepOfChain,
} from "../state/generation/chain-progress.ts";
import type { GeneratorNode, GeneratorState } from "../state/generation/generator-state.ts";
import { joinPart } from "../state/calls/part.ts";
import type { createCoevol } from "./coevol.ts";
import type { Drawable, GeneratorGraph } from "./parts/runnable-graph.ts";
import { invokerOf } from "./parts/walk-graph.ts";

type State = typeof GeneratorState.State;
type Update = typeof GeneratorState.Update;

/**
 * A step of a chain: its name in drawings and traces, and what improves the best response so far.
 */
export type ChainStep = {
  readonly name: string;
  /** From one of the makers below, or a custom node. */
  readonly node: GeneratorNode;
  /** The graph that the node invokes, so that drawings and Studio show what is inside. */
  readonly inside?: Drawable | undefined;
};

/** The step that begins a chain: it answers the prompt. */
export function answeringStep(name: string, graph: GeneratorGraph): ChainStep {
  // The types of a node know functions of the state, not graphs over it; LangGraph takes either.
  return { name, node: graph as unknown as GeneratorNode };
}

/**
 * A step in which a feedback loop revises the best response, or a single generator's answers
 * challenge it; made with `improves`.
 */
export function generatorStep(name: string, graph: GeneratorGraph, of: StepOfChain): ChainStep {
  const invoke = invokerOf(graph);
  async function improve(state: State, config: RunnableConfig): Promise<Update> {
    const given = { round: 1, text: bestText(state), given: true as const };
    const begun = { ...placed(state, of), responses: [given] };
    const told = await invoke(begun, config);
    const { transcript, failure, endedEarly = failure } = told;
    return { ...updateOf(numberedOn(state, told, of)), transcript, endedEarly };
  }
  return { name, node: improve, inside: graph };
}

/** A step in which CoEvol rewrites the best response. */
export function coevolStep(
  name: string,
  graph: ReturnType<typeof createCoevol>,
  of: StepOfChain,
): ChainStep {
  const invoke = invokerOf(graph);
  async function improve(state: State, config: RunnableConfig): Promise<Update> {
    const { place: part, ...rest } = placed(state, of);
    const given = { ...rest, part, response: bestText(state) };
    const { rewrites, ended, transcript } = await invoke(given, config);
    const told = roundsOfRewrites(state, rewrites, { ...of, part });
    return { ...updateOf(told), transcript, endedEarly: ended ?? undefined };
  }
  return { name, node: improve, inside: graph };
}

/** The row and its prompt, and the part of this step's calls (contract section 6). */
function placed({ row, prompt, references, place }: State, { step }: StepOfChain) {
  return { row, prompt, references, place: joinPart(place, step === 1 ? "" : `step-${step}`) };
}

function bestText({ responses, best }: State): string {
  return responses[best]?.text ?? "";
}

function updateOf({ responses, reviews, comparisons, best }: ChainProgress): Update {
  return { responses: [...responses], reviews: [...reviews], comparisons: [...comparisons], best };
}
