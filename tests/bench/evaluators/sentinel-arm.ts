import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import {
  driftPValue,
  levelOfCheck,
  type DriftVote,
  type JudgedThrice,
} from "../../../statistics/drift/judge-drift.ts";
import type { Arm, BenchFigure } from "./arm.ts";
import { drawRows } from "./draw-rows.ts";
import { recordedJudges } from "./recorded-sets.ts";
import { simulatedPairs } from "./simulated-pairs.ts";

/** Golden pairs of a run; all of a set that has fewer. */
const golden = 100;
/** Checks of a run that is never resumed. */
const checks = 2;
/** How often a judge gives a score that is another by one point when it is asked again. */
const restlessness = [0, 0.2, 0.5] as const;
/** Up to here a swapped judge is to be found; one that changes half of its scores hides in them. */
const mostRestless = 0.2;

type Judged = { readonly winner: "a" | "b" | "tie" | "none"; readonly scores: DriftVote["scores"] };

export const sentinelArm: Arm = {
  name: "sentinel",
  about:
    `Golden sets of ${golden} pairs, drawn from recorded ones: how often a run with ${checks} ` +
    "checks calls the same judge another one, and how often one check finds a swapped judge. " +
    "Recorded answers don't change, so repeat noise is planted: scores that move by a point.",
  world: "recorded",
  async measure({ data, draws }) {
    const recorded = await recordedJudges(data);
    const figures: BenchFigure[] = [];
    for (const { set, judge, rows } of recorded) {
      const ofSet = recorded.filter((one) => one.set === set);
      const place = ofSet.findIndex((one) => one.judge === judge);
      // Each is replaced by the next one, which keeps the bench short.
      const other = ofSet[(place + 1) % ofSet.length];
      if (other === undefined || other.judge === judge) continue;
      figures.push(
        ...measured(`${set}, ${judge} replaced by ${other.judge}`, rows, other.rows, draws),
      );
    }
    return figures;
  },
};

export const simulatedSentinelArm: Arm = {
  name: "sentinel-simulated",
  about: "The same over simulated pairs: a judge is replaced by one of another skill or leaning.",
  world: "simulated",
  async measure({ draws }) {
    const usual = simulatedPairs(600, { error: 0.5, rowsPerPrompt: 1 }, "golden");
    const worse = simulatedPairs(600, { error: 2, rowsPerPrompt: 1 }, "golden");
    const leaning = simulatedPairs(600, { error: 0.5, rowsPerPrompt: 1, leaning: 1.5 }, "golden");
    return [
      ...measured("a judge with four times the error", usual, worse, draws),
      ...measured("a judge that leans to a", usual, leaning, draws),
    ];
  },
};

function measured(
  of: string,
  rows: readonly Judged[],
  swapped: readonly Judged[],
  draws: number,
): BenchFigure[] {
  // A swapped judge is found in a few hundred draws or not.
  const drawn = Math.min(draws, 300);
  return restlessness.flatMap((noise) => {
    const tally = { alarms: 0, found: 0 };
    for (let draw = 0; draw < drawn; draw += 1) {
      const seed = `${of} ${noise} ${draw}`;
      const set = [...drawRows(Math.min(golden, rows.length), rows.length, seed)];
      const random = createRandom(`noise ${seed}`);
      const pass = (judge: readonly Judged[]) =>
        set.map((row) => voteOf(judge[row] ?? { winner: "none", scores: null }, noise, random));
      const [first, again] = [pass(rows), pass(rows)];
      const pOf = (later: readonly DriftVote[][], check: number) =>
        driftPValue(thrice(first, again, later), `${seed} ${check}`);
      const isAlarm = Array.from({ length: checks }, (_, index) => index + 1).some(
        (check) => pOf(pass(rows), check) < levelOfCheck(check),
      );
      if (isAlarm) tally.alarms += 1;
      if (pOf(pass(swapped), 1) < levelOfCheck(1)) tally.found += 1;
    }
    const hasGoal = noise <= mostRestless;
    const [alarms, found] = [tally.alarms / drawn, tally.found / drawn];
    const moved = `${100 * noise} % of scores move`;
    return [
      {
        of,
        figure: `false alarms, ${moved}`,
        value: percent(alarms),
        goal: "≤ 1 %",
        // Three standard errors of a share of 1 %.
        isMet: alarms <= 0.01 + 3 * Math.sqrt((0.01 * 0.99) / drawn),
      },
      {
        of,
        figure: `swapped judge found, ${moved}`,
        value: percent(found),
        goal: hasGoal ? "≥ 95 %" : "",
        isMet: hasGoal ? found >= 0.95 : null,
      },
    ];
  });
}

function voteOf({ winner, scores }: Judged, noise: number, random: () => number): DriftVote[] {
  if (scores === null) return [{ name: "judge", winner, scores }];
  const moved = (score: number) => {
    const step = random() < 0.5 ? 1 : -1;
    return random() < noise ? score + step : score;
  };
  const own = { a: moved(scores.a), b: moved(scores.b) };
  const better = own.a > own.b ? "a" : own.a < own.b ? "b" : "tie";
  return [{ name: "judge", winner: noise === 0 ? winner : better, scores: own }];
}

function thrice(
  first: readonly DriftVote[][],
  again: readonly DriftVote[][],
  later: readonly DriftVote[][],
): JudgedThrice[] {
  return first.map((votes, index) => ({
    first: votes,
    again: again[index] ?? [],
    later: later[index] ?? [],
  }));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
