import { atOnce, type Steps } from "../state/in-slices.ts";
import type { Vote, Winner } from "../state/verdict.ts";
import {
  createEvaluationRows,
  type EvaluatedRow,
  type EvaluationRows,
  type LikeRow,
} from "./evaluation-rows.ts";
import { krippendorffAlphaSteps } from "./agreement/krippendorff-alpha.ts";
import { toEstimate, type AgreementEstimate } from "./agreement/agreement-figure.ts";
import { familyPreference, type FamilyPreference } from "./bias/family-preference.ts";
import { flipRate, type FlipRate } from "./bias/flip-rate.ts";
import { lengthBias, type LengthBias } from "./bias/length-bias.ts";
import { positionBias, type PositionBias } from "./bias/position-bias.ts";
import {
  winRateAtEqualLengthSteps,
  type WinRateAtEqualLength,
} from "./bias/win-rate-at-equal-length.ts";
import type { Estimate } from "./estimates/interval.ts";
import { agreementSteps, type Agreement } from "./measure-agreement.ts";
import { memoized } from "./memoized.ts";
import { winRateOfRows } from "./estimates/win-rate.ts";
import {
  peopleWinRateSteps,
  winRateOfLabels,
  type PeopleWinRate,
} from "./trust/people-win-rate.ts";
import { isSwappedPart } from "../state/calls/part.ts";

/** What is measured of an evaluator without being asked for (contract section 5). */
export type Evaluation = {
  readonly wins: Record<Winner, number>;
  /** Different prompts among the rows: what the intervals take for independent. */
  readonly prompts: number;
  /** The evaluator's own: how often its verdicts go to a side. */
  readonly winRate: { readonly a: Estimate | null; readonly b: Estimate | null };
  /** How often people prefer a side, over all rows; absent without labels. */
  readonly peopleWinRate?: PeopleWinRate;
  /**
   * Rows in which no vote could be read, and votes that could not be; among those, `lost`: votes
   * that a shown text made unreadable.
   */
  readonly unreadable: { readonly verdicts: number; readonly votes: number; readonly lost: number };
  /** On the labelled rows that were drawn at random; `chosen`: labelled rows that were not. */
  readonly agreement?: Agreement & { readonly chosen?: number };
  /**
   * Agreement of the voters among themselves (Krippendorff's alpha, nominal); none for a single
   * voter.
   */
  readonly voters?: AgreementEstimate;
  readonly bias: {
    /** Null where no response stood before another. */
    readonly position: PositionBias | null;
    readonly flips: FlipRate;
    readonly length: LengthBias;
    readonly equalLength: WinRateAtEqualLength;
    readonly family: FamilyPreference;
  };
};

const seed = "evaluation";

export type MeasureOptions = {
  /** False where each response was judged alone, in no order. */
  readonly ordered: boolean;
  /** Rows with a label that failed. */
  readonly failedLabels?: number;
};

/**
 * Measures an evaluator over its rows: wins, agreement with people where they labelled the rows,
 * and the biases that a judge may have. Intervals take prompts for independent, not rows.
 */
export function measureEvaluation(
  rows: readonly EvaluatedRow[],
  options: MeasureOptions,
): Evaluation {
  const collected = createEvaluationRows();
  for (const row of rows) collected.add(row);
  return atOnce(evaluationSteps(collected, options));
}

/**
 * The same in steps, between which a caller can do other things.
 */
export function* evaluationSteps(
  collected: EvaluationRows,
  { ordered, failedLabels = 0 }: MeasureOptions,
): Steps<Evaluation> {
  const rows = yield* collected.kinds();
  yield;
  const equalLength = yield* winRateAtEqualLengthSteps(collected.verdicts());
  yield;
  const byPeople = yield* preferenceOfPeople(rows, collected);
  yield;
  const voters = [...new Set(rows.flatMap(({ votes }) => votes.map(({ agent }) => agent)))];
  const amongVoters = voters.length < 2 ? null : yield* agreementOfVoters(rows, voters);
  yield;
  const agreement = yield* agreementOf(rows, failedLabels);
  yield;
  const wins = { a: 0, b: 0, tie: 0, none: 0 };
  for (const { winner, count } of rows) wins[winner] += count;
  const winRate = winRateOfRows(rows);
  yield;
  const position = ordered ? positionBias(rows.flatMap(orderedReadings)) : null;
  yield;
  const family = familyPreference(rows.flatMap(familyReadings));
  yield;
  return {
    wins,
    winRate,
    ...(byPeople === null ? {} : { peopleWinRate: byPeople }),
    prompts: countPrompts(rows),
    unreadable: {
      verdicts: sumOf(rows.filter(isUnreadable)),
      votes: countVotes(rows, ({ parsed }) => !parsed),
      lost: countVotes(rows, ({ lost }) => lost === true),
    },
    ...(agreement === null ? {} : { agreement }),
    ...(amongVoters === null ? {} : { voters: amongVoters }),
    bias: {
      position,
      flips: flipRate(rows),
      length: lengthBias(rows),
      equalLength,
      family,
    },
  };
}

