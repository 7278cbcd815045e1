import { describe, expect, it } from "vitest";
import { agreesWithPeople } from "./agrees-with-people.ts";

describe("agreesWithPeople", () => {
  it.each([
    ["a", "a", true, "people: a, evaluator: a"],
    ["tie", "a", false, "people: tie, evaluator: a"],
    ["b", "none", false, "people: b, evaluator: no verdict"],
  ])("holds %s against %s", (label, winner, score, comment) => {
    expect(agreesWithPeople({ outputs: { winner }, referenceOutputs: { label } })).toEqual({
      key: "agrees_with_people",
      score,
      comment,
    });
  });

  it("says what it misses", () => {
    expect(() => agreesWithPeople({ outputs: { verdict: "a" }, referenceOutputs: {} })).toThrow(
      "Expected a text in outputs.winner; the fields there are: verdict.",
    );
    expect(() => agreesWithPeople({ outputs: { winner: "a" } })).toThrow(
      "Expected a text in referenceOutputs.label; the fields there are: none.",
    );
  });
});
