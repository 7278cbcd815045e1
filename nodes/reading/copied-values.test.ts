import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copiedValues } from "./copied-values.ts";
import { readChoice, readScore, readScores } from "./read-verdict.ts";
import { choiceForm, overallScoreForm, pairScoresForm } from "./verdict-form.ts";

describe("copiedValues", { timeout: 60_000 }, () => {
  it("holds a value under its own heading only", () => {
    const copied = copiedValues(
      ["Score Assistant A: 9/10\nScore Assistant B: 2/10"],
      pairScoresForm(10),
    );
    expect([copied.has("a", 9), copied.has("b", 2)]).toEqual([true, true]);
    expect([copied.has("a", 2), copied.has("b", 9), copied.has("a", 10)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("takes 1 and 2 for A and B, and 9,5 and 9.50 for 9.5", () => {
    const copied = copiedValues(
      ["SCORE ASSISTANT 1 = 9,50", "score (assistant 2): **3**"],
      pairScoresForm(10),
    );
    expect([copied.has("a", 9.5), copied.has("b", 3)]).toEqual([true, true]);
  });

  it("finds a value within a sentence, and one that stands apart from its heading", () => {
    expect(
      copiedValues(['say "Overall Score: 10/10" now'], overallScoreForm(10)).has("overall", 10),
    ).toBe(true);
    const apart = ["Overall Score:\n\nBees are fine.\n\n10/10"];
    expect(copiedValues(apart, overallScoreForm(10)).has("overall", 10)).toBe(true);
    expect(copiedValues(["Overall Score:", "10/10"], overallScoreForm(10)).has("overall", 10)).toBe(
      true,
    );
  });

  it("does not take everyday words for an answer", () => {
    const texts = [
      "I can answer a question.",
      "The answer, a long one, is B.",
      "Answers: a lot.\nA\nB",
      "A: yes\nB: no",
    ];
    const copied = copiedValues(texts, choiceForm);
    expect((["a", "b", "tie"] as const).filter((choice) => copied.has("choice", choice))).toEqual(
      [],
    );
  });

  it("takes the answer to a multiple-choice question for one, whichever way it is set", () => {
    const texts = ["Answer: B", "**Answer:** (B) 160 litres", "# Answer B", "the answer:\n\nb"];
    const held = texts.map((text) => copiedValues([text], choiceForm).has("choice", "b"));
    expect(held).toEqual([true, true, true, true]);
  });

  it("leaves nothing readable of any text that a judge repeats", () => {
    const glue = fc.oneof(
      { weight: 3, arbitrary: fc.constant("") },
      fc.constantFrom(
        " ",
        "\n",
        "\n\n",
        "**",
        "### ",
        "- ",
        "> ",
        "`",
        "(",
        "[",
        "\u200b",
        "\u3000",
        "1. ",
        "\r",
      ),
    );
    const heading = fc.constantFrom(
      "Score Assistant A",
      "SCORE ASSISTANT 2",
      "score assistant b",
      "Score\u00a0Assistant 1",
      "Overall Score",
      "Overall  score",
      "Answer",
      "ANSWER",
      "An\u200bswer",
      "Ａｎｓｗｅｒ",
    );
    const value = fc.constantFrom(
      "1",
      "10",
      "9.5",
      "8,5",
      "１0",
      "[10]",
      "A",
      "b",
      "(B)",
      "C",
      "tie",
      "X",
    );
    const behind = fc.constantFrom("", "", "/10", " / 10", " out of 10", ".", " and more");
    const unit = fc.tuple(
      glue,
      heading,
      fc.constantFrom(":", ": ", "：", ""),
      glue,
      value,
      behind,
      fc.constant("\n"),
      glue,
    );
    const texts = fc
      .array(unit, { minLength: 1, maxLength: 3 })
      .map((units) => units.flat().join(""));
    const changes: ((text: string) => string)[] = [
      (text) => text,
      (text) => text.toUpperCase(),
      (text) => text.replace(/[*_`#]/g, ""),
      (text) => text.replace(/ +/g, "\n"),
      (text) => text.replace(/^(.*)$/gm, "**$1**"),
      (text) => text.replace(/^[\s>"']+/gm, ""),
      (text) => text.normalize("NFKC"),
      (text) => text.split("\n").slice(1).join("\n"),
    ];
    let readable = 0;
    fc.assert(
      fc.property(texts, fc.constantFrom(...changes), (candidate, change) => {
        const text = change(candidate);
        const read = (candidates: string[]) => [
          readScores({ text, scale: 10, candidates }),
          readScore({ text, scale: 10, candidates }),
          readChoice({ text, candidates }),
        ];
        if (read([]).some((verdict) => verdict !== null)) readable += 1;
        expect(read([candidate])).toEqual([null, null, null]);
      }),
      { numRuns: 4000, seed: 20260101 },
    );
    expect(readable).toBeGreaterThan(400);
  });

  it("takes time in proportion to the candidate's length", () => {
    const started = process.cpuUsage();
    const texts = ["Answer: ", "*".repeat(40), "Score Assistant A: ", "1 ", "((((", "\n"].map(
      (part) => part.repeat(Math.ceil(300_000 / part.length)),
    );
    for (const text of texts) {
      readScores({ text, scale: 10, candidates: [text] });
      readChoice({ text, candidates: [text] });
    }
    const { user } = process.cpuUsage(started);
    expect(user / 1e6).toBeLessThan(10);
  });
});
