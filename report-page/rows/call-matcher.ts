import { isSwappedPart } from "../../state/calls/part.ts";
import type { Vote } from "../../state/verdict.ts";
import type { SheetCall } from "./row-sheet.ts";

type Judged = {
  readonly round: number;
  readonly part?: string | undefined;
  readonly votes: readonly Vote[];
};

/** Finds which verdict each call of a row belongs to, and which vote of it. */
export type CallMatcher = {
  /**
   * The verdict that a call was made for, as its place in the list; null for a call of no verdict.
   *
   * @param round The round of the response written last: where the verdicts of several rounds have
   *   calls in the same part, the call is that round's.
   */
  readonly verdictOf: (call: SheetCall, round: number) => number | null;
  /**
   * The verdict in whose part a call was made by an agent without a vote in it; null where there is
   * none. A debater whose scores stayed unreadable has no vote.
   */
  readonly verdictOfPart: (call: SheetCall, round: number) => number | null;
};

/** @param verdicts All verdicts of a row. */
export function createCallMatcher(verdicts: readonly Judged[]): CallMatcher {
  function closestTo(round: number, fitOf: (verdict: Judged) => number): number | null {
    const fits = verdicts
      .map((verdict, index) => ({ verdict, index, fit: fitOf(verdict) }))
      .filter(({ fit }) => fit > 0);
    const best = Math.max(0, ...fits.map(({ fit }) => fit));
    const closest = fits.filter(({ fit }) => fit === best);
    const ofRound = closest.find(({ verdict }) => verdict.round === round);
    return (ofRound ?? closest[0])?.index ?? null;
  }
  return {
    verdictOf: (call, round) => closestTo(round, (verdict) => fitOfVotes(call, verdict)),
    verdictOfPart: (call, round) =>
      closestTo(round, ({ part }) => (part === undefined ? 0 : fitOfPart(call.part, part))),
  };
}

/** The calls of a verdict that are behind one of its votes, as numbers. */
export function callsOfVote(
  vote: Vote,
  calls: readonly { readonly call: SheetCall; readonly index: number }[],
): number[] {
  return calls
    .filter(({ call }) => call.agent === vote.agent && fitOfPart(call.part, vote.part ?? "") > 0)
    .filter(({ call }) => isSwapped(call.part) === isSwappedPart(vote.part))
    .map(({ index }) => index);
}

/** A part of the second order, or a part within it. */
function isSwapped(part: string): boolean {
  return part.split(".").includes("swapped");
}

function fitOfVotes(call: SheetCall, { votes }: Judged): number {
  const fits = votes
    .filter(({ agent }) => agent === call.agent)
    .map((vote) => fitOfPart(call.part, vote.part ?? ""));
  return Math.max(0, ...fits);
}

/** The length of the part that both begin with, from 1; 0 where a call is of another part. */
function fitOfPart(part: string, base: string): number {
  if (part === base) return base.length + 1;
  const inner =
    base === "" ? part : part.startsWith(`${base}.`) ? part.slice(base.length + 1) : null;
  const isInner =
    inner !== null && inner.split(".").every((word) => /^(?:a|b|swapped)$/.test(word));
  return isInner ? base.length + 1 : 0;
}
