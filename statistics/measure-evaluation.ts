import type { Vote, Winner } from "../state/verdict.ts";
import {
  createEvaluationRows,
  type EvaluatedRow,
  type EvaluationRows,
  type LikeRow,
} from "./evaluation-rows.ts";
import { krippendorffAlpha } from "./agreement/krippendorff-alpha.ts";
import { toEstimate, type AgreementEstimate } from "./agreement/agreement-figure.ts";
import { familyPreference, type FamilyPreference } from "./bias/family-preference.ts";
import { flipRate, type FlipRate } from "./bias/flip-rate.ts";
import { lengthBias, type LengthBias } from "./bias/length-bias.ts";
import { positionBias, type PositionBias } from "./bias/position-bias.ts";
import {
  winRateAtEqualLength,
  type WinRateAtEqualLength,
} from "./bias/win-rate-at-equal-length.ts";
import type { Estimate } from "./estimates/interval.ts";
import { measureAgreement, type Agreement } from "./measure-agreement.ts";
import { winRateOfRows } from "./estimates/win-rate.ts";
import { peopleWinRate, type PeopleWinRate } from "./trust/people-win-rate.ts";
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
  readonly agreement?: Agreement;
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
  const steps = evaluationSteps(collected, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * The same in steps, between which a caller can do other things. Most take a time that does not
 * grow with the rows; where prompts have many rows, the bootstrap's step grows with the prompts.
 */
export function* evaluationSteps(
  collected: EvaluationRows,
  { ordered, failedLabels = 0 }: MeasureOptions,
): Generator<void, Evaluation> {
  const rows = collected.kinds();
  yield;
  const equalLength = winRateAtEqualLength(collected.verdicts());
  yield;
  const hasLabels = rows.some(({ label }) => label !== undefined);
  const byPeople = hasLabels ? peopleWinRate(collected.forPeople()) : null;
  yield;
  const voters = [...new Set(rows.flatMap(({ votes }) => votes.map(({ agent }) => agent)))];
  const amongVoters = voters.length < 2 ? null : agreementOfVoters(rows, voters);
  yield;
  const agreement = agreementOf(rows, failedLabels);
  yield;
  const wins = { a: 0, b: 0, tie: 0, none: 0 };
  for (const { winner, count } of rows) wins[winner] += count;
  return {
    wins,
    winRate: winRateOfRows(rows),
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
      position: ordered ? positionBias(rows.flatMap(orderedReadings)) : null,
      flips: flipRate(rows),
      length: lengthBias(rows),
      equalLength,
      family: familyPreference(rows.flatMap(familyReadings)),
    },
  };
}

function agreementOf(rows: readonly LikeRow[], failedLabels: number): Agreement | null {
  const labelled = rows.flatMap(({ label, labels, winner, cluster, count }) =>
    label === undefined ? [] : [{ label, labels, winner, prompt: cluster, count }],
  );
  if (labelled.length + failedLabels === 0) return null;
  return measureAgreement(labelled, { seed, failed: failedLabels });
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
function agreementOfVoters(rows: readonly LikeRow[], voters: readonly string[]) {
  const table = rows.map(({ votes }) =>
    voters.map((voter) => votes.find(({ agent, parsed }) => agent === voter && parsed)?.winner),
  );
  return toEstimate(
    krippendorffAlpha(table, {
      level: "nominal",
      interval: { seed, resamples: 1000 },
      clusters: rows.map(({ cluster }) => cluster),
      counts: rows.map(({ count }) => count),
    }),
  );
}
