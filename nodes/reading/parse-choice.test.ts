import { describe, expect, it } from "vitest";
import { parseChoice } from "./parse-choice.ts";

describe("parseChoice", () => {
  it.each([
    ["A", "a"],
    ["b", "b"],
    ["C", "tie"],
    ["A.", "a"],
    ["[B]", "b"],
    ["[[A]]", "a"],
    ["(C)", "tie"],
    ["C (tie)", "tie"],
    ["Tie", "tie"],
    ["Assistant B", "b"],
    ["response A", "a"],
    ["B - it names its sources", "b"],
    ["A because it names its sources", "a"],
    ["A. Assistant A is better.", "a"],
    ["Assistant A is better.", "a"],
    ["Assistant B's response is clearly the better one", "b"],
    ["A>>B", "a"],
    ["B < A", "a"],
    ["A=B", "tie"],
    ["Both are equal", "tie"],
    ["Neither", "tie"],
  ])("reads %j", (text, choice) => {
    expect(parseChoice(text)).toBe(choice);
  });

  it.each([
    "",
    "X",
    "A | B | C",
    "A/B/C",
    "A, B or C",
    "[A, B, or C]",
    "A or B",
    "A - B",
    "A better answer is B",
    "A's response",
    "Both",
    "D",
    "AB",
    "Ties the room together",
    "Assistant C",
    "Assistant A is not better",
    "A. But Assistant B is better",
    "A>A",
    "{A}",
  ])("reads no choice from %j", (text) => {
    expect(parseChoice(text)).toBeNull();
  });
});
