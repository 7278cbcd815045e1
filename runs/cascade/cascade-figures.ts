import type { PriceOf } from "../../models/cost/prices.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { StepRule } from "../../state/evaluation/step-rule.ts";
import { marginOf } from "../../state/evaluation/step-verdict.ts";
import type { StepSummary, Winner } from "../../state/verdict.ts";
import { cohenKappa } from "../../statistics/agreement/cohen-kappa.ts";
import { preferences, type Preference } from "../../statistics/estimates/preference.ts";
import { cascadesIn, type CascadeInTopology } from "../../topologies/cascades-in.ts";
import { addCalls, emptyTally, roundedUsd, type Tally } from "../accounting/tally.ts";
import { decidedAt, frontierPoints, type FrontierPoint } from "./frontier-points.ts";
import { rulesOf, type LearnedMargins } from "./learned-margins.ts";
import { verdictsOfCascade, type JudgedResult } from "./verdicts-of.ts";

/** What a step of a cascade was asked, and what it decided. */
export type CascadeStepFigures = {
  readonly graph: string;
  /** Pairs that it judged. */
  readonly asked: number;
  /** Pairs whose verdict is its own. */
  readonly decided: number;
  readonly calls: number;
  readonly cost: Tally["cost"];
  /** Which pairs it takes, at the end of the run; null for the first step. */
  readonly takes: StepRule | null;
  /** Where `takes` was learned: the first row that it was used for; null where it wasn't yet. */
  readonly learnedFrom?: number | null;
  /** It agrees with the next step no better than chance, so it is no longer asked. */
  readonly refused?: true;
};

/** What the cascade would come to if it ended at a step and a margin. */
export type CascadeFrontierPoint = FrontierPoint & {
  /** Pairs that each step would judge. */
  readonly asked: readonly number[];
  readonly calls: number;
  readonly usd: number;
  /** The share of the cascade's own verdicts that stay the same, from 0 to 1. */
  readonly same: number;
  /** With people, where pairs are labelled; null where it is not defined. */
  readonly kappa?: number | null;
};

/** A cascade of a run: `cascades` of its summary. */
export type CascadeFigures = {
  /** Its dotted key in the topology; empty where the topology is the cascade. */
  readonly key: string;
  /** Pairs with a verdict. */
  readonly pairs: number;
  readonly steps: readonly CascadeStepFigures[];
  /** From the first step alone to the cascade as it is. */
  readonly frontier: readonly CascadeFrontierPoint[];
};

export type CascadeCount = {
  readonly add: (row: number, result: CountedResult) => void;
  /** For the summary; nothing where the topology has no cascade. */
  readonly figures: () => { cascades?: CascadeFigures[] };
};

type CountedResult = Pick<RowResult, "transcript" | "failure"> &
  JudgedResult & {
    readonly label?: Preference | undefined;
    readonly learned?: LearnedMargins | undefined;
  };

type Judged = { readonly steps: readonly StepSummary[]; readonly label: Preference | undefined };

type Counting = {
  readonly cascade: CascadeInTopology;
  readonly judged: Judged[];
  readonly tallies: readonly Tally[];
  /** The first row of each step's margin. */
  readonly learnedFrom: (number | null)[];
  learned: LearnedMargins[string];
};

/** Counts what the cascades of a topology do, row by row. */
export function countCascades(topology: unknown, priceOf: PriceOf): CascadeCount {
  const all = cascadesIn(topology).map((cascade): Counting => {
    const { steps } = cascade;
    return {
      cascade,
      judged: [],
      tallies: steps.map(() => emptyTally()),
      learnedFrom: steps.map(() => null),
      learned: steps.map(() => null),
    };
  });
  return {
    add: (row, result) => {
      for (const one of all) addRow(one, row, result, priceOf);
    },
    figures: () => (all.length === 0 ? {} : { cascades: all.map(figuresOf) }),
  };
}

