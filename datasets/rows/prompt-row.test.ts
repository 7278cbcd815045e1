import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { InputRecord } from "../read/read-records.ts";
import { readRecords } from "../read/read-records.ts";
import { toPromptRow } from "./prompt-row.ts";

function record(value: unknown, number = 3): InputRecord {
  return { number, place: "line 17", value };
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const system = (content: string) => ({ role: "system", content });

describe("toPromptRow", () => {
  it("takes the prompt where messages begin with it, and its other spellings", () => {
    const messagesOf = (value: unknown) => {
      const result = toPromptRow(record(value));
      return result.ok ? result.row.messages : result;
    };
    const asked = [{ role: "user", content: "Hi" }];
    const answered = [...asked, { role: "assistant", content: "Ho" }];
    expect(messagesOf({ prompt: "Hi", messages: answered })).toEqual(asked);
    expect(messagesOf({ prompt: asked })).toEqual(asked);
    const parts = [
      { type: "text", text: "H" },
      { type: "text", text: "i" },
    ];
    const developer = { role: "developer", content: "Be brief." };
    expect(messagesOf({ messages: [developer, { role: "user", content: parts }] })).toEqual([
      { role: "system", content: "Be brief." },
      ...asked,
    ]);
  });

  it("makes a prompt a conversation of one user message, and keeps the other fields", () => {
    const input = { id: "x", prompt: "Hello", topic: { deep: [1] }, note: null };
    expect(toPromptRow(record(input))).toEqual({
      ok: true,
      row: {
        number: 3,
        id: "x",
        messages: [user("Hello")],
        extra: { topic: { deep: [1] }, note: null },
        input,
      },
    });
  });

  it.each([
    [undefined, "3"],
    [null, "3"],
    ["", "3"],
    [17, "17"],
    ["../../etc/passwd", "../../etc/passwd"],
  ])("takes the id %j for %j", (id, expected) => {
    expect(toPromptRow(record({ id, prompt: "Hello" }))).toMatchObject({ row: { id: expected } });
  });

  it.each([
    [[user("Hi")]],
    [[system("Be brief."), user("Hi")]],
    [[user("Hi"), assistant(""), user("More")]],
  ])("takes a conversation that ends with the user", (messages) => {
    expect(toPromptRow(record({ messages, prompt: null }))).toMatchObject({
      ok: true,
      row: { messages },
    });
  });

  it("leaves the other fields of a message out, and keeps them in the input", () => {
    const messages = [{ ...user("Hi"), name: "Ann" }];
    const result = toPromptRow(record({ messages }));
    expect(result).toMatchObject({ row: { messages: [user("Hi")], input: { messages } } });
    expect(JSON.stringify(result.ok && result.row.messages)).not.toContain("Ann");
  });

  it.each<[unknown, string]>([
    ["text", "expected an object, found a string"],
    [[], "expected an object, found an empty list"],
    [null, "expected an object, found null"],
    [{}, "expected prompt or messages, found neither"],
    [{ prompt: " \n\t" }, "prompt: expected a text, found a blank one"],
    [{ prompt: 5 }, "prompt: expected text, found a number"],
    [
      { prompt: "Hi", messages: [user("Ho")] },
      "expected prompt or messages, or messages that begin with the prompt, found both and different. Leave one of them out",
    ],
    [{ id: {}, prompt: "Hi" }, "id: expected text or a number, found an object"],
    [{ messages: [] }, "messages: expected a list of at least one message, found an empty list"],
    [{ messages: "Hi" }, "messages: expected a list of at least one message, found a string"],
    [{ messages: ["Hi"] }, "messages[0]: expected a message, found a string"],
    [
      { messages: [{ role: "tool", content: "x" }] },
      'messages[0].role: expected system, user, assistant, developer, found "tool"',
    ],
    [
      { messages: [{ role: "user", content: [] }] },
      "messages[0].content: expected text, found an empty list",
    ],
    [{ messages: [user(" ")] }, "messages[0].content: expected a text, found a blank one"],
    [{ messages: [system("Hi")] }, "messages: expected a user message at the end, found system"],
    [
      { messages: [user("Hi"), assistant("Yes")] },
      "messages: expected a user message at the end, found assistant",
    ],
  ])("refuses %j with the place and what was expected", (value, detail) => {
    expect(toPromptRow(record(value))).toMatchObject({
      ok: false,
      number: 3,
      reason: "bad_input",
      detail: `line 17: ${detail}`,
    });
  });

  it.each([
    [[user("a"), user("b")], "messages[1].role: expected assistant, found user"],
    [[assistant("a"), user("b")], "messages[0].role: expected user, found assistant"],
    [[user("a"), system("b"), user("c")], "messages[1].role: expected assistant, found system"],
    [[system("a"), system("b"), user("c")], "messages[1].role: expected user, found system"],
  ])("refuses a conversation out of turn and says what is allowed", (messages, detail) => {
    const result = toPromptRow(record({ id: "x", messages }));
    expect(result).toMatchObject({ ok: false, id: "x", detail: expect.stringContaining(detail) });
    expect(result).toMatchObject({ detail: expect.stringContaining("one system message") });
  });

  it("passes on a row that the reader could not have", () => {
    const broken: InputRecord = {
      number: 2,
      place: "line 9",
      problem: "row too large",
      reason: "row_too_large",
    };
    expect(toPromptRow(broken)).toEqual({
      ok: false,
      number: 2,
      id: "2",
      reason: "row_too_large",
      detail: "line 9: row too large",
    });
  });

  it("keeps a key __proto__ as data", () => {
    const value: unknown = JSON.parse('{"prompt":"Hi","__proto__":{"isAdmin":true}}');
    const result = toPromptRow(record(value));
    const extra = result.ok ? result.row.extra : {};
    expect(JSON.stringify(extra)).toBe('{"__proto__":{"isAdmin":true}}');
    expect(Object.getPrototypeOf(extra)).toBeNull();
  });
});

const data =
  process.env["FELLOWSHIP_DATA"] ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const prompts = `${data}/generation/prompts-499.jsonl`;

describe.skipIf(!existsSync(prompts))(
  "the recorded prompts (skipped where they are not at hand)",
  () => {
    it("are all good rows, as another reader of lines finds them", async () => {
      const expected: unknown[] = [];
      for await (const line of createInterface({ input: createReadStream(prompts, "utf8") })) {
        expected.push(JSON.parse(line));
      }
      const rows = [];
      for await (const item of readRecords(prompts)) rows.push(toPromptRow(item));
      expect(rows).toHaveLength(499);
      expect(rows.map((row) => row.ok && row.row.input)).toEqual(expected);
    });
  },
);
