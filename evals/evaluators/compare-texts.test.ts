import { describe, expect, it } from "vitest";
import { compareTexts, type Compare } from "./compare-texts.ts";

/** Prefers the longer text, and notes what it was asked. */
function createLongest() {
  const asked: Parameters<Compare>[0][] = [];
  const compare: Compare = async (question) => {
    asked.push(question);
    const { a, b } = question;
    return { winner: a.length === b.length ? "tie" : a.length > b.length ? "a" : "b" };
  };
  return { asked, compare };
}

describe("compareTexts", () => {
  it("tells which is preferred, on whichever side it was shown", async () => {
    const { asked, compare } = createLongest();
    for (let row = 0; row < 200; row += 1) {
      const texts = { first: `short ${row}`, second: `a longer one ${row}` };
      expect(await compareTexts(compare, "Why?", texts)).toBe("second");
      const swapped = { first: texts.second, second: texts.first };
      expect(await compareTexts(compare, "Why?", swapped)).toBe("first");
    }
    const firstIsA = asked.filter(({ a }) => a.startsWith("short")).length;
    expect(firstIsA).toBeGreaterThan(150);
    expect(firstIsA).toBeLessThan(250);
  });

  it("shows the same texts on the same sides each time", async () => {
    const { asked, compare } = createLongest();
    const texts = { first: "one", second: "another" };
    await compareTexts(compare, "Why?", texts);
    await compareTexts(compare, "Why?", texts);
    expect(asked[1]).toEqual(asked[0]);
  });

  it("takes two equal texts for a tie without a call", async () => {
    const { asked, compare } = createLongest();
    expect(await compareTexts(compare, "Why?", { first: "x", second: "x" })).toBe("tie");
    expect(asked).toEqual([]);
  });

  it.each([
    ["a text", "Why?"],
    ["a prompt", { prompt: "Why?" }],
    ["a conversation under prompt", { prompt: [{ role: "user", content: "Why?" }] }],
    ["a conversation under messages", { messages: [{ role: "user", content: "Why?" }] }],
  ])("takes the prompt from %s", async (_, inputs) => {
    const { asked, compare } = createLongest();
    await compareTexts(compare, inputs, { first: "one", second: "other one" });
    expect(asked[0]?.prompt).toEqual([{ role: "user", content: "Why?" }]);
  });

  it.each([
    ["nothing", undefined],
    ["another field", { question: "Why?" }],
    ["no messages", { messages: [] }],
    ["what are no messages", { messages: [{ role: "robot", content: "Why?" }] }],
  ])("refuses %s for a prompt", async (_, inputs) => {
    const { compare } = createLongest();
    const asked = compareTexts(compare, inputs, { first: "one", second: "other" });
    await expect(asked).rejects.toThrow("Expected inputs.prompt, a text, or inputs.messages");
  });

  it("fails where no verdict could be had, with the reason", async () => {
    const failure = { reason: "timed_out", detail: "no answer in time" };
    const texts = { first: "one", second: "other" };
    const failing: Compare = async () => ({ winner: "none", failure });
    await expect(compareTexts(failing, "Why?", texts)).rejects.toThrow("no answer in time");
    const unreadable: Compare = async () => ({ winner: "none" });
    await expect(compareTexts(unreadable, "Why?", texts)).rejects.toThrow("No verdict");
  });
});
