import type { Reading } from "../../state/evaluation/evaluator-state.ts";
import {
  readChoice,
  readComparison,
  readScore,
  readScoreLine,
  readScores,
  type ScoredText,
} from "./read-verdict.ts";

/**
 * How a judge is asked. Which is better, each alone, or both scores at once (arXiv 2408.08688,
 * section 4: `direct`, `independent`, `combined`); or as CoEvol asks (arXiv 2406.07054): the first
 * line names the better one (`compare`) or holds both scores (`score`).
 */
export type Strategy = "direct" | "independent" | "combined" | "compare" | "score";

/** The texts a judge was shown, by the response they belong to. */
export type ShownTexts = {
  readonly a: readonly string[];
  readonly b: readonly string[];
  /** The request, and statements of other debaters. */
  readonly others: readonly string[];
};

export type AnswerQuestion = {
  readonly strategy: Strategy;
  /** Whether the judge saw the responses the other way round. */
  readonly swapped: boolean;
  readonly shown: ShownTexts;
} & Omit<ScoredText, "candidates">;

type Said = Pick<Reading, "winner" | "scores" | "score">;

/**
 * A judge's answer, told of the pair as it is. Where it could be read but for a text that was
 * shown, `lost` holds the verdict and the responses whose text alone makes it unreadable.
 */
export function readAnswer(question: AnswerQuestion): Said & Pick<Reading, "lost"> {
  const { a, b, others } = question.shown;
  const said = readBeside(question, [...others, ...a, ...b]);
  if (isReadable(said) || question.reading === "first") return said;
  const unshown = readBeside(question, []);
  if (!isReadable(unshown)) return said;
  const by = (["a", "b"] as const).filter(
    (side) => !isReadable(readBeside(question, question.shown[side])),
  );
  return { ...said, lost: { by, ...unshown } };
}

/** Whether a verdict or a score could be read. */
export function isReadable({ winner, score }: Pick<Reading, "winner" | "score">): boolean {
  return winner !== null || score !== null;
}

/** The side with the higher score; equal scores are a tie. */
export function winnerOf({ a, b }: { a: number; b: number }): "a" | "b" | "tie" {
  if (a === b) return "tie";
  return a > b ? "a" : "b";
}

function readBeside(
  { strategy, swapped, shown: _shown, ...answer }: AnswerQuestion,
  candidates: readonly string[],
): Said {
  const judged = { ...answer, candidates };
  const nothing = { winner: null, scores: null, score: null };
  if (strategy === "independent") return { ...nothing, score: readScore(judged) };
  if (strategy === "direct" || strategy === "compare") {
    const choice = strategy === "direct" ? readChoice(judged) : readComparison(judged);
    return { ...nothing, winner: swapped && choice !== null ? otherSide(choice) : choice };
  }
  const scores = readScores(judged) ?? (strategy === "score" ? readScoreLine(judged) : null);
  if (scores === null) return nothing;
  const ordered = swapped ? { a: scores.b, b: scores.a } : scores;
  return { winner: winnerOf(ordered), scores: ordered, score: null };
}

function otherSide(side: "a" | "b" | "tie"): "a" | "b" | "tie" {
  if (side === "tie") return side;
  return side === "a" ? "b" : "a";
}
