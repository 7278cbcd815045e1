import { describe, expect, it } from "vitest";
import { wilsonInterval } from "../estimates/wilson.ts";
import { lengthBias } from "./length-bias.ts";

describe("lengthBias", () => {
  it("counts wins of the longer response over decided rows of unequal length", () => {
    const bias = lengthBias([
      { lengths: { a: 10, b: 5 }, winner: "a" },
      { lengths: { a: 5, b: 10 }, winner: "b" },
      { lengths: { a: 0, b: 10 }, winner: "a" },
      { lengths: { a: 7, b: 7 }, winner: "a" },
      { lengths: { a: 7, b: 9 }, winner: "tie" },
      { lengths: { a: 7, b: 9 }, winner: "none" },
    ]);
    expect(bias).toEqual({
      longer: wilsonInterval(2, 3),
      longerWins: 2,
      shorterWins: 1,
      equalLength: 1,
      ties: 1,
      none: 1,
    });
  });

  it("has no rate without a decided row of unequal length", () => {
    expect(lengthBias([{ lengths: { a: 4, b: 4 }, winner: "a" }]).longer).toBeNull();
  });
});
