import { describe, expect, it } from "vitest";
import { createRandom } from "../estimates/seeded-random.ts";
import { driftPValue, levelOfCheck, type DriftVote, type JudgedThrice } from "./judge-drift.ts";

const vote = (a: number, b: number): DriftVote[] => [
  { name: "judge ", winner: a > b ? "a" : a < b ? "b" : "tie", scores: { a, b } },
];

describe("driftPValue", () => {
  it("is 1 where all three readings are alike", () => {
    const same = { first: vote(8, 4), again: vote(8, 4), later: vote(8, 4) };
    expect(driftPValue(Array.from({ length: 30 }, () => same))).toBe(1);
    expect(driftPValue([])).toBe(1);
  });

  it("is one third for each pair that only the later reading decides otherwise", () => {
    const other = { first: vote(8, 4), again: vote(8, 4), later: vote(3, 7) };
    expect(driftPValue([other])).toBeCloseTo(1 / 3, 1);
    expect(driftPValue([other, other])).toBeCloseTo(1 / 9, 1);
    expect(driftPValue(Array.from({ length: 8 }, () => other))).toBeLessThan(0.001);
  });

  it("sees no drift where the judge contradicts itself as much", () => {
    const restless = { first: vote(8, 4), again: vote(3, 7), later: vote(8, 4) };
    expect(driftPValue(Array.from({ length: 30 }, () => restless))).toBeGreaterThan(0.5);
  });

  it("compares choices without scores, and votes that are missing", () => {
    const choice = (winner: "a" | "b"): DriftVote[] => [{ name: "judge ", winner, scores: null }];
    const turned = { first: choice("a"), again: choice("a"), later: choice("b") };
    expect(driftPValue(Array.from({ length: 10 }, () => turned))).toBeLessThan(0.001);
    const gone = { first: choice("a"), again: choice("a"), later: [] };
    expect(driftPValue(Array.from({ length: 10 }, () => gone))).toBeLessThan(0.001);
  });

  it("holds its level for a judge with noise of its own, and finds another judge", () => {
    const random = createRandom("noise");
    const noisy = (a: number, b: number) => vote(a + Math.floor(3 * random()), b);
    const run = (shift: number): JudgedThrice[] =>
      Array.from({ length: 50 }, (_, row) => {
        const [a, b] = [row % 5, (row * 3) % 7];
        const moved = row % 2 === 0 ? shift : 0;
        return { first: noisy(a, b), again: noisy(a, b), later: noisy(a + moved, b) };
      });
    const runs = Array.from({ length: 100 });
    const share = (shift: number, level: number) =>
      runs.filter((_, index) => driftPValue(run(shift), `${shift} ${index}`) < level).length;
    expect(share(0, 0.05)).toBeLessThan(14);
    expect(share(4, levelOfCheck(1))).toBeGreaterThan(90);
  }, 60_000);
});

it("spends at most 1 % on all checks of a run", () => {
  const spent = Array.from({ length: 10_000 }, (_, index) => levelOfCheck(index + 1));
  expect(spent.reduce((sum, level) => sum + level, 0)).toBeLessThan(0.01);
});
