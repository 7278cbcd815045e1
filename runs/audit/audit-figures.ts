import type { Estimate } from "../../statistics/estimates/interval.ts";
import type { Action, FlagName } from "./flag-pair.ts";

/** Flagging flipped labels at a threshold; the shares are estimates, null where there is none. */
export type ThresholdFigures = {
  readonly threshold: number;
  readonly flipped: number;
  readonly precision: number | null;
  readonly recall: number | null;
};

/** What an audit found, in `summary.json`. */
export type AuditFigures = {
  readonly pairs: number;
  readonly threshold: number;
  /** The precision for which the threshold was to be estimated; null where none was asked for. */
  readonly precision: number | null;
  /** Pairs with one flag or more. */
  readonly suspects: number;
  /** Pairs by flag; a pair may have several. */
  readonly flags: Readonly<Record<FlagName, number>>;
  /** Pairs without a readable verdict, which can't be shown to be flipped or tied. */
  readonly unread: number;
  /** Pairs by what the corrected set does with them. */
  readonly corrected: Readonly<Record<Action, number>>;
  /** The estimated share of flipped labels, rather too high; null where it can't be estimated. */
  readonly flippedShare: number | null;
  /** Pairs that would be flagged as flipped at other thresholds, and how well (`FlagQuality`). */
  readonly curve: readonly ThresholdFigures[];
  /** The share of pairs in which the longer response is chosen, where lengths differ. */
  readonly longerChosen: Estimate | null;
  /** Whether the evaluator saw every pair in one order, and the chosen response always first. */
  readonly chosenAlwaysFirst: boolean;
};
