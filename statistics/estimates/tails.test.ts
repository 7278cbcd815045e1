import { describe, expect, it } from "vitest";
import { binomialTail, hypergeometricTail, studentTail } from "./tails.ts";

// All values from scipy 1.17: t.sf, binom.cdf, hypergeom.cdf.
describe("studentTail", () => {
  it.each([
    [0, 3, 0.5],
    [1.5, 4.5, 0.10010954282807676],
    [-2.2, 10, 0.9737794657753234],
    [3.7, 99, 0.00017718181530567903],
    [12, 2, 0.00343646683857923],
    [0.3, 1000.5, 0.38211973650636627],
  ])("above %f with %f degrees of freedom is scipy's", (t, df, expected) => {
    expect(studentTail(t, df) / expected).toBeCloseTo(1, 10);
  });
});

describe("binomialTail", () => {
  it.each([
    [0, 5, 0.1, 0.59049],
    [3, 20, 0.3, 0.10708680450373087],
    [17, 100, 0.2, 0.2711889648878891],
    [250, 1000, 0.3, 0.0002598030365289303],
    [9, 10, 0.5, 0.9990234375],
    [40, 45, 0.99, 8.756132262246303e-5],
    [10, 10, 0.3, 1],
    [-1, 10, 0.3, 0],
  ])("of %i successes or fewer of %i is scipy's", (successes, trials, p, expected) => {
    expect(binomialTail(successes, trials, p)).toBeCloseTo(expected, 12);
  });
});

describe("hypergeometricTail", () => {
  it.each([
    [3, 20, 10, 100, 0.8904281490407234],
    [12, 60, 66, 217, 0.026848321285696933],
    [0, 5, 2, 10, 0.22222222222222224],
    [9, 10, 45, 50, 0.6894372179954313],
    [30, 100, 90000, 300000, 0.54912794136095],
    [5, 5, 7, 9, 1.0],
  ])(
    "of %i marked or fewer among %i drawn, %i marked of %i, is scipy's",
    (seen, drawn, marked, population, expected) => {
      expect(hypergeometricTail(seen, { drawn, marked, population })).toBeCloseTo(expected, 8);
    },
  );
});
