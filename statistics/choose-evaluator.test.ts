import { describe, expect, it } from "vitest";
import type { Winner } from "../state/verdict.ts";
import { chooseEvaluator } from "./choose-evaluator.ts";
import type { Preference } from "./estimates/preference.ts";
import { createRandom } from "./estimates/seeded-random.ts";

const random = createRandom("evaluators");

/** Labels, and verdicts that agree with each at a rate of their own. */
function labelled(count: number) {
  const rows = Array.from({ length: count }, (_, prompt) => {
    const label: Preference = random() < 0.5 ? "a" : "b";
    return { prompt, label };
  });
  const agreeing = (rate: number, cost: number) => ({
    cost,
    verdicts: rows.map(({ label }): Winner => {
      const isRight = random() < rate;
      return isRight === (label === "a") ? "a" : "b";
    }),
  });
  return { rows, agreeing };
}

describe("chooseEvaluator", () => {
  it("takes the better one where it is better, whatever it costs", () => {
    const { rows, agreeing } = labelled(120);
    const choice = chooseEvaluator(rows, [agreeing(0.6, 1), agreeing(0.95, 100)]);
    expect(choice).toMatchObject({ chosen: 1, best: 1, folds: 5 });
  });

  it("takes the cheaper one where the difference is noise", () => {
    const { rows, agreeing } = labelled(120);
    expect(chooseEvaluator(rows, [agreeing(0.8, 10), agreeing(0.8, 1)]).chosen).toBe(1);
  });

  it("takes the best one where all cost the same", () => {
    const { rows, agreeing } = labelled(40);
    const choice = chooseEvaluator(rows, [agreeing(0.7, 1), agreeing(0.8, 1), agreeing(0.75, 1)]);
    expect(choice.chosen).toBe(choice.best);
  });

  it("counts no verdict as disagreement, so that one who answers where it is sure isn't first", () => {
    const { rows, agreeing } = labelled(60);
    const sure = agreeing(1, 1).verdicts.map((winner, row): Winner => (row < 8 ? winner : "none"));
    const choice = chooseEvaluator(rows, [{ cost: 1, verdicts: sure }, agreeing(0.9, 1)]);
    expect(choice.best).toBe(1);
  });

  it("shows what the best of ten equals owes to being picked", () => {
    const optimisms = Array.from({ length: 3 }, () => {
      const { rows, agreeing } = labelled(30);
      const candidates = Array.from({ length: 10 }, () => agreeing(0.6, 1));
      return chooseEvaluator(rows, candidates).optimism ?? 0;
    });
    const mean = optimisms.reduce((sum, one) => sum + one, 0) / optimisms.length;
    expect(mean).toBeGreaterThan(0.05);
  });
});
