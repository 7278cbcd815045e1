import { noModel } from "../../models/providers/model-spec.ts";
import type { RoleName } from "../../nodes/roles.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
import type {
  EvaluatorTopology,
  EvolutionTopology,
  FeedbackLoopTopology,
  GeneratorTopology,
  ReviewerTopology,
  SingleTopology,
  StepTopology,
} from "../schema/topology-schema.ts";

/** What a call has before it and brings back, in sizes that a forecast can put numbers to. */
export type ForecastCall = {
  readonly role: RoleName;
  readonly model: string;
  /** The longest answer, in tokens, where the topology sets one. */
  readonly maxTokens: number | undefined;
  /** How many of it stand side by side. */
  readonly copies: number;
  /** How many responses it is shown, the prompt aside. */
  readonly responses: number;
  /** How many reviews or statements it is shown. */
  readonly remarks: number;
};

/** Calls side by side: the row goes on when the last of them is answered. */
export type ForecastStep = {
  readonly calls: readonly ForecastCall[];
  /** How often the step is taken in a row, one after another; without re-asks and without an early end. */
  readonly times: number;
};

/** The calls that a row of an evaluation makes. */
export function forecastEvaluation(topology: EvaluatorTopology): ForecastStep[] {
  if (topology.graph === "debate") {
    const { debaters } = topology.agents;
    const statements = topology.rounds * debaters.length;
    // On average half of what will have been said is there to be read.
    const heard = (statements - 1) / 2;
    return [
      ...debaters.map((one) => step([call("debater", one, 2, heard)], topology.rounds)),
      step(debaters.map((one) => call("debater", one, 2, statements))),
    ];
  }
  const { strategy, orders } = topology;
  const judges = topology.graph === "judge" ? [topology.agents.judge] : topology.agents.jurors;
  const role = topology.graph === "judge" ? "judge" : "juror";
  return [
    step(
      judges.map((judge) =>
        strategy === "independent"
          ? call(role, judge, 1, 0, 2)
          : call(role, judge, 2, 0, orders === "both" ? 2 : 1),
      ),
    ),
  ];
}

/** The calls that a row of a generation makes: all rounds, every response compared. */
export function forecastGeneration(topology: GeneratorTopology): ForecastStep[] {
  if (topology.graph !== "chain") return answering(topology, 1);
  return topology.steps.flatMap((one, index) => {
    if (index > 0 || one.graph === "coevol") return improving(one);
    return answering(one, 1);
  });
}

/** The calls of a step that improves a response. */
function improving(topology: StepTopology): ForecastStep[] {
  return topology.graph === "coevol" ? forecastEvolution(topology) : answering(topology, 0);
}

/**
 * The calls of a graph whose first response is its own or is given.
 *
 * @param own How many of its first responses it writes itself, 0 or 1.
 */
function answering(topology: SingleTopology | FeedbackLoopTopology, own: 0 | 1): ForecastStep[] {
  const { generator } = topology.agents;
  const evaluator = topology.evaluator === undefined ? [] : forecastEvaluation(topology.evaluator);
  if (topology.graph === "single") {
    return [
      step([call("generator", generator, 0, 0)], topology.samples),
      ...repeated(evaluator, topology.samples - own),
    ];
  }
  const { iterations, branch, agents } = topology;
  const branches = branch ? agents.reviewers.length : 1;
  const rounds = Array.from({ length: iterations - 1 }, (_, index) => index + 1);
  return [
    ...(own === 0 ? [] : [step([call("generator", generator, 0, 0)])]),
    ...rounds.flatMap((round) => loopRound(round, generator, agents.reviewers, branches)),
    ...repeated(evaluator, (iterations - 1) * branches),
  ];
}

/** The calls that improving one answer makes: all iterations, every rewrite accepted. */
export function forecastEvolution(topology: EvolutionTopology): ForecastStep[] {
  if (topology.graph === "chain") return topology.steps.flatMap(improving);
  const { mode, agents, maxIterations } = topology;
  const { positive, critical, advisor, editor, judge } = agents;
  const isDebated = mode.includes("debate") || mode === "iterate";
  const debaters = [positive, critical].filter((one) => one !== undefined && isDebated);
  const debate = [0, 2].map((remarks) =>
    step(debaters.flatMap((one) => (one === undefined ? [] : [call("debater", one, 1, remarks)]))),
  );
  const seen = mode === "advise-edit-blind" ? 0 : 1;
  const advice =
    advisor === undefined || mode === "edit"
      ? []
      : [step([call("advisor", advisor, seen, 2 * debaters.length)])];
  const pass = [
    ...(debaters.length === 0 ? [] : debate),
    ...advice,
    step([call("editor", editor, 1, advice.length)]),
  ];
  if (mode !== "iterate") return pass;
  const judging =
    topology.evaluator !== undefined
      ? forecastEvaluation(topology.evaluator)
      : judge === undefined
        ? []
        : [step([call("judge", judge, 2, 0, 2)])];
  return repeated([...pass, ...judging], maxIterations);
}

/** The reviews of a round's response, and the revisions after them. */
function loopRound(
  round: number,
  generator: AgentTopology,
  reviewers: readonly ReviewerTopology[],
  branches: number,
): ForecastStep[] {
  const heard = branches > 1 ? 1 : reviewers.length;
  const debates = reviewers.flatMap((one) => ("graph" in one ? [one.agents] : []));
  const debaters = debates.flatMap(({ positive, critical }) => [positive, critical]);
  // A debate begins beside the other reviewers, and takes two steps more.
  const rest = [
    step(debaters.map((one) => call("debater", one, 1, 2))),
    step(debates.map(({ advisor }) => call("advisor", advisor, 1, 4))),
  ];
  return [
    step([
      ...reviewers.flatMap((one) =>
        "graph" in one ? [] : [call("reviewer", one, round, round - 1)],
      ),
      ...debaters.map((one) => call("debater", one, 1, 0)),
    ]),
    ...(debates.length === 0 ? [] : rest),
    step([call("generator", generator, round, round * heard, branches)]),
  ];
}

function repeated(steps: readonly ForecastStep[], times: number): ForecastStep[] {
  return times === 0 ? [] : steps.map((one) => ({ ...one, times: one.times * times }));
}

function step(calls: readonly ForecastCall[], times = 1): ForecastStep {
  // Nodes of the user's own that have no model ask nobody.
  return { calls: calls.filter(({ model }) => model !== noModel), times };
}

function call(
  role: RoleName,
  { model, maxTokens }: AgentTopology,
  responses: number,
  remarks: number,
  copies = 1,
): ForecastCall {
  return { role, model, maxTokens, copies, responses, remarks };
}
