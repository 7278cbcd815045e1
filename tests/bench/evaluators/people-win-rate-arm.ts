import { peopleWinRate, type RowForPeople } from "../../../statistics/trust/people-win-rate.ts";
import type { Arm, BenchFigure } from "./arm.ts";
import { drawRows } from "./draw-rows.ts";
import { recordedJudges } from "./recorded-sets.ts";
import { simulatedPairs } from "./simulated-pairs.ts";

const sizes = [30, 100] as const;

export const peopleWinRateArm: Arm = {
  name: "people-win-rate",
  about:
    "People's win rate from labels of a random part of the rows: how often its 95 % interval " +
    "holds the rate of all labels, and how many times as many labels would do without the " +
    "verdicts.",
  world: "recorded",
  async measure({ data, draws }) {
    const figures: BenchFigure[] = [];
    for (const { set, judge, rows } of await recordedJudges(data)) {
      figures.push(...measureRows(`${set}, ${judge}`, rows, { draws, isGood: true }));
    }
    return figures;
  },
};

export const simulatedPeopleArm: Arm = {
  name: "people-win-rate-simulated",
  about:
    "The same over simulated pairs: judges with a planted error and a habit, several rows of one " +
    "prompt with a common error, labels drawn by row or by whole prompts.",
  world: "simulated",
  async measure({ draws }) {
    const worlds = [
      ["a good judge", { error: 0.5, rowsPerPrompt: 1 }, true],
      // As strong judges agree with people on PandaLM (kappa .69) and MT-Bench (.43), and with as
      // many rows of a prompt.
      ["kappa .69, 6 rows a prompt", { error: 0.25, leaning: 0.05, rowsPerPrompt: 6 }, true],
      ["kappa .43, 13 rows a prompt", { error: 0.85, leaning: 0.2, rowsPerPrompt: 13 }, true],
      ["a poor judge", { error: 2, rowsPerPrompt: 1 }, false],
      ["6 rows a prompt", { error: 0.7, rowsPerPrompt: 6 }, false],
    ] as const;
    return [
      ...worlds.flatMap(([name, world, isGood]) =>
        measureRows(name, simulatedPairs(600, world, name), { draws, isGood }),
      ),
      ...measureRows(
        "6 rows a prompt, labelled by prompt",
        simulatedPairs(1200, { error: 0.7, rowsPerPrompt: 6 }, "whole"),
        { draws, isGood: false, together: 6 },
      ),
    ];
  },
};

type Drawing = {
  readonly draws: number;
  /** Whether the judge is good enough for the labels it saves to have a goal. */
  readonly isGood: boolean;
  /** How many rows after each other are drawn together: those of one prompt. Default 1. */
  readonly together?: number;
};

function measureRows(
  of: string,
  rows: readonly RowForPeople[],
  { draws, isGood, together = 1 }: Drawing,
): BenchFigure[] {
  const truth = peopleWinRate(rows)?.value ?? Number.NaN;
  return sizes
    .filter((n) => n < rows.length / 2)
    .flatMap((n) => {
      const hasGoal = isGood && n === 100;
      const tally = { held: 0, error: 0, errorOfLabels: 0, alarms: 0 };
      for (let draw = 0; draw < draws; draw++) {
        const groups = drawRows(
          Math.round(n / together),
          rows.length / together,
          `${of} ${n} ${draw}`,
        );
        const figure = peopleWinRate(
          rows.map((row, place) =>
            groups.has(Math.floor(place / together)) ? row : { ...row, label: undefined },
          ),
        );
        if (figure === null) continue;
        tally.held += figure.low <= truth && truth <= figure.high ? 1 : 0;
        tally.error += (figure.value - truth) ** 2;
        tally.errorOfLabels += (figure.labelsOnly.value - truth) ** 2;
        tally.alarms += figure.draw.differs.length === 0 ? 0 : 1;
      }
      const coverage = tally.held / draws;
      const saved = tally.errorOfLabels / tally.error;
      const alarms = tally.alarms / draws;
      return [
        {
          of,
          figure: `coverage, ${n} labels`,
          value: coverage.toFixed(3),
          goal: ".93 to .97",
          isMet: coverage >= 0.93 && coverage <= 0.97,
        },
        {
          of,
          figure: `labels saved, ${n} labels`,
          value: `${saved.toFixed(2)} ×`,
          goal: hasGoal ? "1.6 ×" : "",
          isMet: hasGoal ? saved >= 1.6 : null,
        },
        {
          of,
          figure: `random draws called not random, ${n} labels`,
          value: `${(100 * alarms).toFixed(1)} %`,
          goal: "1 %",
          isMet: alarms <= 0.015,
        },
      ];
    });
}
