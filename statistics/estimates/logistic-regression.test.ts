import { describe, expect, it } from "vitest";
import fixture from "../fixtures/bias.json" with { type: "json" };
import { fitLogisticRegression, type LogisticFit } from "./logistic-regression.ts";

const rowsOf = (pairs: [x: number, win: number][]) => pairs.map(([x, win]) => ({ x, win }));

describe("fitLogisticRegression", () => {
  it.each(fixture.logistic)("agrees with statsmodels on random rows, model %#", (example) => {
    const differences = example.lengthDifferences;
    const mean = differences.reduce((sum, value) => sum + value) / differences.length;
    const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / (differences.length - 1));
    const winOf: Record<string, number> = { a: 1, b: 0, "=": 0.5 };
    const fit = fitLogisticRegression(
      differences.map((difference, row) => ({
        x: Math.tanh(difference / deviation),
        win: winOf[example.winners[row]!]!,
      })),
    ) as LogisticFit;
    expect(fit.intercept).toBeCloseTo(example.intercept, 9);
    expect(fit.slope).toBeCloseTo(example.slope, 9);
    expect(fit.interceptStandardError).toBeCloseTo(example.interceptStandardError, 9);
    expect(fit.slopeStandardError).toBeCloseTo(example.slopeStandardError, 9);
  });

  it("solves a table of two by two: log odds of each half", () => {
    const half = (x: number, wins: number, losses: number) => [
      ...Array.from({ length: wins }, () => ({ x, win: 1 })),
      ...Array.from({ length: losses }, () => ({ x, win: 0 })),
    ];
    const fit = fitLogisticRegression([...half(0, 3, 1), ...half(1, 1, 4)]) as LogisticFit;
    expect(fit.intercept).toBeCloseTo(Math.log(3), 10);
    expect(fit.slope).toBeCloseTo(Math.log(1 / 4) - Math.log(3), 10);
    expect(fit.interceptStandardError).toBeCloseTo(Math.sqrt(1 / 3 + 1), 10);
  });

  it.each([
    [
      "wins above, losses below",
      rowsOf([
        [1, 0],
        [2, 0],
        [3, 1],
        [4, 1],
      ]),
    ],
    [
      "wins and losses meet in one point",
      rowsOf([
        [1, 0],
        [2, 0],
        [2, 1],
        [3, 1],
      ]),
    ],
    [
      "wins below, losses above",
      rowsOf([
        [1, 1],
        [2, 0],
      ]),
    ],
    [
      "only wins",
      rowsOf([
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
    ],
    [
      "only losses",
      rowsOf([
        [1, 0],
        [2, 0],
      ]),
    ],
    [
      "a tie where wins and losses meet",
      rowsOf([
        [1, 0],
        [2, 0.5],
        [3, 1],
      ]),
    ],
  ])("finds no fit where x separates: %s", (_, rows) => {
    expect(fitLogisticRegression(rows)).toBe("separated");
  });

  it("finds no fit where x does not vary", () => {
    expect(
      fitLogisticRegression(
        rowsOf([
          [1, 0],
          [1, 1],
        ]),
      ),
    ).toBe("no_variation");
    expect(fitLogisticRegression([])).toBe("no_variation");
  });

  it("converges where data are nearly separated or far out", () => {
    const near = Array.from({ length: 200 }, (_, row) => ({
      x: row / 100 - 1,
      win: row < 100 ? 0 : 1,
    }));
    near[98]!.win = 1;
    near[101]!.win = 0;
    const fit = fitLogisticRegression(near) as LogisticFit;
    expect(Number.isFinite(fit.interceptStandardError)).toBe(true);
    const residual = near.reduce(
      (sum, { x, win }) => sum + win - 1 / (1 + Math.exp(-(fit.intercept + fit.slope * x))),
      0,
    );
    expect(residual).toBeCloseTo(0, 8);
  });
});