function addRow(counting: Counting, row: number, result: CountedResult, priceOf: PriceOf): void {
  const { cascade, judged, tallies, learnedFrom } = counting;
  for (const [index, { agents }] of cascade.steps.entries()) {
    const tally = tallies[index];
    if (tally !== undefined) addCalls(tally, callsOf(result.transcript, agents), priceOf);
  }
  if (result.failure !== undefined) return;
  const learned = result.learned?.[cascade.name];
  if (learned !== undefined) {
    counting.learned = learned;
    for (const [index, margin] of learned.entries()) {
      if (margin !== null) learnedFrom[index] ??= row;
    }
  }
  for (const { steps = [] } of verdictsOfCascade(result, cascade)) {
    judged.push({ steps, label: result.label });
  }
}

function callsOf(transcript: readonly CallRecord[], agents: readonly string[]): CallRecord[] {
  return transcript.filter(({ agent }) => agents.includes(agent));
}

function figuresOf(counting: Counting): CascadeFigures {
  const { cascade, judged } = counting;
  const rules = rulesOf(cascade, counting.learned);
  return {
    key: cascade.key,
    pairs: judged.length,
    steps: cascade.steps.map((_, index) => stepFigures(counting, index, rules)),
    frontier: frontierPoints(rules, largestMargins(judged, rules)).map((point) =>
      pointFigures(counting, rules, point),
    ),
  };
}

function stepFigures(
  { cascade, judged, tallies, learnedFrom, learned }: Counting,
  index: number,
  rules: readonly StepRule[],
): CascadeStepFigures {
  const { graph, isLearned } = cascade.steps[index] ?? { graph: "", isLearned: false };
  const { calls, cost } = tallies[index] ?? emptyTally();
  return {
    graph,
    asked: judged.filter(({ steps }) => steps.some(({ step }) => step === index + 1)).length,
    decided: judged.filter(({ steps }) => isDecidedBy(steps, index + 1, graph)).length,
    calls,
    cost: { usd: roundedUsd(cost.usd), unknown: cost.unknown },
    takes: index === 0 ? null : (rules[index] ?? null),
    ...(isLearned ? { learnedFrom: learnedFrom[index] ?? null } : {}),
    ...(learned[index + 1] === "refused" ? { refused: true as const } : {}),
  };
}

/** A person has decided once there is a verdict; a row that waits has none yet. */
function isDecidedBy(steps: readonly StepSummary[], step: number, graph: string): boolean {
  const last = steps.at(-1);
  return last?.step === step && (graph !== "person" || last.winner !== "none");
}

/** The largest margin that went on to each step. */
function largestMargins(judged: readonly Judged[], rules: readonly StepRule[]): number[] {
  return rules.map((_, index) => {
    let largest = 0;
    for (const { steps } of judged) {
      const at = steps.findIndex(({ step }) => step === index + 1);
      const before = at > 0 ? steps[at - 1] : undefined;
      if (before !== undefined) largest = Math.max(largest, marginOf(before) ?? 0);
    }
    return largest;
  });
}

function pointFigures(
  { judged, tallies, cascade }: Counting,
  rules: readonly StepRule[],
  point: FrontierPoint,
): CascadeFrontierPoint {
  const asked = cascade.steps.map(() => 0);
  const labels: Preference[] = [];
  const winners: Preference[] = [];
  let same = 0;
  for (const { steps, label } of judged) {
    const used = steps.slice(0, decidedAt(steps, rules, point) + 1);
    for (const { step } of used) asked[step - 1] = (asked[step - 1] ?? 0) + 1;
    const winner: Winner = used.at(-1)?.winner ?? "none";
    if (winner === steps.at(-1)?.winner) same += 1;
    if (label === undefined || winner === "none") continue;
    labels.push(label);
    winners.push(winner);
  }
  const ofStep = (value: (tally: Tally) => number) =>
    tallies.reduce((sum, tally, index) => {
      const all = judged.filter(({ steps }) => steps.some(({ step }) => step === index + 1)).length;
      return all === 0 ? sum : sum + (value(tally) * (asked[index] ?? 0)) / all;
    }, 0);
  return {
    ...point,
    asked,
    calls: Math.round(ofStep(({ calls }) => calls)),
    usd: roundedUsd(ofStep(({ cost }) => cost.usd)),
    same: judged.length === 0 ? 1 : Math.round((1e4 * same) / judged.length) / 1e4,
    ...(labels.length === 0
      ? {}
      : { kappa: cohenKappa(labels, winners, { categories: preferences }).value }),
  };
}
