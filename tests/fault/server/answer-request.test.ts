import { describe, expect, it } from "vitest";
import { answerQuestion, faultOf, readQuestion } from "./answer-request.ts";
import { defaultSettings, type FaultRule } from "./server-settings.ts";

const chat = (content: string) =>
  readQuestion(
    "/v1/chat/completions",
    JSON.stringify({ model: "m", max_tokens: 50, messages: [{ role: "user", content }] }),
  );
const questions = Array.from({ length: 1_000 }, (_, index) => ({
  key: `key-${index}`,
  model: index % 2 === 0 ? "even" : "odd",
  row: index,
  form: "text" as const,
}));
const count = (faults: readonly FaultRule[], attempt: number, seed = 1) =>
  questions.filter((question) => faultOf(question, attempt, { seed, faults }) !== null).length;

describe("a request to the fault server", () => {
  it("is read in both languages", () => {
    const gemini = readQuestion(
      "/v1beta/models/gemini-x:generateContent",
      JSON.stringify({
        systemInstruction: { parts: [{ text: "Be brief." }] },
        contents: [{ role: "user", parts: [{ text: "Why #row-7#?" }] }],
        generationConfig: { maxOutputTokens: 50 },
      }),
    );
    expect(gemini).toMatchObject({ model: "gemini-x", row: 7, longestAnswer: 50, form: "text" });
    expect(chat("Why #row-7#?")).toMatchObject({ model: "m", row: 7, longestAnswer: 50 });
    expect(readQuestion("/v1/models", "{}")).toBeNull();
    expect(readQuestion("/v1/chat/completions", "no JSON")).toBeNull();
  });

  it("is the same request where path and body are the same, and no other", () => {
    expect(chat("One")?.key).toBe(chat("One")?.key);
    expect(chat("One")?.key).not.toBe(chat("Two")?.key);
  });

  it("is answered the same way every time it meets the same fault", () => {
    const question = chat("One");
    if (question === null) throw new Error("expected a question");
    const first = answerQuestion(question, 1, null, defaultSettings);
    expect(first).toMatchObject({ faultId: null, generated: true });
    expect(answerQuestion(question, 2, null, defaultSettings).reply).toEqual(first.reply);
    const refused = answerQuestion(question, 1, { fault: "http-500" }, defaultSettings);
    expect(refused).toMatchObject({ faultId: "http-500", generated: false, usage: null });
    const uncounted = answerQuestion(question, 1, null, { ...defaultSettings, tellsUsage: false });
    expect(uncounted.usage).toEqual(first.usage);
    expect(uncounted.reply.body).toMatchObject({ usage: null });
  });
});

describe("faults", () => {
  it("befall the share of requests that their rules say, others at another attempt or seed", () => {
    const rules: FaultRule[] = [
      { fault: "http-500", share: 0.2 },
      { fault: "http-503", share: 0.1 },
    ];
    expect(count(rules, 1)).toBeGreaterThan(250);
    expect(count(rules, 1)).toBeLessThan(350);
    const met = (attempt: number, seed: number) =>
      questions.map((question) => faultOf(question, attempt, { seed, faults: rules })?.fault);
    expect(met(1, 1)).toEqual(met(1, 1));
    expect(met(1, 1)).not.toEqual(met(2, 1));
    expect(met(1, 1)).not.toEqual(met(1, 2));
  });

  it("keep to the attempts, rows and models that they are about", () => {
    expect(count([{ fault: "http-500", attempts: [1] }], 1)).toBe(1_000);
    expect(count([{ fault: "http-500", attempts: [1] }], 2)).toBe(0);
    expect(count([{ fault: "http-500", rows: [3, 4] }], 1)).toBe(2);
    expect(count([{ fault: "http-500", model: "odd" }], 1)).toBe(500);
    expect(count([{ fault: "http-500", form: "scores" }], 1)).toBe(0);
  });
});