/** Rows that are not all labelled, or not all drawn at random, are looked at one by one. */
function* preferenceOfPeople(
  rows: readonly LikeRow[],
  collected: EvaluationRows,
): Steps<PeopleWinRate | null> {
  if (!rows.some(({ label }) => label !== undefined)) return null;
  const areDrawn = rows.every(({ drawnAtRandom }) => drawnAtRandom !== false);
  const certain = areDrawn ? winRateOfLabels(rows) : null;
  return certain ?? (yield* peopleWinRateSteps(collected.forPeople()));
}

/**
 * Rows that were labelled because they are hard would make every evaluator look worse, and those
 * that people decided would make it look better.
 */
function* agreementOf(
  rows: readonly LikeRow[],
  failedLabels: number,
): Steps<NonNullable<Evaluation["agreement"]> | null> {
  const withLabel = rows.filter(({ label, byPerson }) => label !== undefined && byPerson !== true);
  const labelled = withLabel.flatMap(({ label, labels, winner, cluster, count, drawnAtRandom }) =>
    label === undefined || drawnAtRandom === false
      ? []
      : [{ label, labels, winner, prompt: cluster, count }],
  );
  if (withLabel.length + failedLabels === 0) return null;
  const chosen = sumOf(withLabel.filter(({ drawnAtRandom }) => drawnAtRandom === false));
  const agreement = yield* agreementSteps(labelled, { seed, failed: failedLabels });
  return { ...agreement, ...(chosen === 0 ? {} : { chosen }) };
}

function countPrompts(rows: readonly LikeRow[]): number {
  const counts = new Map(rows.map(({ cluster, count }) => [cluster, { count }]));
  return sumOf([...counts.values()]);
}

function sumOf(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

/** Without any votes it is its winner that counts: an evaluator in code may tell no more. */
function isUnreadable({ winner, votes }: LikeRow): boolean {
  return votes.length === 0 ? winner === "none" : votes.every(({ parsed }) => !parsed);
}

function countVotes(rows: readonly LikeRow[], isCounted: (vote: Vote) => boolean): number {
  return rows.reduce((sum, { votes, count }) => sum + count * votes.filter(isCounted).length, 0);
}

/** Only what could be read says anything about its reader. */
function orderedReadings({ votes, cluster, count }: LikeRow) {
  return votes
    .filter(({ parsed }) => parsed)
    .map(({ part, winner }) => ({
      shownFirst: isSwappedPart(part) ? ("b" as const) : ("a" as const),
      winner,
      cluster,
      count,
    }));
}

function familyReadings({ votes, models, cluster, count }: LikeRow, row: number) {
  return votes
    .filter(({ parsed }) => parsed)
    .map(({ model, winner }) => ({ judge: model, models, winner, row, cluster, count }));
}

/** A voter asked in both orders is counted by what the first said. */
function* agreementOfVoters(
  rows: readonly LikeRow[],
  voters: readonly string[],
): Steps<AgreementEstimate> {
  // Rows of a kind share their votes, so that a kind is one row of labels too.
  const labelsOf = memoized((votes: readonly Vote[]) =>
    voters.map((voter) => votes.find(({ agent, parsed }) => agent === voter && parsed)?.winner),
  );
  const table = rows.map(({ votes }) => labelsOf(votes));
  yield;
  return toEstimate(
    yield* krippendorffAlphaSteps(table, {
      level: "nominal",
      interval: { seed, resamples: 1000 },
      clusters: rows.map(({ cluster }) => cluster),
      counts: rows.map(({ count }) => count),
    }),
  );
}
