import { isSameText } from "../../state/same-text.ts";
import type { Verdict } from "../../state/verdict.ts";
import { leaningOf } from "./disagreement.ts";
import { isRefusal, isTruncated, leakIn } from "./text-signs.ts";

export const flagNames = [
  "flipped",
  "tied",
  "identical",
  "truncated",
  "refused",
  "duplicate",
  "leaked",
  "length-driven",
] as const;
export type FlagName = (typeof flagNames)[number];

/** A reason to suspect a pair. */
export type Flag = {
  readonly flag: FlagName;
  /** The response that it is about, where it is about one. */
  readonly side?: "chosen" | "rejected";
  readonly detail: string;
};

/** A pair under audit. */
export type AuditedPair = {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  /** The side of the chosen response in the verdict. */
  readonly chosenSide: "a" | "b";
  readonly verdict: Verdict;
  /** See `disagreementWith`. */
  readonly disagreement: number | null;
  /** The row in which the same pair stood before. */
  readonly sameAs: { readonly row: number; readonly reversed: boolean } | null;
  /** Whether a held-out benchmark has the prompt. */
  readonly isHeldOut: boolean;
};

/** Longer by half and by a sentence: the least that length alone may explain. */
const longer = { times: 1.5, characters: 100 };

/**
 * All reasons to suspect a pair.
 *
 * @param threshold The disagreement above which a label counts as flipped.
 */
export function flagPair(pair: AuditedPair, threshold: number): Flag[] {
  const { chosen, rejected, sameAs, isHeldOut } = pair;
  const flags: Flag[] = [];
  const isIdentical = isSameText(chosen, rejected);
  if (isIdentical)
    flags.push({ flag: "identical", detail: "chosen and rejected are the same text" });
  else flags.push(...verdictFlags(pair, threshold));
  for (const [side, text] of [
    ["chosen", chosen],
    ["rejected", rejected],
  ] as const) {
    if (isTruncated(text)) {
      flags.push({ flag: "truncated", side, detail: `the ${side} response ends in the middle` });
    }
    if (isRefusal(text)) {
      flags.push({ flag: "refused", side, detail: `the ${side} response declines the request` });
    }
    const leak = leakIn(text, pair.prompt);
    if (leak !== null) {
      flags.push({ flag: "leaked", side, detail: `the ${side} response holds ${leak}` });
    }
  }
  if (sameAs !== null) {
    const order = sameAs.reversed ? ", with the other response chosen" : "";
    flags.push({ flag: "duplicate", detail: `the same pair is row ${sameAs.row}${order}` });
  }
  if (isHeldOut) flags.push({ flag: "leaked", detail: "the prompt is in a held-out file" });
  return flags;
}

function verdictFlags(pair: AuditedPair, threshold: number): Flag[] {
  const { verdict, disagreement, chosenSide, chosen, rejected } = pair;
  const { winner, votes } = verdict;
  if (disagreement === null || winner === "none") return [];
  const flags: Flag[] = [];
  if (leaningOf(chosenSide, verdict, disagreement) > threshold) {
    const detail = `the evaluator prefers the rejected response by ${disagreement.toFixed(2)}`;
    flags.push({ flag: "flipped", detail });
  }
  if (winner === "tie" && votes.every(({ parsed }) => parsed)) {
    const why = verdict.flipped === true ? "changes sides with the order" : "calls it a tie";
    flags.push({ flag: "tied", detail: `the evaluator ${why}` });
  }
  const isLonger =
    chosen.length >= rejected.length * longer.times &&
    chosen.length - rejected.length >= longer.characters;
  if (isLonger && winner !== chosenSide) {
    const times =
      rejected.length === 0 ? "" : ` ${(chosen.length / rejected.length).toFixed(1)} times`;
    const detail = `chosen is${times} longer, and the evaluator does not prefer it`;
    flags.push({ flag: "length-driven", detail });
  }
  return flags;
}

/** What the corrected set does with a pair. */
export type Action = "keep" | "swap" | "drop";

/**
 * A flipped label is turned. A pair is dropped where no order of it teaches anything good: one
 * without a better response, a repeated or leaked one, and one whose better response is cut or
 * declines without the evaluator's approval. A refusal that the evaluator prefers stays.
 */
export function actionFor(flags: readonly Flag[], { verdict, chosenSide }: AuditedPair): Action {
  const has = (name: FlagName) => flags.some(({ flag }) => flag === name);
  if (has("identical") || has("tied") || has("duplicate") || has("leaked")) return "drop";
  const isFlipped = has("flipped");
  const better = isFlipped ? "rejected" : "chosen";
  const approved = isFlipped || verdict.winner === chosenSide;
  const spoiled = flags.some(
    ({ flag, side }) =>
      side === better && (flag === "truncated" || (flag === "refused" && !approved)),
  );
  if (spoiled) return "drop";
  return isFlipped ? "swap" : "keep";
}
