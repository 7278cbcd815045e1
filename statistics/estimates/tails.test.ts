import { describe, expect, it } from "vitest";
import { binomialTail, studentTail, upperBound } from "./tails.ts";

// All values from scipy 1.17: t.sf, binom.cdf, beta.ppf.
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

describe("upperBound", () => {
  it.each([
    [0, 30, 0.1, 0.07388127187120652],
    [5, 50, 0.1, 0.17761812761737658],
    [12, 60, 0.05, 0.30380973001535294],
    [300, 1000, 0.1, 0.31935412163254184],
    [7, 7, 0.1, 1],
  ])("of %i in %i at %f is scipy's", (successes, trials, level, expected) => {
    expect(upperBound(successes, trials, level)).toBeCloseTo(expected, 11);
  });
});
