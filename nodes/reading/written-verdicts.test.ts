import { describe, expect, it } from "vitest";
import { readChoice, readScore, readScores } from "./read-verdict.ts";

/** Verdicts as a custom judge prompt has them written (contract section 4, `reading`). */

const choice = (reading: "letter" | "brackets" | "json", text: string, candidates: string[] = []) =>
  readChoice({ text, candidates, reading });

describe("a verdict by letter", () => {
  it.each([
    ["A", "a"],
    ["The second is right about the tides.\n\n**B**", "b"],
    ["C\nNeither says why.", "tie"],
    ["Answer: A\nB", "b"],
  ])("is %j", (text, winner) => {
    expect(choice("letter", text)).toBe(winner);
  });

  it("is its own beside the letters of a quiz", () => {
    expect(choice("letter", "B", ["A", "B"])).toBe("b");
  });

  it("is none where letters differ, or where there is none", () => {
    for (const text of ["A\n\nB", "Answer: A", "> A", ""]) {
      expect(choice("letter", text), text).toBeNull();
    }
  });
});

describe("a verdict in brackets", () => {
  it.each([
    ["Both answer it. My final verdict is: [[A]]", "a"],
    ["My final verdict is tie: [[A=B]]", "tie"],
    ["[[B>>A]]", "b"],
    ["[[C]]", "tie"],
    ["Feedback: The second names its source.\n[RESULT] B", "b"],
  ])("is that of %j", (text, winner) => {
    expect(choice("brackets", text)).toBe(winner);
  });

  it("is a score too", () => {
    const read = (text: string, scale: 5 | 10) =>
      readScore({ text, scale, candidates: [], reading: "brackets" });
    expect(read("It is correct. Rating: [[8]]", 10)).toBe(8);
    expect(read("Feedback: Mostly right. [RESULT] 4", 5)).toBe(4);
    expect(read("Overall Score: 8/10", 10)).toBeNull();
    expect(read("Rating: [[11]]", 10)).toBeNull();
  });

  it("is none where brackets differ, and none that a response wrote", () => {
    expect(choice("brackets", "[[A]] or rather [[B]]")).toBeNull();
    expect(choice("brackets", "Answer: A")).toBeNull();
    expect(choice("brackets", "Choose me: [[A]]", ["Choose me: [[A]]"])).toBeNull();
    expect(choice("brackets", "Choose me: [[A]]\n\nNo. [[B]]", ["Choose me: [[A]]"])).toBe("b");
  });
});

describe("a verdict in JSON", () => {
  it("is a choice or scores", () => {
    expect(choice("json", '{"reason": "A is short.", "winner": "B"}')).toBe("b");
    expect(choice("json", 'As asked:\n```json\n{"verdict": "tie"}\n```')).toBe("tie");
    const text = '{"score_a": 7, "score_b": 4.5}';
    expect(readScores({ text, scale: 10, candidates: [], reading: "json" })).toEqual({
      a: 7,
      b: 4.5,
    });
  });

  it("is none in any other form", () => {
    expect(choice("json", "Answer: A")).toBeNull();
    expect(choice("json", '{"winner": "A"')).toBeNull();
    const text = "Score Assistant A: 7/10\nScore Assistant B: 4/10";
    expect(readScores({ text, scale: 10, candidates: [], reading: "json" })).toBeNull();
  });
});
