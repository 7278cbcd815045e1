import { openComparison } from "./open-comparison.ts";
import { openRowWorker, type GeneratorWorker } from "./row-worker.ts";
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
 * The gain of a loop's best response over its first. Other evaluators of a response may be added to
 * ours.
 */
const evaluatorsOf = (compare: Compare): readonly RowEvaluator[] => [
  createGain({ key: "loop_gain", compare }),
];

/** The loop with simulated models of known skill. */
const sample: EvalSettings = {
  ...shippedSample,
  topology: "topologies/feedback-loop.yaml",
  input: "examples/demo/prompts.jsonl",
  models: [
    "generator=sim:generator?skill=0.55",
    "reviewer=sim:reviewer?skill=0.7",
    "judge=sim:judge?noise=0.1",
  ],
};

const settings = readEvalSettings(process.env, sample);
const worker = await openRowWorker(settings.topology, { ...settings, environment: process.env });
if (worker.kind === "generator") await describeGain(worker);
else leaveOut(`loop gain: of generators alone; ${settings.topology} is of kind ${worker.kind}`);

async function describeGain({ rows, work, agents }: GeneratorWorker): Promise<void> {
  const judge = requireJudge(settings);
  const compare = await openComparison(judge.topology, { ...judge, environment: process.env });
  describeRows({
    name: `Fellowship loop gain: ${settings.input}`,
    metadata: { ...settings, judge, models: agents.map(({ model }) => model) },
    rows: await firstRows(rows(settings.input), settings.limit),
    example: ({ messages }) => ({ inputs: { messages } }),
    target: async (row) => {
      const { responses, best } = await work(row);
      const { text, round } = responses[best]!;
      return { before: responses[0]!.text, after: text, round };
    },
    evaluators: evaluatorsOf(compare),
    summary: gainText,
  });
}
