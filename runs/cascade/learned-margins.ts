import type { RowResult } from "../../state/row-result.ts";
import { stepRulesKey, type StepRule, type StepRules } from "../../state/evaluation/step-rule.ts";
import { marginOf } from "../../state/evaluation/step-verdict.ts";
import {
  learnMargin,
  leastJudged,
  mostJudged,
  type JudgedByBoth,
  type LearnedMargin,
} from "../../statistics/cascade/learn-margin.ts";
import { cascadesIn, type CascadeInTopology } from "../../topologies/cascades-in.ts";
import { isJudgedBefore } from "../engine/judged-before.ts";
import type { FinishedRows, Waves } from "../engine/waves.ts";
import { verdictsOfCascade, type JudgedResult } from "./verdicts-of.ts";

/** What was learned of each step of a cascade, from the second on: null where nothing was yet. */
export type LearnedMargins = Readonly<Record<string, readonly (LearnedMargin | null)[]>>;

/** A row of a run whose cascades learn. */
export type LearningResult = RowResult & JudgedResult & { readonly learned?: LearnedMargins };

/** The margins that a run learns, for the row that begins next. */
export type MarginLearning<Result> = {
  readonly waves: Waves<Result>;
  /** For the row's result: what the row was judged by. */
  readonly noted: () => { readonly learned: LearnedMargins };
  /** For the configuration of the row's graph. */
  readonly configurable: () => { readonly [stepRulesKey]: StepRules };
};

/**
 * Learns the margins of a topology's cascades from the first rows, which all steps judge, so that
 * neither the order in flight nor an interruption changes them: they are taken at fixed rows, from
 * the rows before.
 *
 * @returns null where the topology has no margin to learn
 */
export function createMarginLearning<Result extends LearningResult>(
  topology: unknown,
): MarginLearning<Result> | null {
  const cascades = cascadesIn(topology).filter(({ steps }) =>
    steps.some(({ isLearned }) => isLearned),
  );
  if (cascades.length === 0) return null;
  let learned: LearnedMargins = Object.fromEntries(
    cascades.map(({ name, steps }) => [name, steps.map(() => null)]),
  );
  const isComplete = () =>
    cascades.every(({ name, steps }) =>
      steps.every(({ isLearned }, index) => !isLearned || learned[name]?.[index] != null),
    );
  return {
    noted: () => ({ learned }),
    configurable: () => ({
      [stepRulesKey]: Object.fromEntries(
        cascades.map((one) => [one.name, rulesOf(one, learned[one.name] ?? [])]),
      ),
    }),
    waves: {
      beginsAt: (row) => isLookedAtBefore(row) && !isComplete(),
      begin: async (row, rows) => {
        learned = (await begunWith(row, rows)) ?? (await learnedBefore(row, rows, cascades));
      },
      learned: [
        {
          what: "the learned margin of a cascade",
          remedy: "Give each step after the first its marginAtMost",
        },
      ],
    },
  };
}

/** Rows between looks, up to the row before which every margin is taken. */
const looks = 15;

/**
 * Whether margins are looked at before a row: before rows 31, 46, 61, 76, 91 and 101, and as
 * `isJudgedBefore` says where too many rows failed.
 */
function isLookedAtBefore(row: number): boolean {
  if (row > mostJudged) return isJudgedBefore(row);
  return row > leastJudged && (row - 1) % looks === 0;
}

/** What an earlier session had learned when it began the wave. */
async function begunWith<Result extends LearningResult>(
  first: number,
  { inOrder, lastRow }: FinishedRows<Result>,
): Promise<LearnedMargins | null> {
  for await (const { row, result } of inOrder(lastRow, first)) {
    if (row > first && isLookedAtBefore(row)) return null;
    if (result.learned !== undefined) return result.learned;
  }
  return null;
}

async function learnedBefore<Result extends LearningResult>(
  row: number,
  { inOrder }: FinishedRows<Result>,
  cascades: readonly CascadeInTopology[],
): Promise<LearnedMargins> {
  const judged = cascades.map(({ steps }) => steps.map((): JudgedByBoth[] => []));
  // What was learned stays: the rows after it no longer show every verdict of both.
  let before: LearnedMargins = {};
  for await (const { result } of inOrder(row - 1)) {
    before = result.learned ?? before;
    if (result.failure !== undefined) continue;
    for (const [place, cascade] of cascades.entries())
      addJudged(judged[place] ?? [], result, cascade);
  }
  return Object.fromEntries(
    cascades.map(({ name, steps }, place) => [
      name,
      steps.map(({ isLearned, marginAtMost = 0 }, index) => {
        if (!isLearned) return null;
        return before[name]?.[index] ?? learnMargin(judged[place]?.[index] ?? [], marginAtMost);
      }),
    ]),
  );
}

/** Adds a row's verdicts, by the step that took over. */
function addJudged(
  byStep: readonly JudgedByBoth[][],
  result: JudgedResult,
  cascade: CascadeInTopology,
): void {
  for (const { steps = [] } of verdictsOfCascade(result, cascade)) {
    const last = steps.at(-1);
    for (const step of steps.slice(0, -1)) {
      if (last === undefined) continue;
      const seen = { cheap: step.winner, margin: marginOf(step), strong: last.winner };
      byStep[step.step]?.push(seen);
    }
  }
}

/** The rules of a cascade's steps by what was learned; a refused step hands its rows on. */
export function rulesOf(
  { steps }: Pick<CascadeInTopology, "steps">,
  learned: readonly (LearnedMargin | null)[],
): StepRule[] {
  const rules = steps.map(({ marginAtMost, isLearned }, index): StepRule => {
    const margin = isLearned ? learned[index] : marginAtMost;
    if (index === 0 || margin === null || margin === "refused") return "every";
    return margin ?? "unsure";
  });
  for (const [index, margin] of learned.entries()) {
    if (margin !== "refused") continue;
    rules[index] = rules[index - 1] ?? "every";
    rules[index - 1] = "skip";
  }
  return rules;
}
