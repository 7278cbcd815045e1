import { percentage } from "../../statistics/estimates/figure-text.ts";
import { wilsonInterval } from "../../statistics/estimates/wilson.ts";
import { countsAt } from "../read/summary-values.ts";
import type { Figure } from "./figure.ts";
import { shortText, wholeText } from "./number-text.ts";
import { barPlot, linePlot, stackedPlot, type SeriesColour } from "./plot-specs.ts";
import type { RoundCounts, RunCounts } from "./run-counts.ts";

type Round = RoundCounts & { readonly round: number };

/** The figures of a generation or an evolution: what its rounds did. */
export function generationFigures(
  summary: unknown,
  counts: RunCounts,
  { isPool }: { readonly isPool: boolean },
): Figure[] {
  const rounds = [...counts.rounds]
    .map(([round, own]) => ({ round, ...own }))
    .toSorted((one, other) => one.round - other.round);
  return [
    ...(isPool ? [] : winsByRound(rounds)),
    ...(isPool ? bestByAgent(summary) : bestByRound(rounds)),
    ...scoresByRound(rounds),
    ...(isPool ? [] : lengthsByRound(rounds)),
  ];
}

const outcomes: readonly {
  readonly name: string;
  readonly colour: SeriesColour;
  of: keyof RoundCounts;
}[] = [
  { name: "better", colour: 1, of: "won" },
  { name: "tie", colour: 3, of: "tied" },
  { name: "worse", colour: 2, of: "lost" },
  { name: "unreadable", colour: 5, of: "unreadable" },
];

function winsByRound(rounds: readonly Round[]): Figure[] {
  const compared = rounds.filter(
    ({ won, tied, lost, unreadable }) => won + tied + lost + unreadable > 0,
  );
  if (compared.length === 0) return [];
  const shown = outcomes.filter(({ of }) => compared.some((round) => round[of] > 0));
  return [
    {
      id: "wins-by-round",
      title: "Did each round help?",
      explanation: "Each round's response against the best one before it, as the evaluator judged.",
      spec: stackedPlot(
        compared.flatMap((round) =>
          shown.map(({ name, of }) => ({
            name: `round ${round.round}`,
            part: name,
            value: round[of],
          })),
        ),
        { title: "comparisons", parts: shown },
      ),
      table: {
        head: ["Round", "Better", "Tie", "Worse", "Unreadable", "Better, of the readable [95 %]"],
        rows: compared.map(({ round, won, tied, lost, unreadable }) => [
          String(round),
          ...[won, tied, lost, unreadable].map(wholeText),
          percentage(wilsonInterval(won, won + tied + lost)),
        ]),
      },
    },
  ];
}

function bestByRound(rounds: readonly Round[]): Figure[] {
  const rows = rounds.reduce((sum, { best }) => sum + best, 0);
  if (rows === 0 || rounds.length < 2) return [];
  return [
    bestFigure(
      rounds.map(({ round, best }) => [`round ${round}`, best]),
      rows,
      "Round",
    ),
  ];
}

function bestByAgent(summary: unknown): Figure[] {
  const agents = countsAt(summary, "bestAgent");
  const rows = agents.reduce((sum, [, best]) => sum + best, 0);
  return rows === 0 ? [] : [bestFigure(agents, rows, "Agent")];
}

function bestFigure(bests: readonly [string, number][], rows: number, of: string): Figure {
  return {
    id: "best",
    title: `Where the best response comes from`,
    explanation: `Rows by the ${of.toLowerCase()} of their best response.`,
    spec: barPlot(
      bests.map(([name, value]) => ({ name, value, label: wholeText(value) })),
      { title: "rows" },
    ),
    table: {
      head: [of, "Rows", "Share [95 %]"],
      rows: bests.map(([name, best]) => [
        name,
        wholeText(best),
        percentage(wilsonInterval(best, rows)),
      ]),
    },
  };
}

function scoresByRound(rounds: readonly Round[]): Figure[] {
  const scored = rounds.filter((round) => round.scored > 0);
  if (scored.length === 0) return [];
  const means = scored.map((round) => ({ ...round, mean: round.scoreSum / round.scored }));
  return [
    {
      id: "scores-by-round",
      title: "Reviewers' scores by round",
      explanation: "Mean score out of 10. The response of the last round is not reviewed.",
      spec: linePlot(
        means.map(({ round, mean }) => ({
          name: String(round),
          value: mean,
          low: null,
          high: null,
        })),
        { title: "mean score", of: "round", domain: [0, 10] },
      ),
      table: {
        head: ["Round", "Mean score", "Scores"],
        rows: means.map(({ round, mean, scored: n }) => [
          String(round),
          shortText(mean),
          wholeText(n),
        ]),
      },
    },
  ];
}

function lengthsByRound(rounds: readonly Round[]): Figure[] {
  const written = rounds.filter(({ responses }) => responses > 0);
  if (written.length < 2) return [];
  const means = written.map((round) => ({ ...round, mean: round.characters / round.responses }));
  return [
    {
      id: "lengths",
      title: "Length of the responses by round",
      explanation: "Mean length in characters. Rounds that only add length teach length.",
      spec: barPlot(
        means.map(({ round, mean }) => ({
          name: round === 0 ? "as given" : `round ${round}`,
          value: mean,
          label: wholeText(mean),
        })),
        { title: "mean characters" },
      ),
      table: {
        head: ["Round", "Mean characters", "Responses"],
        rows: means.map(({ round, mean, responses }) => [
          round === 0 ? "as given" : String(round),
          wholeText(mean),
          wholeText(responses),
        ]),
      },
    },
  ];
}
