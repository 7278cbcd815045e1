import { expect, it } from "vitest";
import { measureStudyRates } from "./study-rates.ts";

// `npm run bench:study` measures 200 seeds.

it("chooses the better ones where they are better", async () => {
  const better = { noise: [0.8, 0.02], skill: [0.3, 0.9], labels: 12, prompts: 8 } as const;
  const rates = await measureStudyRates(better, 2);
  expect(rates).toMatchObject({
    secondEvaluator: 2,
    secondGenerator: 2,
    different: 2,
    reversed: 0,
  });
  expect(rates.meanDifference).toBeGreaterThan(0.5);
});

it("chooses the cheaper one where they are alike", async () => {
  const alike = { noise: [0.1, 0.1], skill: [0.5, 0.5], labels: 5, prompts: 8 } as const;
  expect(await measureStudyRates(alike, 2)).toMatchObject({ secondGenerator: 0, different: 0 });
});
