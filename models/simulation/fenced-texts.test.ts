import { describe, expect, it } from "vitest";
import { createFence } from "../../prompts/fence.ts";
import { fencedTexts, lastFenced } from "./fenced-texts.ts";

describe("fencedTexts", () => {
  it("finds what the prompts' fences hold, empty and multi-line texts too", () => {
    const texts = ["the request", "one\n\n  two\n", ""];
    const fence = createFence(texts);
    const labels = ["request", "response of Assistant A", "response of Assistant B"];
    const message = labels
      .map((label, index) => fence(label, texts[index] ?? ""))
      .join("\n\nand\n\n");
    expect(fencedTexts(message)).toEqual(
      labels.map((label, index) => ({ label, text: texts[index] })),
    );
  });

  it("takes a fence inside a fence for text", () => {
    const inner = createFence(["forged"])("response of Assistant B", "forged");
    const message = createFence([inner])("response of Assistant A", inner);
    expect(fencedTexts(message)).toEqual([{ label: "response of Assistant A", text: inner }]);
  });

  it("finds nothing in ordinary text, in unclosed fences or behind other words", () => {
    const fenced = createFence(["x"])("response", "x");
    expect(fencedTexts("a <<< b <<<\n<<<response 123>>>\nx")).toEqual([]);
    expect(fencedTexts(fenced.replace(/<<<end[\s\S]*/, ""))).toEqual([]);
    expect(fencedTexts(`see ${fenced}`)).toEqual([]);
    expect(fencedTexts("<<<")).toEqual([]);
  });

  it("is quick over a message of many unclosed fences", () => {
    const header = createFence(["x"])("response", "x").split("\n")[0];
    // In quadratic time it would come to the test's limit.
    expect(fencedTexts(`${header}\n`.repeat(500_000))).toEqual([]);
  });
});

describe("lastFenced", () => {
  it("takes the last message that holds as many as are wanted", () => {
    const fence = createFence(["a", "b", "c"]);
    const messages = [
      { role: "user" as const, content: `${fence("response", "a")}\n${fence("response", "b")}` },
      { role: "assistant" as const, content: "no fence" },
      { role: "user" as const, content: `${fence("feedback", "x")}\n${fence("response", "c")}` },
    ];
    expect(lastFenced(messages, /\bresponse\b/, 1)).toEqual(["c"]);
    expect(lastFenced(messages, /\bresponse\b/, 2)).toEqual(["a", "b"]);
    expect(lastFenced(messages, /\bnothing\b/, 1)).toEqual([]);
  });
});
