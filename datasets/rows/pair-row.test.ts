import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { toPairRow } from "./pair-row.ts";
import type { InputRecord } from "../read/read-records.ts";
import { readRecords } from "../read/read-records.ts";

function record(value: unknown): InputRecord {
  return { number: 4, place: "element 4", value };
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const pair = { prompt: "Hi", a: { text: "one" }, b: { text: "two" } };

function labelOf(value: Record<string, unknown>): unknown {
  const result = toPairRow(record({ ...pair, ...value }));
  return result.ok ? result.row.label : result;
}

describe("toPairRow", () => {
  it("reads a prompt, two responses and who wrote them", () => {
    const value = { id: 9, ...pair, a: { text: "", model: "m" }, topic: "x" };
    expect(toPairRow(record(value))).toEqual({
      ok: true,
      row: {
        number: 4,
        id: "9",
        messages: [user("Hi")],
        a: { text: "", model: "m" },
        b: { text: "two" },
        extra: { topic: "x" },
      },
    });
  });

  it("takes the last assistant message of a conversation for the response", () => {
    const messages = [user("Hi"), assistant("Yes?"), user("Why?"), assistant("Because.")];
    const value = { ...pair, a: { messages } };
    expect(toPairRow(record(value))).toMatchObject({ row: { a: { text: "Because.", messages } } });
  });

  it("takes the prompt from the conversations where the row has none of its own", () => {
    const prompt = [user("Hi"), assistant("Yes?"), user("Why?")];
    const a = { messages: [...prompt, assistant("One.")] };
    const b = { messages: [...prompt, assistant("Two.")] };
    expect(toPairRow(record({ a, b }))).toMatchObject({ row: { messages: prompt } });
    expect(toPairRow(record({ a, b: { text: "Two." } }))).toMatchObject({
      row: { messages: prompt },
    });
    expect(toPairRow(record({ a: { text: "One." }, b }))).toMatchObject({
      row: { messages: prompt },
    });
  });

  it("refuses conversations that disagree where the row has no prompt", () => {
    const a = { messages: [user("Hi"), assistant("One.")] };
    const b = { messages: [user("Ho"), assistant("Two.")] };
    expect(toPairRow(record({ a, b }))).toMatchObject({
      ok: false,
      detail: expect.stringContaining("element 4: expected a prompt, or the same conversation"),
    });
  });

  it.each<[Record<string, unknown>, string | undefined]>([
    [{}, undefined],
    [{ label: null, labels: null }, undefined],
    [{ labels: {} }, undefined],
    [{ label: "b" }, "b"],
    [{ label: "b", labels: { x: "a", y: "a" } }, "b"],
    [{ labels: { x: "a", y: "a", z: "b" } }, "a"],
    [{ labels: { x: "a", y: "b" } }, "tie"],
    [{ labels: { x: "a", y: "a", z: "b", w: "tie" } }, "tie"],
    [{ labels: { x: "tie", y: "tie", z: "b" } }, "tie"],
    [{ labels: { x: "b", y: null } }, "b"],
  ])("reads from %j the people's verdict %j", (labels, expected) => {
    expect(labelOf(labels)).toBe(expected);
  });

  it("keeps who said what", () => {
    expect(toPairRow(record({ ...pair, labels: { ann: "a", bob: null } }))).toMatchObject({
      row: { labels: { ann: "a" } },
    });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ a: undefined }, "a: expected text or an object with text or messages, found none"],
    [
      { a: undefined, b: undefined, chosen: "South." },
      "expected rejected beside chosen, found chosen alone",
    ],
    [
      { a: undefined, b: undefined, chosen: null, rejected: "North." },
      "expected chosen beside rejected, found rejected alone",
    ],
    [{ b: 2 }, "b: expected text or an object with text or messages, found a number"],
    [{ b: {} }, "b: expected text or messages, found neither"],
    [{ a: { text: 5 } }, "a.text: expected text, found a number"],
    [{ a: { text: "x", model: 5 } }, "a.model: expected text, found a number"],
    [{ a: { messages: [user("Hi")] } }, "a.messages: expected an assistant message, found none"],
    [{ prompt: undefined }, "expected prompt or messages, found neither"],
    [{ label: "A" }, 'label: expected "a", "b" or "tie", found "A"'],
    [{ label: 1 }, 'label: expected "a", "b" or "tie", found a number'],
    [{ labels: { ann: "none" } }, 'labels.ann: expected "a", "b" or "tie", found "none"'],
    [{ labels: ["a"] }, "labels: expected an object of labels by who gave them, found a list"],
  ])("refuses %j with the place and what was expected", (change, detail) => {
    expect(toPairRow(record({ ...pair, ...change }))).toMatchObject({
      ok: false,
      number: 4,
      id: "4",
      reason: "bad_input",
      detail: `element 4: ${detail}`,
    });
  });
});

const data =
  process.env["FELLOWSHIP_DATA"] ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));

describe.skipIf(!existsSync(data))(
  "the recorded pairs (skipped where they are not at hand)",
  () => {
    it.each([
      ["fair-eval/pairs.jsonl", 80],
      ["alpaca-eval/pairs.jsonl", 454],
    ])("of %s are %i good rows with a verdict", async (file, count) => {
      let good = 0;
      for await (const item of readRecords(`${data}/${file}`)) {
        const result = toPairRow(item);
        if (result.ok && result.row.label !== undefined) good += 1;
      }
      expect(good).toBe(count);
    });
  },
);
