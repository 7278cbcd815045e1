import type { Vote, Winner } from "../state/verdict.ts";
import { krippendorffAlpha } from "./agreement/krippendorff-alpha.ts";
import { toEstimate, type UndefinedReason } from "./agreement/agreement-figure.ts";
import { familyPreference, type FamilyPreference } from "./bias/family-preference.ts";
import { flipRate, type FlipRate } from "./bias/flip-rate.ts";
import { lengthBias, type LengthBias } from "./bias/length-bias.ts";
import { positionBias, type PositionBias } from "./bias/position-bias.ts";
import {
  winRateAtEqualLength,
  type WinRateAtEqualLength,
} from "./bias/win-rate-at-equal-length.ts";
import type { Estimate, NoEstimate } from "./estimates/interval.ts";
import { measureAgreement, type Agreement } from "./measure-agreement.ts";
import type { Preference } from "./estimates/preference.ts";
import { winRate } from "./estimates/win-rate.ts";

/** What of an evaluated row the figures rest on. */
export type EvaluatedRow = {
  readonly winner: Winner;
  readonly votes: readonly Vote[];
  readonly flipped?: boolean | undefined;
  readonly label?: Preference | undefined;
  readonly labels?: Readonly<Record<string, Preference>> | undefined;
  /** Characters of the two responses. */
  readonly lengths: { readonly a: number; readonly b: number };
  /** Names of the models that wrote them, where the pair tells. */
  readonly models: { readonly a: string | null; readonly b: string | null };
};

/** What is measured of an evaluator without being asked for (contract section 5). */
export type Evaluation = {
  readonly wins: Record<Winner, number>;
  readonly winRate: { readonly a: Estimate | null; readonly b: Estimate | null };
  /** Rows in which no vote could be read, and votes that could not be. */
  readonly unreadable: { readonly verdicts: number; readonly votes: number };
  readonly agreement?: Agreement;
  /** Agreement of the voters among themselves (Krippendorff's alpha, nominal); none for a single voter. */
  readonly voters?: Estimate | NoEstimate<UndefinedReason>;
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

/**
 * Measures an evaluator over its rows: wins, agreement with people where they labelled the rows, and the biases a judge may
 * have.
 *
 * @param ordered False where each response was judged alone, in no order.
 */
export function measureEvaluation(
  rows: readonly EvaluatedRow[],
  { ordered }: { readonly ordered: boolean },
): Evaluation {
  const wins = { a: 0, b: 0, tie: 0, none: 0 };
  for (const { winner } of rows) wins[winner] += 1;
  const labelled = rows.flatMap(({ label, labels, winner }) =>
    label === undefined ? [] : [{ label, labels, winner }],
  );
  const voters = new Set(rows.flatMap(({ votes }) => votes.map(({ agent }) => agent)));
  return {
    wins,
    winRate: winRate(wins),
    unreadable: {
      verdicts: rows.filter(isUnreadable).length,
      votes: rows.reduce((sum, { votes }) => sum + votes.filter((vote) => !vote.parsed).length, 0),
    },
    ...(labelled.length === 0 ? {} : { agreement: measureAgreement(labelled, { seed }) }),
    ...(voters.size < 2 ? {} : { voters: agreementOfVoters(rows, [...voters]) }),
    bias: {
      position: ordered ? positionBias(rows.flatMap(orderedReadings)) : null,
      flips: flipRate(rows),
      length: lengthBias(rows),
      equalLength: winRateAtEqualLength(rows),
      family: familyPreference(rows.flatMap(familyReadings)),
    },
  };
}

/** Without any votes it is its winner that counts: an evaluator in code may tell no more. */
function isUnreadable({ winner, votes }: EvaluatedRow): boolean {
  return votes.length === 0 ? winner === "none" : votes.every(({ parsed }) => !parsed);
}

/** Only what could be read says anything about its reader. */
function orderedReadings({ votes }: EvaluatedRow) {
  return votes
    .filter(({ parsed }) => parsed)
    .map(({ part, winner }) => ({
      shownFirst: part?.endsWith("swapped") === true ? ("b" as const) : ("a" as const),
      winner,
    }));
}

function familyReadings({ votes, models }: EvaluatedRow) {
  return votes
    .filter(({ parsed }) => parsed)
    .map(({ model, winner }) => ({ judge: model, models, winner }));
}

/** A voter asked in both orders is counted by what the first said. */
function agreementOfVoters(rows: readonly EvaluatedRow[], voters: readonly string[]) {
  const table = rows.map(({ votes }) =>
    voters.map((voter) => votes.find(({ agent, parsed }) => agent === voter && parsed)?.winner),
  );
  return toEstimate(
    krippendorffAlpha(table, { level: "nominal", interval: { seed, resamples: 1000 } }),
  );
}
