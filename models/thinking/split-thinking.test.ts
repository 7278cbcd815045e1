import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitThinking } from "./split-thinking.ts";

const pairs: [name: string, open: string, close: string][] = [
  ["DeepSeek, Qwen", "<think>", "</think>"],
  ["upper case", "<THINK>", "</THINK>"],
  ["a prompt's tag", "<thinking>", "</thinking>"],
  ["with an attribute", '<think type="deep">', "</think>"],
  ["closed by a near name", "<think>", "</thinking>"],
  ["reasoning", "<reasoning>", "</reasoning>"],
  ["scratchpad", "<scratchpad>", "</scratchpad>"],
  ["Seed-OSS", "<seed:think>", "</seed:think>"],
  ["Magistral", "[THINK]", "[/THINK]"],
  ["Kimi", "◁think▷", "◁/think▷"],
  ["OpenThinker", "<|begin_of_thought|>", "<|end_of_thought|>"],
  ["Command A", "<|START_THINKING|>", "<|END_THINKING|>"],
  ["Apertus", "<|inner_prefix|>", "<|inner_suffix|>"],
  ["MedGemma", "<unused94>thought\n", "<unused95>"],
  [
    "gpt-oss",
    "<|channel|>analysis<|message|>",
    "<|end|><|start|>assistant<|channel|>final<|message|>",
  ],
];

describe("splitThinking", () => {
  it.each(pairs)("parts thinking from answer: %s", (_name, open, close) => {
    const whole = { thinking: "a thought", answer: "Paris.", marks: "closed" };
    expect(splitThinking(`${open}a thought${close}Paris.`)).toEqual(whole);
    expect(splitThinking(`\n${open}\na thought\n${close}\n\nParis.`)).toEqual(whole);
  });

  it.each(pairs)("leaves no answer of thinking that never ends: %s", (_name, open) => {
    expect(splitThinking(`${open}a thought. Paris?`)).toEqual({
      thinking: "a thought. Paris?",
      answer: "",
      marks: "unclosed",
    });
  });

  it("joins several blocks, and keeps an answer of nothing empty", () => {
    expect(splitThinking("<think>one</think>\n<think>two</think>Paris.")).toEqual({
      thinking: "one\n\ntwo",
      answer: "Paris.",
      marks: "closed",
    });
    expect(splitThinking("<think>one</think>\n")).toMatchObject({ answer: "", marks: "closed" });
  });

  it("says so where only the end of the thinking is marked", () => {
    for (const between of ["</think>", "</think>\n\n", "\n</think>\n"]) {
      expect(splitThinking(`They ask for a city.${between}Paris.`)).toEqual({
        thinking: "They ask for a city.",
        answer: "Paris.",
        marks: "end-only",
      });
    }
  });

  it("leaves a text alone that speaks of the marks", () => {
    const texts = [
      "Paris.",
      "",
      "Write `</think>` to end it.\nThen answer.",
      "```\n<think>\n</think>\n```\nis the form.",
      "The tag <think> opens it and </think> closes it.",
      "I think, therefore I am. <b>Bold</b>",
      "It ends in </think>",
    ];
    for (const text of texts) {
      expect(splitThinking(text)).toEqual({ thinking: "", answer: text, marks: "none" });
    }
  });

  it("keeps what stands in the answer behind the thinking", () => {
    expect(splitThinking("<think>a</think>Use <think> and </think>.").answer).toBe(
      "Use <think> and </think>.",
    );
  });

  it("takes the final channel for the answer, and none for no answer", () => {
    const tool = "<|channel|>commentary to=functions.x <|constrain|>json<|message|>{}<|call|>";
    const final = "<|start|>assistant<|channel|>final<|message|>Paris.<|return|>";
    expect(splitThinking(tool + final)).toEqual({
      thinking: "{}",
      answer: "Paris.",
      marks: "closed",
    });
    expect(splitThinking(tool)).toMatchObject({ answer: "", marks: "unclosed" });
  });

  it("never adds or changes a word", () => {
    const piece = fc.constantFrom(
      ...pairs.flatMap(([, open, close]) => [open, close]),
      "a word ",
      "`",
      "\n",
      "```\n",
      "<",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const { thinking, answer, marks } = splitThinking(text);
        expect(text).toContain(answer);
        if (marks === "none") expect([thinking, answer]).toEqual(["", text]);
        if (marks === "unclosed") expect(answer).toBe("");
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});
