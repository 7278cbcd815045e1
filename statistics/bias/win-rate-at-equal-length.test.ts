import { describe, expect, it } from "vitest";
import fixture from "../fixtures/bias.json" with { type: "json" };
import { createRandom } from "../estimates/seeded-random.ts";
import type { MeasuredVerdict } from "./length-bias.ts";
import { winRateAtEqualLength } from "./win-rate-at-equal-length.ts";

const row = (difference: number, winner: MeasuredVerdict["winner"]): MeasuredVerdict => ({
  lengths: { a: 5000 + difference, b: 5000 },
  winner,
});

describe("winRateAtEqualLength", () => {
  it.each(fixture.logistic)("agrees with statsmodels on random rows, model %#", (example) => {
    const winnerOf = { a: "a", b: "b", "=": "tie" } as const;
    const rows = example.lengthDifferences.map((difference, index) =>
      row(difference, winnerOf[example.winners[index] as keyof typeof winnerOf]),
    );
    const { a, n } = winRateAtEqualLength(rows);
    expect(n).toBe(rows.length);
    expect(a.value).toBeCloseTo(example.atEqualLength.value, 9);
    expect(a.low).toBeCloseTo(example.atEqualLength.low, 9);
    expect(a.high).toBeCloseTo(example.atEqualLength.high, 9);
  });

  it("takes the advantage of length away from the side that writes more", () => {
    const random = createRandom("length");
    const rows = Array.from({ length: 2000 }, () => {
      const difference = Math.round(600 * random() - 150);
      // A judge that looks at length alone; 173 is the standard deviation of the differences.
      const chanceOfA = 1 / (1 + Math.exp(-3 * Math.tanh(difference / 173)));
      return row(difference, random() < chanceOfA ? "a" : "b");
    });
    const { a, uncontrolled } = winRateAtEqualLength(rows);
    expect(uncontrolled).toBeGreaterThan(0.7);
    expect(a.low).toBeLessThan(0.5);
    expect(a.high).toBeGreaterThan(0.5);
  });

  it("counts copies of a row as one, and changes nothing where each prompt has one row", () => {
    const random = createRandom("copies");
    const rows = Array.from({ length: 200 }, (_, cluster) => ({
      ...row(Math.round(600 * random() - 300), random() < 0.6 ? "a" : "b"),
      cluster,
    }));
    const once = winRateAtEqualLength(rows).a;
    const unnamed = rows.map(({ lengths, winner }) => ({ lengths, winner }));
    expect(winRateAtEqualLength(unnamed).a).toEqual(once);
    const copies = winRateAtEqualLength(rows.flatMap((one) => [one, one, one, one])).a;
    expect(copies.value).toBeCloseTo(once.value!, 2);
    expect((copies.high! - copies.low!) / (once.high! - once.low!)).toBeCloseTo(1, 1);
    const single = rows.map((one) => ({ ...one, cluster: "one" }));
    expect(winRateAtEqualLength(single).a).toMatchObject({ low: 0, high: 1 });
  });

  it("holds the truth in about 95 of 100 studies where the rows of a prompt are alike", () => {
    const random = createRandom("alike");
    const studies = 300;
    let holding = 0;
    for (let study = 0; study < studies; study++) {
      const rows = Array.from({ length: 40 }, (_, cluster) => {
        // The win rate is .5; one prompt favours a in all its rows, another b.
        const leaning = random() < 0.5 ? 0.85 : 0.15;
        return Array.from({ length: 6 }, () => ({
          ...row(Math.round(600 * random() - 300), random() < leaning ? "a" : "b"),
          cluster,
        }));
      });
      const { low, high } = winRateAtEqualLength(rows.flat()).a;
      if (low! <= 0.5 && 0.5 <= high!) holding += 1;
    }
    expect(holding / studies).toBeGreaterThan(0.92);
    expect(holding / studies).toBeLessThan(0.985);
  });

  it("leaves rows without a verdict out and counts them, and counts a tie as half a win", () => {
    const rows = Array.from({ length: 30 }, (_, index) =>
      row(index - 15, (["a", "b", "tie"] as const)[index % 3]!),
    );
    const rate = winRateAtEqualLength([...rows, row(9999, "none")]);
    expect(rate).toEqual({ ...winRateAtEqualLength(rows), none: 1 });
    expect(rate.uncontrolled).toBe(0.5);
  });

  it("says why there is no figure", () => {
    const many = (make: (index: number) => MeasuredVerdict) =>
      Array.from({ length: 40 }, (_, index) => make(index));
    const reasonOf = (rows: MeasuredVerdict[]) => winRateAtEqualLength(rows).a;
    expect(reasonOf([row(1, "a")])).toMatchObject({ value: null, reason: "too_few_rows" });
    expect(winRateAtEqualLength([]).uncontrolled).toBeNull();
    expect(reasonOf(many((index) => row(0, index % 2 ? "a" : "b")))).toMatchObject({
      value: null,
      reason: "no_variation",
    });
    expect(reasonOf(many((index) => row(index, "a")))).toMatchObject({ reason: "separated" });
    expect(reasonOf(many((index) => row(index, index < 20 ? "a" : "b")))).toMatchObject({
      reason: "separated",
    });
  });
});
