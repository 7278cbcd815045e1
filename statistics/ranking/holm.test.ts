import { expect, it } from "vitest";
import { holmAdjusted } from "./holm.ts";

it("gives statsmodels' multipletests(method='holm') of the same p-values, in their order", () => {
  const adjusted = holmAdjusted([0.01, 0.04, null, 0.03, 0.005]);
  const expected = [0.03, 0.06, null, 0.06, 0.02];
  expect(adjusted.map((p) => (p === null ? p : Number(p.toFixed(12))))).toEqual(expected);
});

it("leaves a single p-value as it is, and none above 1", () => {
  expect(holmAdjusted([0.04])).toEqual([0.04]);
  expect(holmAdjusted([0.9, 0.8])).toEqual([1, 1]);
});
