import type { Estimate } from "../../statistics/estimates/interval.ts";
import type { Action, FlagName } from "./flag-pair.ts";

/** What an audit found, in `summary.json`. */
export type AuditFigures = {
  readonly pairs: number;
  readonly threshold: number;
  /** Pairs with one flag or more. */
  readonly suspects: number;
  /** Pairs by flag; a pair may have several. */
  readonly flags: Readonly<Record<FlagName, number>>;
  /** Pairs without a readable verdict, which can't be shown to be flipped or tied. */
  readonly unread: number;
  /** Pairs by what the corrected set does with them. */
  readonly corrected: Readonly<Record<Action, number>>;
  /** Pairs that would be flagged as flipped at other thresholds. */
  readonly curve: readonly { readonly threshold: number; readonly flipped: number }[];
  /** The share of pairs in which the longer response is chosen, where lengths differ. */
  readonly longerChosen: Estimate | null;
  /** Whether the evaluator saw every pair in one order, and the chosen response always first. */
  readonly chosenAlwaysFirst: boolean;
};
