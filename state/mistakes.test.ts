import { describe, expect, it } from "vitest";
import { FellowshipError } from "./fellowship-error.ts";
import { createMistakes, mistakesIn } from "./mistakes.ts";

function wrong(message: string, facts: Record<string, unknown> = {}): FellowshipError {
  return new FellowshipError("bad_usage", message, { facts });
}

function messageOf(mistakes: ReturnType<typeof createMistakes>, ending?: string): string {
  try {
    mistakes.throwIfAny(ending);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("mistakes", () => {
  it("are thrown together, each once, and a single one as it is", () => {
    const mistakes = createMistakes();
    mistakes.throwIfAny();
    const first = wrong("one", { key: "a" });
    mistakes.attempt(() => {
      throw first;
    });
    expect(() => mistakes.throwIfAny()).toThrow(first);
    expect(messageOf(mistakes, "Usage: x")).toBe("one\nUsage: x");
    mistakes.add(wrong("two"), wrong("one"));
    expect(messageOf(mistakes)).toBe("2 mistakes:\n  one\n  two");
  });

  it("of a list are taken one by one into another", async () => {
    const [inner, outer] = [createMistakes(), createMistakes()];
    inner.add(wrong("one"), wrong("two"));
    await outer.attemptLater(async () => inner.throwIfAny());
    outer.add(wrong("two"), wrong("three"));
    expect(outer.found.map(({ message }) => message)).toEqual(["one", "two", "three"]);
    expect(outer.found.flatMap(mistakesIn)).toHaveLength(3);
  });

  it("are listed up to a number that a screen holds", () => {
    const mistakes = createMistakes();
    for (let number = 1; number <= 25; number += 1) mistakes.add(wrong(`mistake ${number}`));
    expect(messageOf(mistakes)).toMatch(
      /^25 mistakes:\n {2}mistake 1\n[^]*mistake 20\n {2}and 5 more$/,
    );
  });

  it("let every other error through, and return what a check found", () => {
    const mistakes = createMistakes();
    expect(mistakes.attempt(() => 1)).toBe(1);
    const bug = new TypeError("a bug");
    expect(() =>
      mistakes.attempt(() => {
        throw bug;
      }),
    ).toThrow(bug);
  });
});
