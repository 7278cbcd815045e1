import { compareTexts, type Compare } from "./compare-texts.ts";
import type { EvaluatorParams, EvaluatorResult } from "./row-evaluator.ts";
import { textField } from "./text-field.ts";

export type PreferenceOptions = {
  readonly compare: Compare;
  /** The key of its scores. Default `preferred_to_reference`. */
  readonly key?: string;
};

const scores = { first: 0, tie: 0.5, second: 1 } as const;
const words = { first: "the reference is better", tie: "as good", second: "better" } as const;

/**
 * An evaluator of any response that has a reference: `outputs.response` against
 * `referenceOutputs.response` (or each a text alone), as answers to `inputs.prompt` (or
 * `messages`). 1 where it is better, 0.5 for a tie, 0 where the reference is, so that the mean is a
 * win rate with ties as half. With `openComparison` it is a judge, jury or debate of ours for
 * others' experiments.
 *
 * @example
 * const compare = await openComparison("topologies/jury.yaml", { environment: process.env });
 * await evaluate(target, { data: "my data set", evaluators: [createPreference({ compare })] }); // langsmith/evaluation
 */
export function createPreference({ compare, key = "preferred_to_reference" }: PreferenceOptions) {
  return async function preference(params: EvaluatorParams): Promise<EvaluatorResult> {
    const first = textField("referenceOutputs", params.referenceOutputs, "response");
    const second = textField("outputs", params.outputs, "response");
    const preferred = await compareTexts(compare, params.inputs, { first, second });
    return { key, score: scores[preferred], comment: words[preferred] };
  };
}
