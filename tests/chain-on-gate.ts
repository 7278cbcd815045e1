import { createChain } from "../graphs/chain.ts";
import { answeringStep, coevolStep, generatorStep, type ChainStep } from "../graphs/chain-step.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import { coevolOn } from "./evolution-on-gate.ts";
import { loopOn, question, singleOn, type LoopOnGate } from "./graphs-on-gate.ts";
import type { RecordingGate } from "./recording-gate.ts";
import { coevol } from "../topologies/kinds/coevol.ts";
import { single } from "../topologies/kinds/single.ts";
import type { StepTopology } from "../topologies/kinds/steps.ts";

export type StepKind = StepTopology["graph"];

export type ChainOnGate = {
  readonly steps: readonly StepKind[];
  readonly improves?: boolean;
  readonly loop?: LoopOnGate;
  readonly samples?: number;
  readonly maxIterations?: number;
};

/**
 * A chain of the project's own graphs on one gate; its agents bear the same names in every step,
 * and only their parts distinguish them.
 */
export function chainOn(
  gate: RecordingGate,
  { steps, improves = false, ...options }: ChainOnGate,
): ReturnType<typeof createChain> {
  return createChain({
    improves,
    steps: steps.map((kind, index) =>
      index === 0 && !improves
        ? firstOn(gate, kind, options)
        : laterOn(gate, kind, index + 1, options),
    ),
  });
}

type Sizes = Omit<ChainOnGate, "steps" | "improves">;

function firstOn(gate: RecordingGate, kind: StepKind, { loop, samples = 2 }: Sizes): ChainStep {
  return answeringStep(kind, kind === single.graph ? singleOn(gate, samples) : loopOn(gate, loop));
}

function laterOn(
  gate: RecordingGate,
  kind: StepKind,
  step: number,
  { loop, samples = 2, maxIterations = 2 }: Sizes,
): ChainStep {
  if (kind === coevol.graph) {
    return coevolStep(kind, coevolOn(gate, { maxIterations }), { step, agent: "editor" });
  }
  const graph =
    kind === single.graph
      ? singleOn(gate, samples, { improves: true })
      : loopOn(gate, { ...loop, improves: true });
  return generatorStep(kind, graph, { step, agent: `generator of ${step}` });
}

/** Runs a chain over `question`; one that improves begins with the answer given. */
export async function runChain(gate: RecordingGate, options: ChainOnGate, answer = "the answer") {
  const given = [{ round: 1, text: answer, given: true as const }];
  const input = {
    row: { number: 1, id: "row-1" },
    prompt: [...question],
    ...(options.improves === true ? { responses: given } : {}),
  };
  return chainOn(gate, options).invoke(input, { recursionLimit: 200 });
}

/** The calls of a row, as a test names them. */
export function toldOf(transcript: readonly CallRecord[]): string[] {
  return transcript.map(({ agent, part, turn }) =>
    [agent, part, turn].filter((word) => word !== "").join(" "),
  );
}
