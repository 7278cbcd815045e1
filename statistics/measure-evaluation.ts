import type { Vote, Winner } from "../state/verdict.ts";
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
import type { Cluster } from "./estimates/observations.ts";
import type { Preference } from "./estimates/preference.ts";
import { winRateOfRows } from "./estimates/win-rate.ts";
import { peopleWinRate, type PeopleWinRate } from "./trust/people-win-rate.ts";
import { isSwappedPart } from "../state/calls/part.ts";

/** The part of an evaluated row that the figures rest on. */
export type EvaluatedRow = {
  /** Rows of one prompt have one name here; left out, the row is its prompt's only one. */
  readonly prompt?: string | undefined;
  readonly winner: Winner;
  readonly votes: readonly Vote[];
  readonly flipped?: boolean | undefined;
  readonly label?: Preference | undefined;
  readonly labels?: Readonly<Record<string, Preference>> | undefined;
  /** False where the row was labelled for another reason than a random draw. */
  readonly drawnAtRandom?: boolean | undefined;
  /** Characters of the two responses. */
  readonly lengths: { readonly a: number; readonly b: number };
  /** Names of the models that wrote them, where the pair tells. */
  readonly models: { readonly a: string | null; readonly b: string | null };
};

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
  { ordered, failedLabels = 0 }: MeasureOptions,
): Evaluation {
  const wins = { a: 0, b: 0, tie: 0, none: 0 };
  for (const { winner } of rows) wins[winner] += 1;
  const clustered = rows.map((row, index) => ({
    ...row,
    row: index,
    cluster: row.prompt ?? index,
  }));
  const labelled = clustered.flatMap(({ label, labels, winner, cluster }) =>
    label === undefined ? [] : [{ label, labels, winner, prompt: cluster }],
  );
  const voters = new Set(rows.flatMap(({ votes }) => votes.map(({ agent }) => agent)));
  const agreementOptions = { seed, failed: failedLabels };
  const drawn = clustered.map((row) =>
    row.drawnAtRandom === false ? { ...row, label: undefined } : row,
  );
  const byPeople = peopleWinRate(drawn);
  return {
    wins,
    winRate: winRateOfRows(clustered),
    ...(byPeople === null ? {} : { peopleWinRate: byPeople }),
    prompts: new Set(clustered.map(({ cluster }) => cluster)).size,
    unreadable: {
      verdicts: rows.filter(isUnreadable).length,
      votes: countVotes(rows, ({ parsed }) => !parsed),
      lost: countVotes(rows, ({ lost }) => lost === true),
    },
    ...(labelled.length + failedLabels === 0
      ? {}
      : { agreement: measureAgreement(labelled, agreementOptions) }),
    ...(voters.size < 2 ? {} : { voters: agreementOfVoters(clustered, [...voters]) }),
    bias: {
      position: ordered ? positionBias(clustered.flatMap(orderedReadings)) : null,
      flips: flipRate(clustered),
      length: lengthBias(clustered),
      equalLength: winRateAtEqualLength(clustered),
      family: familyPreference(clustered.flatMap(familyReadings)),
    },
  };
}

type ClusteredRow = EvaluatedRow & { readonly row: number; readonly cluster: Cluster };

/** Without any votes it is its winner that counts: an evaluator in code may tell no more. */
function isUnreadable({ winner, votes }: EvaluatedRow): boolean {
  return votes.length === 0 ? winner === "none" : votes.every(({ parsed }) => !parsed);
}

function countVotes(rows: readonly EvaluatedRow[], isCounted: (vote: Vote) => boolean): number {
  return rows.reduce((sum, { votes }) => sum + votes.filter(isCounted).length, 0);
}

/** Only what could be read says anything about its reader. */
function orderedReadings({ votes, cluster }: ClusteredRow) {
  return votes
    .filter(({ parsed }) => parsed)
    .map(({ part, winner }) => ({
      shownFirst: isSwappedPart(part) ? ("b" as const) : ("a" as const),
      winner,
      cluster,
    }));
}

function familyReadings({ votes, models, row, cluster }: ClusteredRow) {
  return votes
    .filter(({ parsed }) => parsed)
    .map(({ model, winner }) => ({ judge: model, models, winner, row, cluster }));
}

/** A voter asked in both orders is counted by what the first said. */
function agreementOfVoters(rows: readonly ClusteredRow[], voters: readonly string[]) {
  const table = rows.map(({ votes }) =>
    voters.map((voter) => votes.find(({ agent, parsed }) => agent === voter && parsed)?.winner),
  );
  return toEstimate(
    krippendorffAlpha(table, {
      level: "nominal",
      interval: { seed, resamples: 1000 },
      clusters: rows.map(({ cluster }) => cluster),
    }),
  );
}
