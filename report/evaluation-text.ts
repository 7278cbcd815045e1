import type { Evaluation } from "../statistics/measure-evaluation.ts";
import type { ComparedEvaluators, EvaluatorEnd } from "../runs/evaluate/evaluate.ts";
import { estimate, percentage, share, whyMissing } from "./figures.ts";
import { textTable } from "./text-table.ts";

type Measured = Pick<EvaluatorEnd, "summary" | "seconds"> & { readonly name: string };

/** Evaluators beside each other, a line each, and whether the best is better than the next beyond noise. */
export function evaluatorsText({ evaluators, best }: ComparedEvaluators): string {
  return [evaluatorsTable(evaluators), ...(best === null ? [] : [bestText(best)])].join("\n\n");
}

function evaluatorsTable(evaluators: readonly Measured[]): string {
  return textTable(
    [
      "evaluator",
      "n",
      "kappa [95 %]",
      "accuracy",
      "unreadable",
      "flips",
      "calls",
      "tokens",
      "dollars",
      "seconds",
    ],
    evaluators.map(({ name, summary, seconds }) => [
      name,
      String(summary.agreement?.n ?? summary.done),
      summary.agreement === undefined ? "no labels" : estimate(summary.agreement.kappa),
      summary.agreement?.accuracy?.toFixed(3) ?? "–",
      String(summary.unreadable.verdicts),
      summary.bias.flips.asked === 0
        ? "not asked"
        : `${summary.bias.flips.flipped} of ${summary.bias.flips.asked}`,
      String(summary.calls),
      tokensText(summary.tokens),
      costText(summary.cost),
      seconds.toFixed(1),
    ]),
  );
}

/** What nobody counted is shown beside what is known, never added as zero. */
function tokensText({
  in: input,
  out,
  unknown,
}: {
  in: number;
  out: number;
  unknown: number;
}): string {
  const known = String(input + out);
  return unknown === 0 ? known : `${known} + ${unknown} calls unknown`;
}

function costText({ usd, unknown }: { usd: number; unknown: number }): string {
  const known = usd.toFixed(4);
  return unknown === 0 ? known : `${known} + ${unknown} calls unknown`;
}

function bestText({ first, second, kappa, n }: NonNullable<ComparedEvaluators["best"]>): string {
  if (kappa.difference === null)
    return `${first} and ${second} can't be compared: ${whyMissing(kappa.reason)}.`;
  const { difference, low, high, pValue, better } = kappa;
  const figures = `kappa ${difference.toFixed(3)} higher [${low.toFixed(3)}, ${high.toFixed(3)}], p = ${pValue.toFixed(3)}, paired over ${n} rows`;
  return better === "first"
    ? `${first} is better than ${second} beyond noise: ${figures}.`
    : `${first} stands before ${second}, but not beyond noise: ${figures}.`;
}

/** Wins, agreement with people, and the biases: what every evaluation is printed with. */
export function evaluationText({
  wins,
  winRate,
  unreadable,
  agreement,
  voters,
  bias,
}: Evaluation): string {
  const lines = [
    `wins          a ${wins.a}, b ${wins.b}, tie ${wins.tie}, none ${wins.none}`,
    `win rate of a ${percentage(winRate.a)}`,
    `unreadable    ${unreadable.verdicts} verdicts, ${unreadable.votes} votes`,
  ];
  if (agreement === undefined) lines.push("agreement     no labels of people in the input");
  else lines.push(...agreementLines(agreement));
  if (voters !== undefined) lines.push(`voters agree  alpha ${estimate(voters)}`);
  return [...lines, "", ...biasLines(bias)].join("\n");
}

function agreementLines(agreement: NonNullable<Evaluation["agreement"]>): string[] {
  const { n, kappa, accuracy, pi, ac1, alpha, confusion, people } = agreement;
  return [
    `agreement     kappa ${estimate(kappa)}, accuracy ${share(accuracy)}, n ${n}`,
    `              pi ${estimate(pi)}, AC1 ${estimate(ac1)}, alpha ${estimate(alpha)}`,
    people === undefined
      ? "people        one label a row or none: no agreement among people to hold it against"
      : `people        kappa ${estimate(people.kappa)} among themselves: the ceiling`,
    "",
    textTable(
      ["people \\ evaluator", "a", "b", "tie"],
      (["a", "b", "tie"] as const).map((label) => [
        label,
        ...(["a", "b", "tie"] as const).map((given) => String(confusion[label]?.[given] ?? 0)),
      ]),
    ),
  ];
}

function biasLines({ position, flips, length, equalLength, family }: Evaluation["bias"]): string[] {
  return [
    position === null
      ? "position      each response was judged alone"
      : `position      first ${percentage(position.first)}, second ${percentage(position.second)}`,
    flips.asked === 0
      ? "flips         one order asked; orders: both tells how often a swap turns the verdict"
      : `flips         ${flips.flipped} of ${flips.asked} turned with the order: ${percentage(flips.rate)}`,
    `length        the longer response wins ${percentage(length.longer)}; a at equal length ${percentage(equalLength.a)}`,
    `own family    ${
      family.own === null
        ? "no pair with exactly one response of a judge's own family"
        : `preferred in ${percentage(family.own)} of ${family.ownWins + family.otherWins}`
    }`,
  ];
}
