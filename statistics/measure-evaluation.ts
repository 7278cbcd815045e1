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
import { familyPreferenceSteps, type FamilyPreference } from "./bias/family-preference.ts";
import { flipRate, type FlipRate } from "./bias/flip-rate.ts";
import { lengthBias, type LengthBias } from "./bias/length-bias.ts";
import { positionBiasSteps, type PositionBias } from "./bias/position-bias.ts";
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
  const voters = votersIn(rows);
  const amongVoters = voters.length < 2 ? null : yield* agreementOfVoters(rows, voters);
  yield;
  const agreement = yield* agreementOf(rows, failedLabels);
  yield;
  const wins = { a: 0, b: 0, tie: 0, none: 0 };
  for (const { kind, count } of rows) wins[kind.winner] += count;
  const winRate = winRateOfRows(verdictsOf(rows));
  yield;
  const position = ordered ? yield* positionBiasSteps(orderedReadings(rows)) : null;
  yield;
  const family = yield* familyPreferenceSteps(familyReadings(rows));
  yield;
  const flips = flipRate(verdictsOf(rows));
  yield;
  const length = lengthBias(verdictsOf(rows));
  yield;
  return {
    wins,
    winRate,
    ...(byPeople === null ? {} : { peopleWinRate: byPeople }),
    prompts: countPrompts(rows),
    unreadable: countUnreadable(rows),
    ...(agreement === null ? {} : { agreement }),
    ...(amongVoters === null ? {} : { voters: amongVoters }),
    bias: { position, flips, length, equalLength, family },
  };
}

function votersIn(rows: readonly LikeRow[]): string[] {
  const voters = new Set<string>();
  for (const { kind } of rows) for (const { agent } of kind.votes) voters.add(agent);
  return [...voters];
}

/** Rows that are not all labelled, or not all drawn at random, are looked at one by one. */
function* preferenceOfPeople(
  rows: readonly LikeRow[],
  collected: EvaluationRows,
): Steps<PeopleWinRate | null> {
  if (!rows.some(({ kind }) => kind.label !== undefined)) return null;
  const areDrawn = rows.every(({ kind }) => kind.drawnAtRandom !== false);
  const labelled = rows.map(({ kind: { label }, count }) => ({ label, count }));
  const certain = areDrawn ? winRateOfLabels(labelled) : null;
  return certain ?? (yield* peopleWinRateSteps(yield* collected.forPeople()));
}

/**
 * Rows that were labelled because they are hard would make every evaluator look worse, and those
 * that people decided would make it look better.
 */
function* agreementOf(
  rows: readonly LikeRow[],
  failedLabels: number,
): Steps<NonNullable<Evaluation["agreement"]> | null> {
  const withLabel = rows.filter(({ kind }) => kind.label !== undefined && kind.byPerson !== true);
  const labelled = withLabel.flatMap(({ kind, cluster, count }) => {
    const { label, labels, winner, drawnAtRandom } = kind;
    return label === undefined || drawnAtRandom === false
      ? []
      : [{ label, labels, winner, prompt: cluster, count }];
  });
  if (withLabel.length + failedLabels === 0) return null;
  yield;
  const chosen = sumOf(withLabel.filter(({ kind }) => kind.drawnAtRandom === false));
  const agreement = yield* agreementSteps(labelled, { seed, failed: failedLabels });
  return { ...agreement, ...(chosen === 0 ? {} : { chosen }) };
}

function countPrompts(rows: readonly LikeRow[]): number {
  const counts = new Map<number, number>();
  for (const { cluster, count } of rows) counts.set(cluster, count);
  let prompts = 0;
  for (const count of counts.values()) prompts += count;
  return prompts;
}

function sumOf(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

function countUnreadable(rows: readonly LikeRow[]): Evaluation["unreadable"] {
  const unreadable = { verdicts: 0, votes: 0, lost: 0 };
  for (const { kind, count } of rows) {
    const { winner, votes } = kind;
    let parsed = 0;
    for (const vote of votes) {
      if (vote.parsed) parsed += 1;
      if (vote.lost === true) unreadable.lost += count;
    }
    unreadable.votes += count * (votes.length - parsed);
    // Without any votes it is its winner that counts: an evaluator in code may tell no more.
    if (votes.length === 0 ? winner === "none" : parsed === 0) unreadable.verdicts += count;
  }
  return unreadable;
}

/** Rows one by one: together they would be as many objects again. */
function* verdictsOf(rows: readonly LikeRow[]) {
  for (const { kind, cluster, count } of rows) {
    const { winner, flipped, lengths } = kind;
    yield { winner, flipped, lengths, cluster, count };
  }
}

/** Only what could be read says anything about its reader. */
function* orderedReadings(rows: readonly LikeRow[]) {
  for (const { kind, cluster, count } of rows) {
    for (const { parsed, part, winner } of kind.votes) {
      const shownFirst = isSwappedPart(part) ? ("b" as const) : ("a" as const);
      if (parsed) yield { shownFirst, winner, cluster, count };
    }
  }
}

function* familyReadings(rows: readonly LikeRow[]) {
  for (const [row, { kind, cluster, count }] of rows.entries()) {
    const { votes, models } = kind;
    for (const { parsed, model, winner } of votes) {
      if (parsed) yield { judge: model, models, winner, row, cluster, count };
    }
  }
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
  const table = rows.map(({ kind }) => labelsOf(kind.votes));
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
