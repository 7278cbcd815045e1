import { goesOn, marginOf } from "../../../state/evaluation/step-verdict.ts";
import type { Winner } from "../../../state/verdict.ts";
import { cohenKappa } from "../../../statistics/agreement/cohen-kappa.ts";
import { learnMargin, mostJudged } from "../../../statistics/cascade/learn-margin.ts";
import { preferences, type Preference } from "../../../statistics/estimates/preference.ts";
import type { Arm, BenchFigure } from "./arm.ts";
import { drawRows } from "./draw-rows.ts";
import { recordedJudges, type RecordedRow } from "./recorded-sets.ts";

/** Judges from the cheapest to the strongest, as the steps of cascades. */
const judges = ["gpt-4o-mini", "llama-3.1-70b", "gpt-4o"] as const;

/** Margins that are tried between two steps; 0 lets ties alone go on. */
const margins = [0, 0.5, 1, 1.5, 2, 3] as const;

const budgets = [
  { calls: 0.4, kept: 0.985 },
  { calls: 0.12, kept: 0.965 },
] as const;

/** A pair with the verdicts of the judges, in their order. */
type JudgedPair = { readonly label: Preference; readonly verdicts: readonly RecordedRow[] };

export const cascadeArm: Arm = {
  name: "cascade",
  about:
    `How much of ${judges.at(-1)}'s kappa with people a cascade of ${judges.join(", ")} keeps, ` +
    "at which share of its calls. The margins are chosen on one half of the pairs, without " +
    "labels, and measured on the other; middle 90 % of the draws. Then two steps whose margin " +
    "a run learns.",
  world: "recorded",
  async measure({ data, draws }) {
    return [...pairsBySet(await recordedJudges(data))].flatMap(([set, pairs]) => [
      ...budgets.flatMap((budget) => heldOut(set, pairs, budget, draws)),
      ...learned(set, pairs, draws),
    ]);
  },
};

function pairsBySet(
  recorded: Awaited<ReturnType<typeof recordedJudges>>,
): Map<string, JudgedPair[]> {
  const sets = new Map<string, JudgedPair[]>();
  for (const set of new Set(recorded.map((one) => one.set))) {
    const rows = judges.map((judge) =>
      recorded.find((one) => one.set === set && one.judge === judge),
    );
    const last = rows.at(-1)?.rows;
    if (last === undefined || rows.some((one) => one?.rows.length !== last.length)) continue;
    const pairs = last.map(({ label }, row) => ({
      label,
      verdicts: rows.flatMap((one) => one?.rows[row] ?? []),
    }));
    sets.set(set, pairs);
  }
  return sets;
}

/** Which judge decides a pair: its place in `judges`. */
function decider({ verdicts }: JudgedPair, rules: readonly number[]): number {
  let at = 0;
  while (at < rules.length) {
    const verdict = verdicts[at];
    if (verdict === undefined || !goesOn(verdict, rules[at] ?? 0)) return at;
    at += 1;
  }
  return at;
}

function winnerOf({ verdicts }: JudgedPair, at: number): Winner {
  return verdicts[at]?.winner ?? "none";
}

const strongest = judges.length - 1;

type Measured = { readonly calls: number; readonly kappa: number; readonly same: number };

function measured(pairs: readonly JudgedPair[], rules: readonly number[]): Measured {
  const deciders = pairs.map((pair) => decider(pair, rules));
  const winners = pairs.map((pair, index) => winnerOf(pair, deciders[index] ?? 0));
  return {
    calls: deciders.filter((at) => at === strongest).length / pairs.length,
    same: winners.filter((winner, row) => winner === pairs[row]?.verdicts[strongest]?.winner)
      .length,
    kappa: kappaWithPeople(pairs, winners),
  };
}

function kappaWithPeople(pairs: readonly JudgedPair[], winners: readonly Winner[]): number {
  const labels = pairs.map(({ label }) => label);
  return cohenKappa(labels, winners, { categories: [...preferences, "none"] }).value ?? 0;
}

/** The margins that keep most of the strongest judge's verdicts within a share of its calls. */
function chosen(pairs: readonly JudgedPair[], calls: number): readonly number[] {
  const grid = margins.flatMap((first) => margins.map((second) => [first, second] as const));
  const within = grid
    .map((rules) => ({ rules, ...measured(pairs, rules) }))
    .filter((one) => one.calls <= calls);
  const best = within.toSorted((one, other) => other.same - one.same || one.calls - other.calls)[0];
  return best?.rules ?? [0, 0];
}

