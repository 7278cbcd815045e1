import { parseArgs } from "node:util";
import { measureStudyRates, type PlantedPlan } from "./study-rates.ts";

// npm run bench:study -- [--seeds 200]: how often whole studies of simulated models with a planted
// truth choose rightly. The second generator is always the dearer one.

const { values } = parseArgs({ options: { seeds: { type: "string", default: "200" } } });
const size = { labels: 8, prompts: 16 };
const plans: Record<string, PlantedPlan> = {
  "the second of both is better": { noise: [0.6, 0.05], skill: [0.5, 0.65], ...size },
  "both are alike": { noise: [0.1, 0.1], skill: [0.5, 0.5], ...size },
};

process.stdout.write(
  "| plan | second evaluator | second generator | beyond noise | reversed | mean difference " +
    "| intervals that hold it |\n" +
    "| --- | --- | --- | --- | --- | --- | --- |\n",
);
for (const [name, plan] of Object.entries(plans)) {
  const rates = await measureStudyRates(plan, Number(values.seeds));
  const percent = (count: number) => `${((100 * count) / rates.seeds).toFixed(1)} %`;
  const cells = [
    name,
    percent(rates.secondEvaluator),
    percent(rates.secondGenerator),
    percent(rates.different),
    percent(rates.reversed),
    rates.meanDifference.toFixed(2),
    percent(rates.held),
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}
