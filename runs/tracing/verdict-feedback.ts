import type {
  EvaluationResult,
  EvolutionResult,
  GenerationResult,
} from "../../state/row-result.ts";
import type { Scores } from "../../state/verdict.ts";
import type { TraceFeedback } from "./traced-run.ts";

/**
 * What the verdict says of an evaluated row: who won, by how much (the score of A minus that of B,
 * on the evaluator's scale), and whether people say the same, where they were asked. The mean of
 * `agrees_with_people` is the summary's accuracy.
 */
export function evaluationFeedback({ verdict, label }: EvaluationResult): TraceFeedback[] {
  if (verdict === null) return [];
  const { winner, scores } = verdict;
  const feedback: TraceFeedback[] = [{ key: "winner", value: winner }, ...margin(scores)];
  // A row without a verdict neither agrees nor disagrees.
  if (label === undefined || winner === "none") return feedback;
  return [...feedback, { key: "agrees_with_people", score: winner === label ? 1 : 0 }];
}

/**
 * Which response is the best, and how each later one fared: its score minus that of the best so
 * far.
 */
export function generationFeedback({
  responses,
  comparisons,
  best,
  failure,
}: GenerationResult): TraceFeedback[] {
  const verdicts = comparisons.flatMap(({ part, verdict, incumbentIs, won, challenger }) => {
    const comment = part === "" ? undefined : part;
    const fared =
      verdict.winner === "tie" || verdict.winner === "none"
        ? verdict.winner
        : won === challenger
          ? "challenger"
          : "incumbent";
    return [
      { key: "winner", value: fared },
      ...margin(verdict.scores, incumbentIs === "a" ? "b" : "a"),
    ].map((one) => (comment === undefined ? one : { ...one, comment }));
  });
  // A row that failed has no best response: what it came to by then would falsify the mean.
  const round = failure === undefined ? responses[best]?.round : undefined;
  return [...verdicts, ...(round === undefined ? [] : [{ key: "best_round", score: round }])];
}

/**
 * How often the answers of a row were improved, and how each rewrite fared: its score minus that of
 * the response before.
 */
export function evolutionFeedback({ answers, failure }: EvolutionResult): TraceFeedback[] {
  const verdicts = answers.flatMap(({ turn, rewrites }) =>
    rewrites.flatMap(({ iteration, verdict }): TraceFeedback[] => {
      if (verdict === null) return [];
      const comment = `answer ${turn}, iteration ${iteration}`;
      const { winner } = verdict;
      const fared = winner === "b" ? "rewrite" : winner === "a" ? "response" : winner;
      return [{ key: "winner", value: fared }, ...margin(verdict.scores, "b")].map((one) => ({
        ...one,
        comment,
      }));
    }),
  );
  if (failure !== undefined) return verdicts;
  const accepted = answers.reduce((sum, { rounds }) => sum + rounds, 0);
  return [...verdicts, { key: "accepted_rewrites", score: accepted }];
}

/** By how much `side` is ahead, to a ten-thousandth, as LangSmith keeps it. */
function margin(scores: Scores | null, side: "a" | "b" = "a"): TraceFeedback[] {
  if (scores === null) return [];
  const ahead = side === "a" ? scores.a - scores.b : scores.b - scores.a;
  return [{ key: "verdict_margin", score: Math.round(ahead * 1e4) / 1e4 }];
}
