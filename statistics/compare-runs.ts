import type { Winner } from "../state/verdict.ts";
import { bootstrapInterval, type NoInterval } from "./estimates/bootstrap.ts";
import { clusteredShare } from "./estimates/clustered-share.ts";
import type { Estimate, NoEstimate, ValueWithoutInterval } from "./estimates/interval.ts";
import { noEstimate, noInterval } from "./estimates/interval.ts";
import { sumRows, type Cluster, type Observations } from "./estimates/observations.ts";
import { bradleyTerry, type NoStrengths } from "./ranking/bradley-terry.ts";
import { adjustByHolm } from "./holm.ts";
import { pairedMean, type MeanDifference } from "./ranking/paired-mean.ts";

/** The verdict over the responses of two runs to one prompt. */
export type ComparedRow = {
  /** The prompt's name: its rows are no independent evidence. */
  readonly prompt: Cluster;
  /** Indices of the two runs. */
  readonly a: number;
  readonly b: number;
  readonly winner: Winner;
};

/** What one of several runs is worth. */
export type RunFigures = {
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Comparisons without a verdict; in no figure. */
  readonly none: number;
  /** Wins over all decided and tied comparisons with any other run. */
  readonly winRate: Estimate | null;
  /** Bradley-Terry strength in log-odds; all strengths add up to 0. Only for more than two runs. */
  readonly strength?:
    | Estimate
    | ValueWithoutInterval<NoInterval>
    | NoEstimate<NoStrengths>
    | undefined;
};

/** The first run's share of wins less the second's, from -1 to 1. */
export type RunDifference = {
  readonly a: number;
  readonly b: number;
  /** Decided and tied comparisons. */
  readonly n: number;
  readonly wins: Readonly<Record<Winner, number>>;
  readonly winRate: { readonly a: Estimate | null; readonly b: Estimate | null };
  readonly difference: MeanDifference | null;
  /** The p-value, allowing for all the pairs of runs that were compared (Holm). */
  readonly pAdjusted: number | null;
  /** The run that is better beyond noise: `pAdjusted` below 0.05. */
  readonly better: "a" | "b" | "neither";
};

export type ComparedRuns = {
  readonly runs: readonly RunFigures[];
  readonly differences: readonly RunDifference[];
};

const seed = "comparison";

/** Compares each of several runs with each other by the verdicts over their responses. */
export function compareRuns(rows: readonly ComparedRow[], runs: number): ComparedRuns {
  const pairs = pairsOf(runs).map(([a, b]) => {
    const own = rows.filter((row) => row.a === a && row.b === b);
    return { a, b, ...measurePair(own) };
  });
  const tested = pairs.flatMap(({ difference }, index) =>
    difference === null || difference.p === null ? [] : [{ index, p: difference.p }],
  );
  const adjusted = new Map(
    adjustByHolm(tested.map(({ p }) => p)).map((p, place) => [tested[place]?.index, p]),
  );
  const strengths = cachedStrengths(runs);
  return {
    runs: Array.from({ length: runs }, (_, run) => ({
      ...figuresOf(rows, run),
      ...(runs > 2 ? { strength: strengthOf(rows, runs, run, strengths) } : {}),
    })),
    differences: pairs.map((pair, index) => {
      const pAdjusted = adjusted.get(index) ?? null;
      const better =
        pAdjusted === null || pAdjusted >= 0.05
          ? "neither"
          : (pair.difference?.value ?? 0) > 0
            ? "a"
            : "b";
      return { ...pair, pAdjusted, better };
    }),
  };
}

/** Every two of so many, the earlier one first. */
export function pairsOf(count: number): (readonly [number, number])[] {
  const all = Array.from({ length: count }, (_, index) => index);
  return all.flatMap((a) => all.slice(a + 1).map((b) => [a, b] as const));
}

/** A pair's wins, win rates and difference. */
function measurePair(rows: readonly ComparedRow[]) {
  const wins = { a: 0, b: 0, tie: 0, none: 0 };
  for (const { winner } of rows) wins[winner] += 1;
  const judged = rows.filter(({ winner }) => winner !== "none");
  const rateOf = (side: Winner) =>
    clusteredShare(judged.map((row) => ({ success: row.winner === side, cluster: row.prompt })));
  const values = judged.map(({ winner, prompt }) => ({ value: valueOf(winner), cluster: prompt }));
  return {
    n: judged.length,
    wins,
    winRate: { a: rateOf("a"), b: rateOf("b") },
    difference: pairedMean(values, { seed, possible: [-1, 0, 1] }),
  };
}

function valueOf(winner: Winner): number {
  if (winner === "a") return 1;
  return winner === "b" ? -1 : 0;
}

function figuresOf(rows: readonly ComparedRow[], run: number): RunFigures {
  const own = rows.filter(({ a, b }) => a === run || b === run);
  const sideOf = (row: ComparedRow) => (row.a === run ? "a" : "b");
  const judged = own.filter(({ winner }) => winner !== "none");
  const wins = judged.filter((row) => row.winner === sideOf(row)).length;
  const ties = judged.filter(({ winner }) => winner === "tie").length;
  return {
    wins,
    losses: judged.length - wins - ties,
    ties,
    none: own.length - judged.length,
    winRate: clusteredShare(
      judged.map((row) => ({ success: row.winner === sideOf(row), cluster: row.prompt })),
    ),
  };
}

type StrengthsOfSums = (sums: Float64Array) => number[] | NoStrengths;

/** The same weightings are drawn for every run, so their strengths are found once. */
function cachedStrengths(runs: number): StrengthsOfSums {
  const known = new Map<string, number[] | NoStrengths>();
  return (sums) => {
    const key = sums.join(" ");
    const found = known.get(key);
    if (found !== undefined) return found;
    const table = Array.from({ length: runs }, (_, item) => [
      ...sums.subarray(item * runs, (item + 1) * runs),
    ]);
    const strengths = bradleyTerry(table);
    known.set(key, strengths);
    return strengths;
  };
}

function strengthOf(
  rows: readonly ComparedRow[],
  runs: number,
  run: number,
  strengthsOf: StrengthsOfSums,
) {
  const observations = tableObservations(rows, runs);
  const valueOfSums = (sums: Float64Array) => {
    const strengths = strengthsOf(sums);
    return typeof strengths === "string" ? strengths : strengths[run]!;
  };
  const value = valueOfSums(sumRows(observations));
  if (typeof value === "string") return noEstimate(value);
  const drawn = bootstrapInterval(
    observations,
    (sums) => {
      const drawnValue = valueOfSums(sums);
      return typeof drawnValue === "string" ? null : drawnValue;
    },
    { seed, resamples: 500 },
  );
  if (typeof drawn === "string") return noInterval(value, drawn);
  return { value, low: Math.min(value, drawn.low), high: Math.max(value, drawn.high) };
}

/** Wins of each run over each other as sums, a tie half a win of both. */
function tableObservations(rows: readonly ComparedRow[], runs: number): Observations {
  const termsOf = (a: number, b: number, share: number) =>
    [
      [a * runs + b, share],
      [b * runs + a, 1 - share],
    ].filter((term) => term[1] !== 0) as [number, number][];
  const judged = rows.filter(({ winner }) => winner !== "none");
  return {
    rows: judged.map(({ a, b, winner }) => termsOf(a, b, (valueOf(winner) + 1) / 2)),
    width: runs * runs,
    prior: pairsOf(runs).flatMap(([a, b]) => [0, 0.5, 1].map((share) => termsOf(a, b, share))),
    clusters: judged.map(({ prompt }) => prompt),
  };
}
