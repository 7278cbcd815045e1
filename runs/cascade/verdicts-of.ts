import type {
  EvaluationResult,
  EvolutionResult,
  GenerationResult,
} from "../../state/row-result.ts";
import type { Verdict } from "../../state/verdict.ts";

/** The parts of a row's result that hold verdicts. */
export type JudgedResult =
  | Pick<EvaluationResult, "verdict">
  | Pick<GenerationResult, "comparisons">
  | Pick<EvolutionResult, "answers">;

/** The verdicts of a row, of any command. */
export function verdictsOf(result: JudgedResult): Verdict[] {
  if ("verdict" in result) return result.verdict === null ? [] : [result.verdict];
  if ("comparisons" in result) return result.comparisons.map(({ verdict }) => verdict);
  return result.answers.flatMap(({ rewrites }) =>
    rewrites.flatMap(({ verdict, siblings = [] }) => [
      ...siblings.map((sibling) => sibling.verdict),
      ...(verdict === null ? [] : [verdict]),
    ]),
  );
}

/** The verdicts of one cascade among those of a row: its agents voted. */
export function verdictsOfCascade(
  result: JudgedResult,
  { steps }: { readonly steps: readonly { readonly agents: readonly string[] }[] },
): Verdict[] {
  const agents = new Set(steps.flatMap((step) => step.agents));
  return verdictsOf(result).filter(
    (verdict) =>
      verdict.steps !== undefined && verdict.votes.some(({ agent }) => agents.has(agent)),
  );
}
