import type { RunFiles } from "../read/read-run.ts";
import { figureAt } from "../read/summary-values.ts";
import type { Figure } from "./figure.ts";
import { counted, usdText, wholeText } from "./number-text.ts";
import { barPlot } from "./plot-specs.ts";
import { rangeFigure } from "./range-figure.ts";

/** Runs side by side: the figures that they have in common. */
export function runsFigures(runs: readonly RunFiles[]): Figure[] {
  if (runs.length < 2) return [];
  const at = (...path: string[]) =>
    runs.flatMap(({ name, summary }) => {
      const figure = figureAt(summary, ...path);
      return figure === null ? [] : [{ name, figure }];
    });
  const people = at("agreement", "people", "kappa").slice(0, 1);
  const ceiling = people.map(({ figure }) => ({ name: "people among themselves", figure }));
  return [
    ...rangeFigure([...at("agreement", "kappa"), ...ceiling], {
      id: "kappa-by-evaluator",
      title: "Kappa by evaluator",
      explanation:
        "Agreement with people; theirs among themselves is the ceiling. Runs over different " +
        "rows can't be compared by it.",
      measure: "kappa",
      unit: "number",
      reference: 0,
    }),
    ...rangeFigure(at("winRate", "a"), {
      id: "win-rate-by-run",
      title: "Win rate of A by run",
      explanation: "Wins of A over all decided and tied rows.",
      measure: "win rate of A",
      unit: "share",
      reference: 0.5,
    }),
    costByRun(runs),
  ];
}

function costByRun(runs: readonly RunFiles[]): Figure {
  const tokensOf = ({ manifest: { tokens } }: RunFiles) => tokens.in + tokens.out;
  return {
    id: "cost-by-run",
    title: "Tokens and dollars by run",
    explanation: "As the providers counted.",
    spec: barPlot(
      runs.map((run) => ({
        name: run.name,
        value: tokensOf(run),
        label: wholeText(tokensOf(run)),
      })),
      { title: "tokens" },
    ),
    table: {
      head: ["Run", "Rows", "Calls", "Tokens", "Dollars"],
      rows: runs.map((run) => {
        const { done, calls, cost } = run.manifest;
        const unknown = cost.unknown === 0 ? "" : ` + ${counted(cost.unknown, "call")} unknown`;
        return [
          run.name,
          wholeText(done),
          wholeText(calls),
          wholeText(tokensOf(run)),
          `${usdText(cost.usd)}${unknown}`,
        ];
      }),
    },
  };
}
