import { compareTexts, type Compare } from "./compare-texts.ts";
import type { EvaluatorParams, EvaluatorResult } from "./row-evaluator.ts";
import { textField } from "./text-field.ts";

export type GainOptions = {
  /** The key of its scores, for example `loop_gain`. */
  readonly key: string;
  /**
   * Says which is better. It should not be the evaluator that chose the response within the
   * topology, which would praise its own choice.
   */
  readonly compare: Compare;
};

const scores = { first: -1, tie: 0, second: 1 } as const;
const words = {
  first: "worse than before",
  tie: "no better",
  second: "better than before",
} as const;

/**
 * An evaluator of what an improvement gained: `outputs.after` against `outputs.before`, as answers
 * to `inputs.prompt` (or `messages`). 1 where it is better, 0 for a tie, -1 where it is worse, so
 * that the mean is the share of rows that it improved less the share that it spoiled.
 *
 * @example
 * const gain = createGain({ key: "loop_gain", compare: await openComparison("topologies/judge.yaml", options) });
 * await gain({ inputs: { prompt: "…" }, outputs: { before: "…", after: "…" } }); // { key: "loop_gain", score: 1, … }
 */
export function createGain({ key, compare }: GainOptions) {
  return async function gain({ inputs, outputs }: EvaluatorParams): Promise<EvaluatorResult> {
    const first = textField("outputs", outputs, "before");
    const second = textField("outputs", outputs, "after");
    const preferred = await compareTexts(compare, inputs, { first, second });
    const comment = first === second ? "unchanged" : words[preferred];
    return { key, score: scores[preferred], comment };
  };
}
