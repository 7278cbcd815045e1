import { describe, expect, it } from "vitest";
import type { Winner } from "../state/verdict.ts";
import { compareRuns, type ComparedRow } from "./compare-runs.ts";
import { createRandom } from "./estimates/seeded-random.ts";

/** Rows of one pair of runs, each over a prompt of its own. */
const rowsOf = (a: number, b: number, winners: readonly Winner[]): ComparedRow[] =>
  winners.map((winner, index) => ({ prompt: `p${index}`, a, b, winner }));

const times = (winner: Winner, count: number) => Array.from({ length: count }, () => winner);

describe("compareRuns", () => {
  it("counts a tie for neither side, and leaves rows without a verdict out", () => {
    const winners = [...times("a", 6), ...times("b", 2), ...times("tie", 2), ...times("none", 3)];
    const { runs, differences } = compareRuns(rowsOf(0, 1, winners), 2);
    expect(runs[0]).toMatchObject({ wins: 6, losses: 2, ties: 2, none: 3 });
    expect(runs[1]).toMatchObject({ wins: 2, losses: 6, ties: 2, none: 3 });
    expect(runs[0]?.winRate?.value).toBe(0.6);
    expect(differences[0]).toMatchObject({ n: 10, wins: { a: 6, b: 2, tie: 2, none: 3 } });
    expect(differences[0]?.difference?.value).toBeCloseTo(0.4, 12);
  });

  it("takes ten rows of one prompt for little more than one", () => {
    const winners: Winner[] = [...times("a", 40), ...times("b", 20)];
    const apart = compareRuns(rowsOf(0, 1, winners), 2).differences[0];
    const together = compareRuns(
      winners.map((winner, index) => ({ prompt: Math.floor(index / 10), a: 0, b: 1, winner })),
      2,
    ).differences[0];
    expect(apart?.better).toBe("a");
    expect(together?.better).toBe("neither");
  });

  it("recovers a planted order, with strengths for more than two", () => {
    const random = createRandom("planted");
    const skill = [0, 1, -1];
    const rows = Array.from({ length: 150 }, (_, prompt) =>
      [
        [0, 1],
        [0, 2],
        [1, 2],
      ].map(([a = 0, b = 0]): ComparedRow => {
        const chance = 1 / (1 + Math.exp(skill[b]! - skill[a]!));
        return { prompt, a, b, winner: random() < chance ? "a" : "b" };
      }),
    ).flat();
    const { runs, differences } = compareRuns(rows, 3);
    expect(differences.map(({ better }) => better)).toEqual(["b", "a", "a"]);
    for (const [run, { strength }] of runs.entries()) {
      expect(strength?.low).toBeLessThanOrEqual(skill[run]!);
      expect(strength?.high).toBeGreaterThanOrEqual(skill[run]!);
    }
  });

  it("has no strength where a run never lost, and says so", () => {
    const rows = [
      ...rowsOf(0, 1, times("a", 8)),
      ...rowsOf(0, 2, times("a", 8)),
      ...rowsOf(1, 2, [...times("a", 4), ...times("b", 4)]),
    ];
    expect(compareRuns(rows, 3).runs[0]?.strength).toMatchObject({
      value: null,
      reason: "separated",
    });
  });

  it("calls equals different beyond noise no more often than its level of 5 % promises", () => {
    const random = createRandom("equals");
    const draw = (): Winner => {
      const drawn = random();
      if (drawn < 0.4) return "a";
      return drawn < 0.8 ? "b" : "tie";
    };
    const sets = 80;
    const wrong = Array.from({ length: sets }, () =>
      rowsOf(
        0,
        1,
        Array.from({ length: 40 }, () => draw()),
      ),
    ).filter((rows) => compareRuns(rows, 2).differences[0]?.better !== "neither").length;
    // At a right level of 5 % more than 9 of 80 come once in a hundred seeds, and this is one seed.
    expect(wrong).toBeLessThanOrEqual(6);
  });
});
