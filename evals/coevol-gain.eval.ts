import { openComparison } from "./open-comparison.ts";
import { openRowWorker, type EvolutionWorker } from "./row-worker.ts";
import { describeRows, leaveOut } from "./describe-rows.ts";
import {
  requireJudge,
  readEvalSettings,
  shippedSample,
  type EvalSettings,
} from "./eval-settings.ts";
import type { Compare } from "./evaluators/compare-texts.ts";
import { createGain } from "./evaluators/create-gain.ts";
import type { RowEvaluator } from "./evaluators/row-evaluator.ts";
import { firstRows } from "./first-rows.ts";
import { gainText } from "./gain-text.ts";

/**
 * The gain of CoEvol's rewrite over the response as it was given. Other evaluators of a response
 * may be added to ours.
 */
const evaluatorsOf = (compare: Compare): readonly RowEvaluator[] => [
  createGain({ key: "coevol_gain", compare }),
];

/** CoEvol with simulated models of known skill. */
const sample: EvalSettings = {
  ...shippedSample,
  topology: "topologies/coevol.yaml",
  input: "examples/evolve/samples.json",
  models: ["sim:anyone?skill=0.6", "judge=sim:judge?noise=0.1"],
};

const settings = readEvalSettings(process.env, sample);
const worker = await openRowWorker(settings.topology, { ...settings, environment: process.env });
if (worker.kind === "evolution") await describeGain(worker);
else leaveOut(`CoEvol gain: of coevol alone; ${settings.topology} is of kind ${worker.kind}`);

async function describeGain({ rows, work, agents }: EvolutionWorker): Promise<void> {
  const judge = requireJudge(settings);
  const compare = await openComparison(judge.topology, { ...judge, environment: process.env });
  describeRows({
    name: `Fellowship CoEvol gain: ${settings.input}`,
    metadata: { ...settings, judge, models: agents.map(({ model }) => model) },
    rows: await firstRows(rows(settings.input), settings.limit),
    // Of a conversation its first answer, so that all rows count alike.
    example: ({ conversation }) => {
      const answer = conversation.findIndex(({ role }) => role === "assistant");
      return { inputs: { messages: conversation.slice(0, answer) } };
    },
    target: async (row) => {
      const { before, after, rounds } = (await work(row)).answers[0]!;
      return { before, after, rounds };
    },
    evaluators: evaluatorsOf(compare),
    summary: gainText,
  });
}
