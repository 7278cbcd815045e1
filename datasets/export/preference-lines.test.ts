import { describe, expect, it } from "vitest";
import { DpoLine, KtoLine, sameTexts, SftLine } from "./preference-lines.ts";

const prompt = [{ role: "user" as const, content: "Hi" }];
const says = (content: string) => [{ role: "assistant" as const, content }];
const source = { row: 1, round: 2, agent: "generator" };

describe("a DPO line", () => {
  const line = { id: "1", prompt, chosen: says("good"), rejected: says("bad"), source };

  it("may lack its scores", () => {
    expect(DpoLine.parse(line)).toEqual(line);
    const scored = { ...line, chosen_score: 9, rejected_score: 7.5, score_margin: 1.5 };
    expect(DpoLine.parse(scored)).toEqual(scored);
    expect(() => DpoLine.parse({ ...line, margin: 1.5 })).toThrow("margin");
  });

  it("never has the same text on both sides", () => {
    expect(() => DpoLine.parse({ ...line, rejected: says("good") })).toThrow("the same text");
    const lone = { chosen: says("half \ud83d"), rejected: says("half \ud83e") };
    expect(() => DpoLine.parse({ ...line, ...lone })).toThrow("the same text");
  });

  it("comes out in one order of fields", () => {
    const shuffled = { source, rejected: says("bad"), chosen: says("good"), prompt, id: "1" };
    expect(JSON.stringify(DpoLine.parse(shuffled))).toBe(JSON.stringify(line));
  });

  it("has no fields that its Parquet twin would lose", () => {
    expect(() => DpoLine.parse({ ...line, note: "x" })).toThrow("note");
    expect(() => DpoLine.parse({ ...line, source: { ...source, note: "x" } })).toThrow("note");
  });
});

describe("a KTO line and an SFT line", () => {
  it("are what the contract says", () => {
    const kto = { id: "1", prompt, completion: says("good"), label: true, source };
    expect(KtoLine.parse(kto)).toEqual(kto);
    expect(() => KtoLine.parse({ ...kto, label: "true" })).toThrow("label");
    const sft = { id: "1", messages: [...prompt, ...says("good")] };
    expect(SftLine.parse(sft)).toEqual(sft);
  });
});

describe("sameTexts", () => {
  it("compares the texts of all messages", () => {
    expect(sameTexts(says("a"), says("a"))).toBe(true);
    expect(sameTexts(says(""), says(" "))).toBe(true);
    expect(sameTexts(says("a"), says("b"))).toBe(false);
    expect(sameTexts(says("a"), [...says("a"), ...says("b")])).toBe(false);
  });
});
