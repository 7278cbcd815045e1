import { describe, expect, it } from "vitest";
import { findReadings } from "./find-readings.ts";
import { choiceForm, overallScoreForm, pairScoresForm } from "./verdict-form.ts";

const overall = (text: string) =>
  findReadings(text, overallScoreForm(10)).map(({ value }) => value);
const choices = (text: string) => findReadings(text, choiceForm).map(({ value }) => value);

describe("findReadings", () => {
  it.each([
    "Overall Score: 8/10",
    "### Overall Score:\n8/10",
    "### Overall Score:\n\n\n  8/10  ",
    "**Overall Score:** 8/10",
    "**Overall Score: 8/10**",
    "**Overall score**: **8**/10",
    "## OVERALL SCORE\n8",
    "- Overall Score: [8/10]",
    "3. **Overall Score:** `8 / 10`",
    "Overall Score:\r\n---\r\n**8/10**",
    "```\nOverall Score: 8/10\n```",
    "Overall Score：８／１０",
  ])("finds the value of %j", (text) => {
    expect(overall(text)).toEqual([8]);
  });

  it("finds a heading over something that can't be read, and says so", () => {
    expect(overall("### Overall Score:\nX/10")).toEqual([null]);
    expect(overall("### Overall Score:\nAnswer 1: 8/10")).toEqual([null]);
    expect(overall("Overall Score:")).toEqual([null]);
    expect(overall("### Overall Score:\n> 8/10")).toEqual([null]);
  });

  it("finds nothing in the middle of a line or in a quotation", () => {
    expect(overall("I'd put the Overall Score: 8/10")).toEqual([]);
    expect(overall("> Overall Score: 8/10")).toEqual([]);
  });

  it("finds members of a JSON object, the last of a text", () => {
    expect(overall('{"Overall Score": 8}')).toEqual([8]);
    expect(overall('It is fine.\n```json\n{\n  "overall_score": "8/10"\n}\n```')).toEqual([8]);
    expect(overall('{"overall_score": 8')).toEqual([]);
    expect(choices('{"winner": "B", "reason": "It is right."}')).toEqual(["b"]);
    expect(
      findReadings('{"scores": {"A": 8, "B": "6/10"}}', pairScoresForm(10)).map((r) => r.value),
    ).toEqual([8, 6]);
  });

  it("finds values in double brackets and boxes anywhere on a line", () => {
    expect(choices("So my verdict is [[A>>B]].")).toEqual(["a"]);
    expect(choices("Therefore \\boxed{B}.")).toEqual(["b"]);
    expect(overall("I rate it [[8]].")).toEqual([8]);
  });

  it("finds two scores on one line, and in another language", () => {
    const both = (text: string) => findReadings(text, pairScoresForm(10)).map((r) => r.value);
    expect(both("Score Assistant A: 8/10, Score Assistant B: 6/10")).toEqual([8, 6]);
    expect(both("Score for Assistant A (out of 10): 8\nScore for Assistant B = 6")).toEqual([8, 6]);
    expect(both("助手A得分：8分\n助手B得分：6分")).toEqual([8, 6]);
    expect(both("### Punktzahl Assistent A:\n8/10\n### Punktzahl Assistent B:\n6/10")).toEqual([
      8, 6,
    ]);
  });

  it("needs a colon, or marks and a line of its own, to take an everyday word for a heading", () => {
    expect(choices("Answer: B")).toEqual(["b"]);
    expect(choices("### Answer\nB")).toEqual(["b"]);
    expect(choices("**Answer**\nB")).toEqual(["b"]);
    expect(choices("Answer\nB")).toEqual([]);
    expect(choices("Answer B")).toEqual([]);
    expect(choices("Answers: B")).toEqual([]);
  });

  it("tells which side a heading names, and which lines heading and value take", () => {
    const text =
      "### Score Assistant 1: 8/10\n\n### Score Assistant B:\n\n7/10\n### Score Assistant C: 9/10";
    expect(findReadings(text, pairScoresForm(10))).toEqual([
      { slot: "a", value: 8, firstLine: 0, lastLine: 0 },
      { slot: "b", value: 7, firstLine: 2, lastLine: 4 },
    ]);
  });
});
