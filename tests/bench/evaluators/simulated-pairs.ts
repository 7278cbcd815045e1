import type { Vote, Winner } from "../../../state/verdict.ts";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import type { Preference } from "../../../statistics/estimates/preference.ts";

/** A judge over pairs whose better side is planted. */
export type SimulatedWorld = {
  /** Standard deviation of the judge's own error, where the pairs' differences have 1. */
  readonly error: number;
  /** How far the judge leans to side a. */
  readonly leaning?: number;
  /** Rows of one prompt; they share half of the variance of difference and error. */
  readonly rowsPerPrompt: number;
};

export type SimulatedPair = {
  readonly winner: Winner;
  readonly scores: { readonly a: number; readonly b: number };
  readonly votes: readonly Vote[];
  readonly label: Preference;
  readonly cluster: number;
};

const tieOfPeople = 0.15;
const tieOfJudge = 0.1;

/** Pairs that people decide by a difference, and a judge that sees it with an error of its own. */
export function simulatedPairs(
  n: number,
  { error, rowsPerPrompt, leaning = 0.3 }: SimulatedWorld,
  seed: string,
): SimulatedPair[] {
  const random = createRandom(`pairs ${seed}`);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let shared = { difference: 0, error: 0 };
  return Array.from({ length: n }, (_, row) => {
    if (row % rowsPerPrompt === 0) shared = { difference: normal(), error: normal() };
    const alike = rowsPerPrompt === 1 ? 1 : Math.SQRT1_2;
    const own = rowsPerPrompt === 1 ? 0 : Math.SQRT1_2;
    const difference = alike * shared.difference + own * normal();
    const seen = difference + leaning + error * (alike * shared.error + own * normal());
    const scores = { a: Math.round(5 + 1.5 * seen), b: 5 };
    const winner = sideOf(scores.a - scores.b, tieOfJudge);
    return {
      winner,
      scores,
      votes: [{ agent: "judge", model: "simulated", winner, scores, parsed: true }],
      label: sideOf(difference, tieOfPeople),
      cluster: Math.floor(row / rowsPerPrompt),
    };
  });
}

function sideOf(difference: number, tie: number): Preference {
  if (Math.abs(difference) < tie) return "tie";
  return difference > 0 ? "a" : "b";
}
