import { isSwappedPart } from "../../state/calls/part.ts";
import type { Scores, Verdict, Vote, Winner } from "../../state/verdict.ts";
import { callsOfVote } from "./call-matcher.ts";
import type { SheetCall, SheetStep, SheetVote } from "./row-sheet.ts";

export type VerdictParts = {
  readonly name: string;
  /** The names of the responses shown as A and as B. */
  readonly sides: readonly [string, string];
  readonly effects: readonly string[];
  readonly calls: readonly { readonly call: SheetCall; readonly index: number }[];
};

/** A verdict as a rung of the ladder, each vote with the agent's own words. */
export function verdictStep(
  verdict: Verdict,
  { name, sides, effects, calls }: VerdictParts,
): Extract<SheetStep, { kind: "verdict" }> {
  return {
    kind: "verdict",
    name,
    outcome: outcomeOf(verdict.winner, sides),
    sides,
    scores: pairOf(verdict.scores),
    isFlipped: verdict.flipped === true,
    votes: verdict.votes.map((vote) => voteOf(vote, sides, callsOfVote(vote, calls))),
    effects: [...stepsBefore(verdict, sides), ...effects],
  };
}

/** What the steps of a cascade said before the one that decided, in sentences. */
function stepsBefore({ steps = [] }: Verdict, sides: readonly [string, string]): string[] {
  return steps.slice(0, -1).map(({ step, winner, scores }, index) => {
    const scored = scores === null ? "" : `, scores ${scores.a} and ${scores.b}`;
    return (
      `Step ${step} said: ${outcomeOf(winner, sides)}${scored}. Then step ` +
      `${steps[index + 1]?.step} was asked.`
    );
  });
}

/** The winner by its name. */
export function outcomeOf(winner: Winner, [a, b]: readonly [string, string]): string {
  return { a: `${a} wins`, b: `${b} wins`, tie: "tie", none: "no readable verdict" }[winner];
}

/** Winner and scores of a vote are told of the pair as it is; here they follow the order shown. */
function voteOf(vote: Vote, sides: readonly [string, string], calls: readonly number[]): SheetVote {
  const { agent, model, part, parsed, scores, winner } = vote;
  const isSwapped = isSwappedPart(part);
  const own = pairOf(scores);
  return {
    agent,
    model,
    isSwapped,
    shown: isSwapped ? [sides[1], sides[0]] : sides,
    outcome: parsed ? outcomeOf(winner, sides) : "not readable",
    scores: own === null || !isSwapped ? own : [own[1], own[0]],
    isLost: vote.lost === true,
    calls,
  };
}

function pairOf(scores: Scores | null): readonly [number, number] | null {
  return scores === null ? null : [scores.a, scores.b];
}
