import { openRowWorker, type EvaluatorWorker } from "./row-worker.ts";
import { describeRows, leaveOut } from "./describe-rows.ts";
import { readEvalSettings, shippedSample, type EvalSettings } from "./eval-settings.ts";
import { agreesWithPeople } from "./evaluators/agrees-with-people.ts";
import type { RowEvaluator } from "./evaluators/row-evaluator.ts";
import { firstRows } from "./first-rows.ts";
import { measureAgreement } from "../statistics/measure-agreement.ts";
import type { Preference } from "../statistics/estimates/preference.ts";

/**
 * How often an evaluator agrees with people. Other evaluators of a verdict may be added to
 * ours.
 */
const evaluators: readonly RowEvaluator[] = [agreesWithPeople];

/**
 * Simulated pairs whose labels are the truth of the simulation, and a simulated judge who sees it
 * through a little noise.
 */
const sample: EvalSettings = {
  ...shippedSample,
  topology: "topologies/judge.yaml",
  input: "examples/evals/pairs.jsonl",
  models: ["sim:judge?noise=0.05"],
};

const settings = readEvalSettings(process.env, sample);
const worker = await openRowWorker(settings.topology, { ...settings, environment: process.env });
if (worker.kind === "evaluator") await describeAgreement(worker);
else
  leaveOut(`judge agreement: of evaluators alone; ${settings.topology} is of kind ${worker.kind}`);

async function describeAgreement({ rows, work, agents }: EvaluatorWorker): Promise<void> {
  const pairs = await firstRows(rows(settings.input), settings.limit);
  const labelled = pairs.flatMap((pair) => {
    const { label } = pair;
    return label === undefined ? [] : [{ ...pair, label }];
  });
  describeRows({
    name: `Fellowship judge agreement: ${settings.input}`,
    metadata: { ...settings, models: agents.map(({ model }) => model) },
    rows: labelled,
    example: ({ messages, a, b, label }) => ({
      inputs: { messages, a: a.text, b: b.text },
      referenceOutputs: { label },
    }),
    target: async (pair) => {
      const { verdict } = await work(pair);
      return { winner: verdict?.winner ?? "none", scores: verdict?.scores ?? null };
    },
    evaluators,
    summary: (examples) =>
      agreementText(examples.map(({ row, outputs }) => ({ ...outputs, label: row.label }))),
  });
}

function agreementText(
  rows: readonly { label: Preference; winner: Preference | "none" }[],
): string {
  const { n, unreadable, kappa, accuracy } = measureAgreement(rows);
  const figure = kappa.value === null ? `none (${kappa.reason})` : kappa.value.toFixed(2);
  const interval = kappa.low === null ? "" : ` [${kappa.low.toFixed(2)}, ${kappa.high.toFixed(2)}]`;
  const share = accuracy.value?.toFixed(2) ?? "none";
  return `kappa ${figure}${interval}, accuracy ${share}, n ${n}, without a verdict ${unreadable}`;
}
