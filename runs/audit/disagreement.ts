import type { Verdict } from "../../state/verdict.ts";

/**
 * How clearly an evaluator prefers the rejected response, from -1 to 1, as the mean over its
 * readable votes: of a vote with scores the margin as a share of the scale, of a vote without
 * scores 1 for the rejected, -1 for the chosen and 0 for neither. Null where no vote is readable.
 *
 * @param scale The highest score; null where the evaluator gives no scores.
 */
export function disagreementWith(
  chosen: "a" | "b",
  { votes }: Verdict,
  scale: number | null,
): number | null {
  const readable = votes.filter(({ parsed, winner }) => parsed && winner !== "none");
  if (readable.length === 0) return null;
  const rejected = chosen === "a" ? "b" : "a";
  const sum = readable.reduce((total, { winner, scores }) => {
    if (scores !== null && scale !== null) {
      const margin = (scores[rejected] - scores[chosen]) / scale;
      return total + Math.max(-1, Math.min(1, margin));
    }
    return total + (winner === rejected ? 1 : winner === chosen ? -1 : 0);
  }, 0);
  // Thirds and tenths add up to a hair beside the threshold.
  return Math.round((sum / readable.length) * 1e9) / 1e9;
}

/**
 * The disagreement as far as the verdict bears it out: 0 where the verdict is for neither response
 * or not for the one that the votes' margins are for. A label counts as flipped if this is above
 * the threshold.
 */
export function leaningOf(chosen: "a" | "b", { winner }: Verdict, disagreement: number): number {
  if (winner === chosen) return Math.min(0, disagreement);
  return winner === "a" || winner === "b" ? Math.max(0, disagreement) : 0;
}

/** The highest score of an evaluator topology; null where it gives none or several differ. */
export function scaleOf(topology: object): number | null {
  const scales = new Set<number>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "scale" && typeof inner === "number") scales.add(inner);
      else visit(inner);
    }
  };
  visit(topology);
  const [only = null] = scales;
  return scales.size === 1 ? only : null;
}
