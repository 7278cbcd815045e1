import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GeneratorState } from "../../state/generation/generator-state.ts";
import type { Verdict } from "../../state/verdict.ts";
import { nextContest } from "./challenge.ts";
import { createChoose } from "./choose.ts";

type State = typeof GeneratorState.State;
type Winner = Verdict["winner"];

/**
 * Holds all contests among responses of the rounds given, with the verdicts given in their order.
 */
function hold(rounds: readonly number[], verdicts: readonly Winner[]) {
  const choose = createChoose();
  let state = {
    responses: rounds.map((round, index) => ({ round, text: `text ${index}` })),
    comparisons: [],
    best: 0,
  } as unknown as State;
  for (let held = 0; ; held += 1) {
    const contest = nextContest(state);
    if (contest === null) return { best: state.best, comparisons: state.comparisons };
    const winner = verdicts[held % verdicts.length] ?? "tie";
    const verdict: Verdict = { winner, scores: null, votes: [] };
    const { comparisons = [], best = state.best } = choose({
      ...state,
      contest,
      verdict,
    }) as Partial<State>;
    state = { ...state, best, comparisons: [...state.comparisons, ...comparisons] };
  }
}

const winners = fc.array(fc.constantFrom<Winner>("a", "b", "tie", "none"), {
  minLength: 1,
  maxLength: 12,
});

describe("the contests of a loop", () => {
  it("hold each response once against the best before it, the sides in turn", () => {
    fc.assert(
      fc.property(winners, (verdicts) => {
        const rounds = Array.from({ length: verdicts.length + 1 }, (_, index) => index + 1);
        const { best, comparisons } = hold(rounds, verdicts);
        // The rule of the contract, said once more: the first response is the incumbent.
        let incumbent = 0;
        for (const [index, verdict] of verdicts.entries()) {
          const challenger = index + 1;
          const [a, b] = challenger % 2 === 1 ? [incumbent, challenger] : [challenger, incumbent];
          const won = verdict === "a" ? a : verdict === "b" ? b : null;
          expect(comparisons[index]).toMatchObject({
            round: challenger + 1,
            part: `round-${challenger + 1}`,
            incumbent,
            challenger,
            incumbentIs: a === incumbent ? "a" : "b",
            won,
          });
          if (won !== null) incumbent = won;
          else if (verdict === "tie") incumbent = challenger;
        }
        expect(comparisons).toHaveLength(verdicts.length);
        expect(best).toBe(incumbent);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it("among branches end, whatever the verdicts, with every response in at least one of them", () => {
    const branching = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(branching, winners, (widths, verdicts) => {
        const rounds = [
          1,
          ...widths.flatMap((width, index) => Array<number>(width).fill(index + 2)),
        ];
        const { best, comparisons } = hold(rounds, verdicts);
        expect(comparisons).toHaveLength(rounds.length - 1);
        const seen = comparisons.flatMap(({ incumbent, challenger }) => [incumbent, challenger]);
        expect(new Set(seen).size).toBe(rounds.length);
        expect(new Set(comparisons.map(({ part }) => part)).size).toBe(comparisons.length);
        expect(best).toBeLessThan(rounds.length);
        for (const { round, siblings, incumbent, challenger } of comparisons) {
          expect(rounds[challenger]).toBe(round);
          expect(rounds[incumbent] === round).toBe(siblings);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
