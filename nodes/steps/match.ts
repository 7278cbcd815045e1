import type { Comparison, Contest } from "../../state/evaluation/comparison.ts";
import type { GeneratorState } from "../../state/generation/generator-state.ts";
import { joinPart } from "../../state/calls/part.ts";
import type { Response } from "../../state/response.ts";
import { isSameText } from "../../state/same-text.ts";
import { playBracket, type Ranking } from "../../state/generation/standings.ts";
import type { Verdict } from "../../state/verdict.ts";

type State = typeof GeneratorState.State;

type Progress = {
  readonly responses: readonly Response[];
  readonly comparisons: readonly Comparison[];
};

/** Which two responses of a pool meet next; null where the ranking is complete. */
export function nextMatch({ responses, comparisons }: Progress, ranking: Ranking): Contest | null {
  const played = comparisons.length;
  const count = responses.length;
  const meet =
    ranking === "bracket"
      ? playBracket(count, comparisons).next
      : schedules[ranking](count)[played];
  if (!meet) return null;
  const [incumbent, challenger] = meet;
  const [first = 1, second = 1] = meet.map((index) => responses[index]?.round);
  // In a round robin by distance, so that each response is as often first as second.
  const turn = ranking === "pairwise" ? challenger - incumbent + 1 : played;
  return {
    round: second,
    part: `pair-${first}-${second}`,
    incumbent,
    challenger,
    incumbentIs: turn % 2 === 0 ? "a" : "b",
    siblings: false,
  };
}

type Schedule = (count: number) => (readonly [number, number])[];

/** The matches that don't depend on each other's outcome. */
const schedules: Readonly<Record<Exclude<Ranking, "bracket">, Schedule>> = {
  pairwise: (count) =>
    indices(count).flatMap((one) => indices(count - one - 1).map((at) => [one, one + 1 + at])),
  // Each response is scored once; of an odd number the last but one twice.
  scores: (count) =>
    indices(Math.ceil(count / 2)).flatMap((half) => {
      const second = Math.min(2 * half + 1, count - 1);
      return second === 0 ? [] : [[second - 1, second]];
    }),
};

/** How many matches rank so many responses. */
export function matchCount(count: number, ranking: Ranking): number {
  return ranking === "bracket" ? Math.max(0, count - 1) : schedules[ranking](count).length;
}

function indices(count: number): number[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => index);
}

/** Whether the evaluator need not be asked, because the two responses are the same text. */
export function isDrawn({ pair }: Pick<State, "pair">, ranking: Ranking): boolean {
  // For `scores` each response is scored, whatever the other one is.
  return ranking !== "scores" && pair !== undefined && isSameText(pair.a.text, pair.b.text);
}

const drawn: Verdict = { winner: "tie", scores: null, votes: [] };

/** Puts the next two responses of a pool before the evaluator; two of one text are a tie. */
export function createMatch({ ranking }: { readonly ranking: Ranking }) {
  return function match(state: State): typeof GeneratorState.Update {
    const next = nextMatch(state, ranking);
    if (next === null) return {};
    const incumbent = { text: state.responses[next.incumbent]?.text ?? "" };
    const challenger = { text: state.responses[next.challenger]?.text ?? "" };
    const pair =
      next.incumbentIs === "a" ? { a: incumbent, b: challenger } : { a: challenger, b: incumbent };
    const part = joinPart(state.place, next.part);
    const verdict = isDrawn({ pair }, ranking) ? { verdict: drawn } : {};
    return { contest: { ...next, part }, part, pair, ...verdict };
  };
}
