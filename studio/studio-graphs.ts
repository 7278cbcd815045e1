import { createChain } from "../graphs/chain.ts";
import { createCoevol, type CoevolOptions } from "../graphs/coevol.ts";
import { createCoevolJudge } from "../graphs/coevol-judge.ts";
import { createDebate } from "../graphs/debate.ts";
import type { Evaluator } from "../graphs/parts/evaluator.ts";
import { createFeedbackLoop } from "../graphs/feedback-loop.ts";
import { createJudgeGraph } from "../graphs/judge.ts";
import { createJury } from "../graphs/jury.ts";
import { createSingle } from "../graphs/single.ts";
import { evaluatorSchemas } from "../state/evaluator-state.ts";
import { evolutionSchemas } from "../state/evolution-state.ts";
import { generatorSchemas } from "../state/generator-state.ts";
import { chainSteps } from "../topologies/build/build-chain.ts";
import { debateOptions, judgeOptions, juryOptions } from "../topologies/build/build-evaluator.ts";
import { coevolJudge, coevolOptions } from "../topologies/build/build-evolution.ts";
import { feedbackLoopOptions, singleOptions } from "../topologies/build/build-generator.ts";
import type {
  ChainTopology,
  CoevolTopology,
  DebateTopology,
  EvaluatorTopology,
  FeedbackLoopTopology,
  JudgeTopology,
  JuryTopology,
  SingleTopology,
} from "../topologies/schema/topology-schema.ts";
import type { BuildSession } from "../topologies/build/build-session.ts";
import { innerPreset, settledNode, type Preset } from "./settled-node.ts";
import { withSettings } from "./with-settings.ts";

export function studioJudge(preset: Preset<JudgeTopology>) {
  const { onUnparsed, agents } = preset.topology;
  const node = settledNode(preset, async (topology, workshop) => {
    return (await judgeOptions(topology, workshop)).judge.node;
  });
  const schemas = withSettings(evaluatorSchemas, preset);
  return createJudgeGraph({ judge: { name: agents.judge.name ?? "", node }, onUnparsed, schemas });
}

export function studioJury(preset: Preset<JuryTopology>) {
  const { agents, aggregate, onUnparsed } = preset.topology;
  const jurors = agents.jurors.map(({ name = "", weight }) => ({
    name,
    weight,
    node: settledNode(preset, async (topology, workshop) => {
      return named(name, (await juryOptions(topology, workshop)).jurors).node;
    }),
  }));
  const schemas = withSettings(evaluatorSchemas, preset);
  return createJury({ jurors, aggregate, onUnparsed, schemas });
}

export function studioDebate(preset: Preset<DebateTopology>) {
  const { agents, aggregate, onUnparsed } = preset.topology;
  const debaters = agents.debaters.map(({ name = "" }) => {
    const turn = (stage: "talk" | "vote") =>
      settledNode(preset, async (topology, workshop) => {
        return named(name, (await debateOptions(topology, workshop)).debaters)[stage];
      });
    return { name, talk: turn("talk"), vote: turn("vote") };
  });
  return createDebate({
    debaters,
    rounds: (state) => preset.topologyOf(state).rounds,
    aggregate,
    onUnparsed,
    schemas: withSettings(evaluatorSchemas, preset),
  });
}

export function studioSingle(preset: Preset<SingleTopology>) {
  const { evaluator } = preset.topology;
  return createSingle({
    generator: settledNode(preset, async (topology, workshop) => {
      return (await singleOptions(topology, workshop)).options.generator;
    }),
    samples: evaluator === undefined ? 1 : (state) => preset.topologyOf(state).samples,
    evaluator: evaluator === undefined ? null : studioEvaluator(preset, evaluator),
    schemas: withSettings(generatorSchemas, preset),
  });
}

