import { describeRows } from "../../evals/describe-rows.ts";

/**
 * An evaluator as the openevals package has them (`exactMatch`, `createLLMAsJudge`): written for
 * others' experiments, knowing nothing of ours.
 */
async function exactMatch(params: {
  outputs: unknown;
  referenceOutputs?: unknown;
}): Promise<{ key: string; score: number | boolean; comment?: string }> {
  const { outputs, referenceOutputs } = params;
  return {
    key: "exact_match",
    score: JSON.stringify(outputs) === JSON.stringify(referenceOutputs),
  };
}

describeRows({
  name: "Another's evaluator",
  metadata: {},
  rows: [
    { number: 1, id: "same", answer: "Paris" },
    { number: 2, id: "other", answer: "Rome" },
  ],
  example: () => ({ inputs: { prompt: "Which?" }, referenceOutputs: { answer: "Paris" } }),
  target: async ({ answer }) => ({ answer }),
  evaluators: [exactMatch],
  summary: (examples) =>
    examples.map(({ row, results }) => `${row.id} ${String(results[0]?.score)}`).join(", "),
});
