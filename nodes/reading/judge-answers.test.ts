import { describe, expect, it } from "vitest";
import answers from "./fixtures/judge-answers.json" with { type: "json" };
import { readAnswer, type Strategy } from "./read-answer.ts";

/**
 * Answers in the styles of common model families, each with the verdict that a careful person reads
 * under the rules of contract section 7.
 */
type JudgeAnswer = {
  readonly style: string;
  readonly strategy: string;
  readonly text: string;
  readonly expected: unknown;
  /** The highest score; 10 where it is left out. */
  readonly scale?: number;
  /** The two responses that the judge was shown; none where they don't matter. */
  readonly candidates?: readonly string[];
};

const strategies = ["combined", "direct", "independent", "compare"] as const;
const unreadable = "unreadable";
const table: readonly JudgeAnswer[] = answers;

const outcomes = table.map((answer) => {
  const said = readText(answer);
  const isRight = JSON.stringify(said) === JSON.stringify(answer.expected);
  return { ...answer, said, isRight, isUnread: said === unreadable };
});

describe("answers in the styles of model families", () => {
  it("are at least 250, of 15 families and more", () => {
    expect(table.length).toBeGreaterThanOrEqual(250);
    expect(new Set(table.map(({ style }) => style)).size).toBeGreaterThanOrEqual(15);
  });

  it.each(strategies)("of the strategy %s are never read wrong", (strategy) => {
    const read = outcomes.filter((outcome) => outcome.strategy === strategy && !outcome.isUnread);
    expect(read.length).toBeGreaterThan(20);
    const wrong = read.filter(({ isRight }) => !isRight);
    expect(wrong.map(({ text, said, expected }) => ({ text, said, expected }))).toEqual([]);
  });

  it("are unreadable in no more than 15 % of those that a person can read", () => {
    const counts = Object.fromEntries(strategies.map((strategy) => [strategy, countsOf(strategy)]));
    console.table(counts);
    const readable = outcomes.filter(({ expected }) => expected !== unreadable);
    const lost = readable.filter(({ isUnread }) => isUnread);
    expect(lost.length / readable.length).toBeLessThanOrEqual(0.15);
  });
});

function readText({ strategy, text, scale = 10, candidates = [] }: JudgeAnswer): unknown {
  const [a, b] = candidates;
  const { winner, scores, score } = readAnswer({
    strategy: strategyNamed(strategy),
    swapped: false,
    text,
    scale: scaleOf(scale),
    shown: {
      a: a === undefined ? [] : [a],
      b: b === undefined ? [] : [b],
      others: [],
    },
  });
  return scores ?? winner ?? score ?? unreadable;
}

function countsOf(strategy: string) {
  const own = outcomes.filter((outcome) => outcome.strategy === strategy);
  const readable = own.filter(({ expected }) => expected !== unreadable);
  return {
    answers: own.length,
    readable: readable.length,
    right: own.filter(({ isRight }) => isRight).length,
    wrong: own.filter(({ isRight, isUnread }) => !isRight && !isUnread).length,
    unread: readable.filter(({ isUnread }) => isUnread).length,
  };
}

function strategyNamed(name: string): Strategy {
  const found = strategies.find((strategy) => strategy === name);
  if (found === undefined) throw new Error(`expected a strategy, got ${name}`);
  return found;
}

function scaleOf(scale: number): 5 | 10 | 100 {
  if (scale === 5 || scale === 10 || scale === 100) return scale;
  throw new Error(`expected the scale 5, 10 or 100, got ${scale}`);
}
