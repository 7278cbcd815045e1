import type { EvaluatedExample } from "./describe-rows.ts";
import { winRate } from "../statistics/estimates/win-rate.ts";

/** The scores of `createGain` over all rows, by key, as text. */
export function gainText(examples: readonly EvaluatedExample<unknown, unknown>[]): string {
  const results = examples.flatMap(({ results }) => results);
  const keys = [...new Set(results.map(({ key }) => key))];
  if (keys.length === 0) return "no row came to its end";
  return keys
    .map((key) => {
      const scores = results
        .filter((result) => result.key === key)
        .map(({ score }) => Number(score));
      const wins = { a: 0, b: 0, tie: 0, none: 0 };
      for (const score of scores) wins[score > 0 ? "a" : score < 0 ? "b" : "tie"] += 1;
      const { a: rate } = winRate(wins);
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const share =
        rate === null
          ? ""
          : `, better in ${percent(rate.value)} [${percent(rate.low)}, ${percent(rate.high)}]`;
      return (
        `${key} ${mean.toFixed(2)}: better ${wins.a}, no better ${wins.tie}, worse ${wins.b}, ` +
        `n ${scores.length}${share}`
      );
    })
    .join("; ");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