export function studioFeedbackLoop(preset: Preset<FeedbackLoopTopology>) {
  const { agents, stop, branch, evaluator } = preset.topology;
  const parts = async (topology: FeedbackLoopTopology, workshop: BuildSession) =>
    (await feedbackLoopOptions(topology, workshop)).options;
  const reviewers = agents.reviewers.map(({ name = "" }) => ({
    name,
    node: settledNode(preset, async (topology, workshop) => {
      return named(name, (await parts(topology, workshop)).reviewers).node;
    }),
  }));
  const revise = (reviewer: string) =>
    settledNode(preset, async (topology, workshop) => {
      const { branch: make } = await parts(topology, workshop);
      if (make === undefined) throw new Error("a branching loop has lost its branches");
      return make(reviewer);
    });
  return createFeedbackLoop({
    generator: settledNode(preset, async (topology, workshop) => {
      return (await parts(topology, workshop)).generator;
    }),
    reviewers,
    evaluator: studioEvaluator(preset, evaluator),
    iterations: (state) => preset.topologyOf(state).iterations,
    stopScore: stop?.score,
    branch: branch ? revise : undefined,
    schemas: withSettings(generatorSchemas, preset),
  });
}

export function studioCoevol(preset: Preset<CoevolTopology>) {
  const part = <Node>(pick: (options: CoevolOptions) => Node) =>
    settledNode(preset, async (topology, workshop) => {
      return pick((await coevolOptions(topology, workshop)).options);
    });
  const side = (name: "positive" | "critical") => ({
    position: part((options) => options[name].position),
    crossReview: part((options) => options[name].crossReview),
  });
  return createCoevol({
    positive: side("positive"),
    critical: side("critical"),
    advisor: part(({ advisor }) => advisor),
    editor: part(({ editor }) => editor),
    judge: coevolEvaluator(preset),
    maxIterations: (state) => preset.topologyOf(state).maxIterations,
    schemas: withSettings(evolutionSchemas, preset),
  });
}

/** Each step is one node: what is inside it is made anew of the settings as a whole. */
export function studioChain(preset: Preset<ChainTopology>) {
  const steps = preset.topology.steps.map(({ graph }, index) => ({
    name: graph,
    node: settledNode(preset, async (topology, workshop) => {
      const built = await chainSteps(topology, workshop, { improves: false });
      const step = built[index]?.step;
      if (step === undefined) throw new Error(`the topology has lost its step ${index + 1}`);
      return step.node;
    }),
  }));
  return createChain({ steps, schemas: withSettings(generatorSchemas, preset) });
}

function coevolEvaluator(preset: Preset<CoevolTopology>): Evaluator {
  const { agents, evaluator } = preset.topology;
  if (evaluator !== undefined) return studioEvaluator(preset, evaluator);
  const make = async (topology: CoevolTopology, workshop: BuildSession) =>
    (await coevolJudge(topology, workshop)).node;
  const node = settledNode(preset, make, ["pair"]);
  const schemas = withSettings(evaluatorSchemas, { ...preset, isInside: true });
  return createCoevolJudge({ judge: { name: agents.judge?.name ?? "", node }, schemas });
}

type WithEvaluator = SingleTopology | FeedbackLoopTopology | CoevolTopology;

function studioEvaluator<Kind extends WithEvaluator>(
  preset: Preset<Kind>,
  evaluator: EvaluatorTopology,
): Evaluator {
  // What a preset's evaluator is does not change with its settings.
  const inner = <Inner extends EvaluatorTopology>(topology: Inner) =>
    innerPreset(preset, ({ evaluator: own }) => own as Inner | undefined, topology);
  if (evaluator.graph === "judge") return studioJudge(inner(evaluator));
  return evaluator.graph === "jury" ? studioJury(inner(evaluator)) : studioDebate(inner(evaluator));
}

/** Names are the same in every run; what stands behind them is made anew. */
function named<Item extends { readonly name: string }>(name: string, items: readonly Item[]): Item {
  const found = items.find((item) => item.name === name);
  if (found === undefined) throw new Error(`the topology has lost its agent ${name}`);
  return found;
}
