import { describe, expect, it } from "vitest";
import { wilsonInterval } from "../estimates/wilson.ts";
import { positionBias, type OrderedReading } from "./position-bias.ts";

describe("positionBias", () => {
  it("counts wins by place, not by response", () => {
    const readings: OrderedReading[] = [
      { shownFirst: "a", winner: "a" },
      { shownFirst: "b", winner: "b" },
      { shownFirst: "b", winner: "a" },
      { shownFirst: "a", winner: "tie" },
      { shownFirst: "b", winner: "none" },
    ];
    expect(positionBias(readings)).toEqual({
      first: wilsonInterval(2, 4),
      second: wilsonInterval(1, 4),
      counts: { first: 2, second: 1, tie: 1, none: 1 },
      shownFirst: { a: 2, b: 3 },
    });
  });

  it("has no rate without readings that gave a verdict", () => {
    const bias = positionBias([{ shownFirst: "a", winner: "none" }]);
    expect(bias).toMatchObject({ first: null, second: null, counts: { none: 1 } });
  });

  it("gives a judge of responses the same rate for both places", () => {
    const bothOrders = (["a", "b"] as const).map((shownFirst): OrderedReading => {
      return { shownFirst, winner: "a" };
    });
    const bias = positionBias(bothOrders);
    expect(bias.first).toEqual(bias.second);
  });
});
