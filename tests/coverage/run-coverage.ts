import { parseArgs } from "node:util";
import { measureCoverage, type CoverageCell } from "./interval-coverage.ts";

// npm run bench:coverage -- [--draws 500] [--resamples 1000]: a table of how often the 95 %
// intervals of kappa and accuracy hold the truth, over rows, shares of labels and kappas.

const { values } = parseArgs({
  options: {
    draws: { type: "string", default: "500" },
    resamples: { type: "string", default: "1000" },
  },
});
const options = { draws: Number(values.draws), resamples: Number(values.resamples) };

const shares: CoverageCell["labels"][] = [
  [0.4, 0.4, 0.2],
  [0.7, 0.2, 0.1],
  [0.9, 0.08, 0.02],
];
const kappas = [0, 0.3, 0.7, 0.9];
const independent = [30, 100, 300].flatMap((n) =>
  shares.flatMap((labels) => kappas.map((kappa): CoverageCell => ({ n, labels, kappa }))),
);
const clustered = [20, 50, 170].flatMap((prompts) =>
  [0.3, 0.7, 0.9].map((kappa): CoverageCell => ({
    n: prompts * 6,
    labels: [0.4, 0.4, 0.2],
    kappa,
    rowsPerPrompt: 6,
    alike: 0.7,
  })),
);

process.stdout.write(
  "| rows (a prompt) | labels a, b, tie | kappa | kappa held | accuracy held | width | " +
    "without |\n" +
    "| --- | --- | --- | --- | --- | --- | --- |\n",
);
for (const cell of [...independent, ...clustered]) {
  const { kappa, accuracy, width, without } = measureCoverage(cell, options);
  const cells = [
    `${cell.n} (${cell.rowsPerPrompt ?? 1})`,
    cell.labels.join(" "),
    cell.kappa,
    kappa.toFixed(3),
    accuracy.toFixed(3),
    width.toFixed(3),
    without.toFixed(3),
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}
