import { describe, expect, it } from "vitest";
import { wilsonInterval } from "../estimates/wilson.ts";
import { flipRate } from "./flip-rate.ts";

describe("flipRate", () => {
  it("counts flips over the rows asked in both orders", () => {
    const verdicts = [{ flipped: true }, { flipped: false }, { flipped: false }, {}];
    expect(flipRate(verdicts)).toEqual({ rate: wilsonInterval(1, 3), flipped: 1, asked: 3 });
  });

  it("has no rate where one order was asked", () => {
    expect(flipRate([{}, {}])).toEqual({ rate: null, flipped: 0, asked: 0 });
  });
});