function heldOut(
  set: string,
  pairs: readonly JudgedPair[],
  { calls: most, kept }: (typeof budgets)[number],
  draws: number,
): BenchFigure[] {
  const all: { calls: number; kappa: number; strong: number }[] = [];
  for (let draw = 0; draw < draws; draw += 1) {
    const half = drawRows(Math.floor(pairs.length / 2), pairs.length, `${set} ${draw}`);
    const known = pairs.filter((_, row) => half.has(row));
    const others = pairs.filter((_, row) => !half.has(row));
    const { calls, kappa } = measured(others, chosen(known, most));
    const strong = kappaWithPeople(
      others,
      others.map((pair) => winnerOf(pair, strongest)),
    );
    all.push({ calls, kappa, strong });
  }
  const calls = all.map((one) => one.calls);
  const ratio = mean(all.map(({ kappa }) => kappa)) / mean(all.map(({ strong }) => strong));
  // A bound that is met on the one half is met on the other but for chance.
  const isCheap = mean(calls) <= most + 0.005;
  return [
    {
      of: set,
      figure: `calls, at most ${percent(most)}`,
      value:
        `${percent(mean(calls))} [${percent(quantile(calls, 0.05))}, ` +
        `${percent(quantile(calls, 0.95))}]`,
      goal: `≤ ${percent(most)}`,
      isMet: isCheap,
    },
    {
      of: set,
      figure: `kappa kept at ${percent(most)}`,
      value: `${ratio.toFixed(3)} ${differenceText(all)}`,
      goal: `≥ ${kept}`,
      isMet: ratio >= kept,
    },
  ];
}

/** The middle 90 % of the difference of the two kappas. */
function differenceText(
  all: readonly { readonly kappa: number; readonly strong: number }[],
): string {
  const lost = all.map(({ kappa, strong }) => kappa - strong);
  return (
    `(kappa less ${judges.at(-1)}'s ${quantile(lost, 0.05).toFixed(3)} to ` +
    `${quantile(lost, 0.95).toFixed(3)})`
  );
}

/** Two steps over the rows in a drawn order, their margin learned from the first ones. */
function learned(set: string, pairs: readonly JudgedPair[], draws: number): BenchFigure[] {
  const two = pairs.map(({ label, verdicts }) => ({
    label,
    verdicts: verdicts.filter((_, at) => at !== 1),
  }));
  const all: { calls: number; kept: number }[] = [];
  const strong = kappaWithPeople(
    two,
    two.map((pair) => winnerOf(pair, 1)),
  );
  for (let draw = 0; draw < Math.min(draws, 200); draw += 1) {
    const rows = shuffled(two, `${set} order ${draw}`);
    const { begun, margin } = marginOfRun(rows);
    const deciders = rows.map((pair, row) => (row < begun ? 1 : decider(pair, [margin])));
    const winners = rows.map((pair, row) => winnerOf(pair, deciders[row] ?? 0));
    all.push({
      calls: deciders.filter((at) => at === 1).length / rows.length,
      kept: kappaWithPeople(rows, winners) / strong,
    });
  }
  const calls = mean(all.map((one) => one.calls));
  const kept = mean(all.map((one) => one.kept));
  return [
    {
      of: set,
      figure: `two steps, margin learned: kappa kept`,
      value: kept.toFixed(3),
      goal: "≥ 0.985",
      isMet: kept >= 0.985,
    },
    {
      of: set,
      figure: `two steps, margin learned: calls`,
      value: `${percent(calls)}, the first rows of ${pairs.length} included`,
      goal: "≤ 40.0 %",
      isMet: calls <= 0.4,
    },
  ];
}

/** From which row on a run has a margin, and which. */
function marginOfRun(rows: readonly JudgedPair[]): { begun: number; margin: number } {
  for (const count of [30, 45, 60, 75, 90, mostJudged]) {
    if (count > rows.length) break;
    const judged = rows.slice(0, count).map(({ verdicts: [cheap, strong] }) => ({
      cheap: cheap?.winner ?? "none",
      margin: cheap === undefined ? null : marginOf(cheap),
      strong: strong?.winner ?? "none",
    }));
    const margin = learnMargin(judged, 2);
    if (margin !== null)
      return { begun: count, margin: typeof margin === "number" ? margin : Infinity };
  }
  return { begun: rows.length, margin: Infinity };
}

function shuffled<Item>(items: readonly Item[], seed: string): Item[] {
  return [...drawRows(items.length, items.length, seed)].flatMap((row) => items[row] ?? []);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
