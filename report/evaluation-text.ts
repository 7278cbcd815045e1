import type { Evaluation } from "../statistics/measure-evaluation.ts";
import type { ComparedEvaluators, EvaluatorEnd } from "../runs/evaluate/evaluate.ts";
import {
  estimate,
  intervalMissing,
  percentage,
  whyMissing,
} from "../statistics/estimates/figure-text.ts";
import { leastRows, leastRowsOfPerson } from "../statistics/trust/may-replace-person.ts";
import { cascadesText } from "./cascade-text.ts";
import { juryText } from "./jury-text.ts";
import { fittingTable, textTable } from "./text-table.ts";
import { counted } from "../state/counted.ts";

type Measured = Pick<EvaluatorEnd, "summary" | "seconds"> & { readonly name: string };

/**
 * Evaluators beside each other, a line each, and whether the best is better than the next beyond
 * noise.
 */
export function evaluatorsText({ evaluators, best }: ComparedEvaluators): string {
  return [evaluatorsTable(evaluators), ...(best === null ? [] : [bestText(best)])].join("\n\n");
}

function evaluatorsTable(evaluators: readonly Measured[]): string {
  return fittingTable(
    [
      "evaluator",
      "n",
      "of",
      "prompts",
      "kappa [95 %]",
      "kappa of all",
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
      String(summary.agreement?.labelled ?? summary.rows),
      String(summary.agreement?.prompts ?? summary.prompts),
      summary.agreement === undefined ? "no labels" : estimate(summary.agreement.kappa),
      summary.agreement?.kappaOfAll.value?.toFixed(3) ?? "–",
      summary.agreement?.accuracy.value?.toFixed(3) ?? "–",
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

/** Unknown counts are shown beside the known ones, never added as zero. */
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
  return unknown === 0 ? known : `${known} + ${counted(unknown, "call")} unknown`;
}

function costText({ usd, unknown }: { usd: number; unknown: number }): string {
  const known = usd.toFixed(4);
  return unknown === 0 ? known : `${known} + ${counted(unknown, "call")} unknown`;
}

function bestText(best: NonNullable<ComparedEvaluators["best"]>): string {
  const { first, second, kappa, n, prompts, unreadable } = best;
  if (kappa.difference === null)
    return `${first} and ${second} can't be compared: ${whyMissing(kappa.reason)}.`;
  const higher = `kappa ${kappa.difference.toFixed(3)} higher`;
  const over = `paired over ${rowsText(n, prompts)}`;
  const unread = unreadable.first + unreadable.second;
  const counted = unread === 0 ? "" : `; ${unread} unreadable verdicts count as disagreement`;
  if (kappa.low === null)
    return `${first} is ahead of ${second}: ${higher}, ${over} (${intervalMissing(kappa.reason)}).`;
  const { low, high, pValue, better } = kappa;
  const interval = `[${low.toFixed(3)}, ${high.toFixed(3)}], p = ${pValue.toFixed(3)}`;
  const figures = `${higher} ${interval}, ${over}${counted}`;
  return better === "first"
    ? `${first} is better than ${second} beyond noise: ${figures}.`
    : `${first} is ahead of ${second}, but the difference may be chance: ${figures}.`;
}

/** `60 rows`, or `999 rows of 170 prompts` where prompts repeat. */
function rowsText(rows: number, prompts: number): string {
  return prompts === rows
    ? counted(rows, "row")
    : `${counted(rows, "row")} of ${counted(prompts, "prompt")}`;
}

function unreadableText({ verdicts, votes, lost }: Evaluation["unreadable"]): string {
  const because =
    lost === 0 ? "" : ` (${lost} of them because a shown text holds the same verdict)`;
  return `${counted(verdicts, "verdict")}, ${counted(votes, "vote")}${because}`;
}

/** What an evaluation is printed with: missing rows, wins, agreement with people, and biases. */
export function evaluationText(evaluation: Printed): string {
  const { wins, winRate, peopleWinRate, unreadable, agreement, voters, bias } = evaluation;
  const { done, pending = 0 } = evaluation;
  if (done === 0 && pending > 0) return noVerdictsText(evaluation);
  const lines = [
    ...missingRowsLines(evaluation),
    `wins          a ${wins.a}, b ${wins.b}, tie ${wins.tie}, none ${wins.none}`,
    `win rate of a ${percentage(winRate.a)}`,
    ...(peopleWinRate === undefined ? [] : peopleWinRateLines(peopleWinRate)),
    `unreadable    ${unreadableText(unreadable)}`,
  ];
  if (agreement === undefined) lines.push("agreement     no labels of people in the input");
  else lines.push(...agreementLines(agreement));
  if (voters !== undefined) lines.push(`voters agree  alpha ${estimate(voters)}`);
  const { cascades = [], jury } = evaluation;
  return [
    ...lines,
    "",
    ...biasLines(bias),
    ...cascadesText(cascades),
    ...(jury === undefined ? [] : juryText(jury)),
  ].join("\n");
}

type Printed = Evaluation &
  Partial<
    Pick<
      EvaluatorEnd["summary"],
      "rows" | "done" | "failed" | "pending" | "failures" | "cascades" | "jury"
    >
  >;

/** Of a run that waits, or was stopped, before its first row was done. */
function noVerdictsText({ failed = 0, pending = 0 }: Printed): string {
  const failures = failed === 0 ? "" : `${counted(failed, "row")} failed, `;
  return `No verdicts yet: ${failures}${counted(pending, "row is", "rows are")} pending.`;
}

/** Rows that no figure below them rests on, above every figure. */
function missingRowsLines({ rows, done, failed = 0, pending = 0, failures }: Printed): string[] {
  if (rows === undefined || failed + pending === 0) return [];
  const reasons = Object.entries(failures ?? {})
    .toSorted(([, one], [, other]) => other - one)
    .map(([reason, count]) => `${reason} ${count}`);
  const why = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
  const left = pending === 0 ? "" : `, ${pending} pending`;
  return [
    `MISSING ROWS  the figures rest on ${done} of ${counted(rows, "row")}: ${failed} ` +
      `failed${why}${left}`,
    "",
  ];
}

/** Beside the evaluator's own win rate, that of the people, with and without its verdicts. */
function peopleWinRateLines({
  labels,
  rows,
  method,
  saved,
  labelsOnly,
  draw,
  ...figure
}: NonNullable<Evaluation["peopleWinRate"]>): string[] {
  if (method === "all")
    return [
      `people's rate ${(100 * figure.value).toFixed(1)} % for a: all ${rows} rows are labelled`,
    ];
  const of = `for a over all ${rows} rows, from ${labels === 1 ? "1 label" : `${labels} labels`}`;
  const warnings = draw.differs.length === 0 ? [] : [notRandomText(draw.differs)];
  if (method === "labels")
    return [`people's rate ${percentage(figure)} ${of}, too few to use the verdicts`, ...warnings];
  const worth = Math.round(labels * saved);
  const gain =
    worth > labels
      ? `the verdicts make ${labels} labels worth ${worth}`
      : "the verdicts add nothing to them";
  return [
    `people's rate ${percentage(figure)} ${of} and all verdicts`,
    `              ${percentage(labelsOnly)} from the labels alone: ${gain}`,
    ...warnings,
  ];
}

function notRandomText(differs: readonly ("place" | "verdicts")[]): string {
  const words = { place: "their place in the file", verdicts: "the evaluator's verdicts" };
  const found = differs.map((one) => words[one]).join(" and ");
  return (
    `NOT RANDOM    labelled rows differ from the others in ${found}, beyond chance; ` +
    "people's rate needs a random draw of rows to label"
  );
}

function agreementLines(agreement: NonNullable<Evaluation["agreement"]>): string[] {
  const { n, prompts, labelled, kappa, kappaOfAll, accuracy, pi, ac1, alpha } = agreement;
  const { confusion, people, mayReplacePerson, chosen = 0 } = agreement;
  const leftOut = `${counted(chosen, "labelled row")} that were chosen, not drawn at random`;
  if (labelled === 0) return [`agreement     not measured: there are only ${leftOut}`];
  const coverage =
    n === labelled
      ? []
      : [
          `coverage      a verdict on ${n} of ${labelled} labelled rows; ` +
            `kappa with no verdict as disagreement ${estimate(kappaOfAll)}`,
        ];
  const rows = prompts === n ? `n ${n}` : `n ${n} of ${counted(prompts, "prompt")}`;
  return [
    ...coverage,
    ...(chosen === 0 ? [] : [`left out      ${leftOut}; they teach, and say nothing of all rows`]),
    `agreement     kappa ${estimate(kappa)}, accuracy ${estimate(accuracy)}, ${rows}`,
    `              pi ${estimate(pi)}, AC1 ${estimate(ac1)}, alpha ${estimate(alpha)}`,
    people === undefined
      ? "people        one label a row or none, so their agreement with each other is unknown"
      : `people        kappa ${estimate(people.kappa)} among themselves: the ceiling`,
    ...mayReplacePersonLines(mayReplacePerson),
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

/** Nothing where no row has two labels: the line before says so. */
function mayReplacePersonLines({
  answer,
  reason,
  rows,
  prompts,
  people,
  at,
}: NonNullable<Evaluation["agreement"]>["mayReplacePerson"]): string[] {
  if (answer !== "can't tell") {
    const of = `${people} people, ${rowsText(rows, prompts)}`;
    const shown = at.filter((one) => one.answer === "yes").map(({ epsilon }) => epsilon);
    const points = (epsilon: number) => `${Math.round(100 * epsilon)} points`;
    const text =
      shown.length === 0
        ? `not shown to be within ${points(Math.max(...at.map(({ epsilon }) => epsilon)))} of one`
        : `shown to be within ${points(Math.min(...shown))} of one`;
    return [`as a person   ${text} (${of})`];
  }
  if (rows === 0) return [];
  if (reason === "people_disagree") {
    return ["as a person   can't tell: people don't agree with each other beyond chance"];
  }
  const missing =
    reason === "too_few_people"
      ? `expected two people with ${leastRowsOfPerson} such rows each, got ${people}`
      : `expected ${leastRows} rows that two people or more labelled, got ${rows}`;
  return [`as a person   can't tell whether it could replace one: ${missing}`];
}

function biasLines({ position, flips, length, equalLength, family }: Evaluation["bias"]): string[] {
  return [
    position === null
      ? "position      each response was judged alone"
      : `position      the response shown first wins ${percentage(position.first)}, the ` +
        `second ${percentage(position.second)}`,
    flips.asked === 0
      ? "flips         not measured; run with --set orders=both"
      : `flips         ${flips.flipped} of ${flips.asked} turned with the order: ` +
        `${percentage(flips.rate)}`,
    `length        the longer response wins ${percentage(length.longer)}; win rate of a at ` +
      `equal length ${percentage(equalLength.a)}`,
    `own family    ${
      family.own === null
        ? "not measurable here: no pair has exactly one response of a judge's own family"
        : `preferred in ${percentage(family.own)} of ${family.ownWins + family.otherWins} ` +
          `readings of ${family.rows} rows`
    }`,
  ];
}
