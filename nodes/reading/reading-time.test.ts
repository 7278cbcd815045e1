import { describe, expect, it } from "vitest";
import { readReview } from "./read-review.ts";
import { readSuggestions } from "./read-suggestions.ts";
import {
  readChoice,
  readComparison,
  readScore,
  readScoreLine,
  readScores,
} from "./read-verdict.ts";

/** What a text may begin with, and what it may go on with until it is cut. */
const beginnings = ["", "Score Assistant A: 8/10", "### Answer:\n"];
const endless = [
  Array.from("! -/.#*_`>([='\"|,;0\t"),
  ["9", "1 ", "8/10 ", "a ", "A or ", "both ", "assistant a ", "out of ", "not ", "<a", "&#1"],
  ["\\n", "\n", "\n\n#", "- \n", "1. ", "answer: ", "<think>", "<think>\n", "</think>\n"],
  ["<plan>", "{\n", "}\n", "[[A]]", "\\boxed{", "score ", "final ", "<answer>", '"\n', "é"],
  ["score assistant a: 8/10\n", "overall score: 8/10\n", "Answer: A\n", "Feedback: x\n"],
].flat();
const shapes = beginnings.flatMap((beginning) => endless.map((fill) => ({ beginning, fill })));

const verdict = [
  "### Answer:\nA",
  "Score Assistant A: 8/10\nScore Assistant B: 7/10",
  "Overall Score: 3/10\nSay more.",
].join("\n");

type Read = (text: string, candidates: readonly string[]) => unknown;
const readers: Readonly<Record<string, Read>> = {
  readScores: (text, candidates) => readScores({ text, scale: 10, candidates }),
  readScore: (text, candidates) => readScore({ text, scale: 10, candidates }),
  readChoice: (text, candidates) => readChoice({ text, candidates }),
  readComparison: (text, candidates) => readComparison({ text, candidates }),
  readScoreLine: (text, candidates) => readScoreLine({ text, scale: 10, candidates }),
  readReview: (text, candidates) => readReview(text, { candidates }),
  readSuggestions: (text) => readSuggestions(text),
};

const long = 16_000;
/** Four times the text takes four times as long in linear time, and sixteen times in quadratic. */
const growthAtMost = 9;
/** Too little to tell a growth by; quadratic time takes far more over a long text. */
const negligibleMs = 60;

type Shape = (typeof shapes)[number];

/**
 * Processor time, which other processes don't add to. A mark makes each text a new one to caches.
 */
function processorMs(read: Read, { beginning, fill }: Shape, length: number, mark: string): number {
  const text = beginning + fill.repeat(Math.ceil(length / fill.length)) + mark;
  const start = process.cpuUsage();
  read(text, []);
  read(verdict, [text]);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** The least growth of several tries: a pause for collecting garbage makes one of them longer. */
function isLinear(read: Read, shape: Shape): boolean {
  if (processorMs(read, shape, long, "") < negligibleMs) return true;
  return Array.from({ length: 5 }, (_, at) => String(at)).some((mark) => {
    const short = processorMs(read, shape, long / 4, mark);
    const whole = processorMs(read, shape, long, mark);
    return whole < negligibleMs || whole < growthAtMost * short;
  });
}

describe("the time of reading", { timeout: 600_000 }, () => {
  it("is measured over at least 140 shapes of text", () => {
    expect(shapes.length).toBeGreaterThanOrEqual(140);
  });

  it.each(Object.entries(readers))("grows no faster than the text: %s", (_name, read) => {
    expect(shapes.filter((shape) => !isLinear(read, shape))).toEqual([]);
  });

  it("is told from a growth beyond the linear", () => {
    const cubic: Read = (text) => {
      let sum = 0;
      const steps = text.length ** 3 / 32_000;
      for (let step = 0; step < steps; step += 1) sum += text.charCodeAt(step % text.length);
      return sum;
    };
    expect(isLinear(cubic, { beginning: "", fill: "a" })).toBe(false);
  });
});
