import { describe, expect, it } from "vitest";
import { toInstructionRow } from "./instruction-row.ts";
import type { InputRecord } from "../read/read-records.ts";

function record(value: unknown): InputRecord {
  return { number: 3, place: "element 3", value };
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const system = (content: string) => ({ role: "system", content });
const human = (value: string) => ({ from: "human", value });
const gpt = (value: string) => ({ from: "gpt", value });

function conversationOf(value: unknown) {
  const read = toInstructionRow(record(value));
  return read.ok ? read.row.conversation : read.detail;
}

describe("toInstructionRow", () => {
  it("shows Alpaca's history and system, and a system text beside ShareGPT's conversations", () => {
    const conversationOf = (value: unknown) => {
      const result = toInstructionRow({ number: 1, place: "line 1", value });
      return result.ok ? result.row.conversation : result.detail;
    };
    const alpaca = {
      instruction: "And its legs?",
      output: "Eight.",
      history: [["What is it?", "A spider."]],
      system: "For children.",
    };
    expect(conversationOf(alpaca)).toEqual([
      { role: "system", content: "For children." },
      { role: "user", content: "What is it?" },
      { role: "assistant", content: "A spider." },
      { role: "user", content: "And its legs?" },
      { role: "assistant", content: "Eight." },
    ]);
    expect(conversationOf({ ...alpaca, history: [["What is it?"]] })).toContain("history[0]");
    expect(conversationOf({ ...alpaca, history: [], system: " " })).toHaveLength(2);
    const shared = [
      { from: "human", value: "A fruit." },
      { from: "gpt", value: "Pomme." },
    ];
    expect(conversationOf({ system: "French only.", conversations: shared })).toEqual([
      { role: "system", content: "French only." },
      { role: "user", content: "A fruit." },
      { role: "assistant", content: "Pomme." },
    ]);
    const twice = [{ from: "system", value: "German." }, ...shared];
    expect(conversationOf({ system: "French.", conversations: twice })).toContain("found both");
  });

  it("reads an Alpaca row as one exchange, and keeps the row as it was given", () => {
    const value = { output: "4", source: { deep: [1] }, instruction: "2 + 2?", input: "", id: 7 };
    expect(toInstructionRow(record(value))).toEqual({
      ok: true,
      row: {
        number: 3,
        id: "7",
        shape: "alpaca",
        conversation: [user("2 + 2?"), assistant("4")],
        record: value,
      },
    });
  });

  it("puts an Alpaca input after its instruction, as a paragraph of its own", () => {
    const value = { instruction: "Translate.", input: "Guten Tag", output: "Hello" };
    expect(conversationOf(value)).toEqual([user("Translate.\n\nGuten Tag"), assistant("Hello")]);
  });

  it.each([undefined, null, "", " \n"])("takes the input %j for none", (input) => {
    const value = { instruction: "Hi", input, output: "Hello" };
    expect(conversationOf(value)).toEqual([user("Hi"), assistant("Hello")]);
  });

  it("reads a ShareGPT row, whose speakers go by several names", () => {
    const conversations = [
      { from: "system", value: "Be brief." },
      human("Hi"),
      gpt("Hello"),
      { from: "user", value: "More" },
      { from: "assistant", value: "Much more", weight: 1 },
    ];
    expect(toInstructionRow(record({ conversations }))).toMatchObject({
      ok: true,
      row: {
        id: "3",
        shape: "sharegpt",
        conversation: [
          system("Be brief."),
          user("Hi"),
          assistant("Hello"),
          user("More"),
          assistant("Much more"),
        ],
        record: { conversations },
      },
    });
  });

  it("reads messages, and leaves what else a message holds in the record only", () => {
    const messages = [{ ...user("Hi"), name: "Ann" }, assistant("Hello")];
    expect(toInstructionRow(record({ messages, conversations: null }))).toMatchObject({
      ok: true,
      row: { shape: "messages", conversation: [user("Hi"), assistant("Hello")] },
    });
  });

  it.each<[string, unknown, string]>([
    [
      "an odd length",
      { conversations: [human("Hi"), gpt("Hello"), human("More")] },
      "conversations: expected a gpt message at the end, found human",
    ],
    [
      "the assistant first",
      { conversations: [gpt("Hello"), human("Hi")] },
      "conversations[0].from: expected human, found gpt. After one system message at most, " +
        "human and gpt take turns, human first, gpt last",
    ],
    [
      "two questions in a row",
      { conversations: [{ from: "system", value: "" }, human("Hi"), human("Hi?"), gpt("Hello")] },
      "conversations[2].from: expected gpt, found human",
    ],
    [
      "a system message in the middle",
      { messages: [user("Hi"), system("Be brief."), user("Hi"), assistant("Hello")] },
      "messages[1].role: expected assistant, found system",
    ],
    [
      "an unknown role",
      { conversations: [human("Hi"), { from: "constructor", value: "Hello" }] },
      'conversations[1].from: expected human, gpt, system, user, assistant, found "constructor"',
    ],
    [
      "a message that is none",
      { conversations: [human("Hi"), "Hello"] },
      "conversations[1]: expected a message, found a string",
    ],
    [
      "a message without text",
      { conversations: [human("Hi"), { from: "gpt", text: "Hello" }] },
      "conversations[1].value: expected text, found none",
    ],
    [
      "a blank question",
      { conversations: [human("Hi"), gpt("Hello"), human(" "), gpt("Yes?")] },
      "conversations[2].value: expected a text, found a blank one",
    ],
    [
      "a blank answer",
      { messages: [user("Hi"), assistant("")] },
      "messages[1].content: expected a text, found a blank one",
    ],
    [
      "a system message alone",
      { messages: [system("Hi")] },
      "messages: expected an assistant message at the end, found system",
    ],
    [
      "no message",
      { conversations: [] },
      "conversations: expected a list of at least one message, found an empty list",
    ],
    [
      "a blank instruction",
      { instruction: "\n", input: "x", output: "y" },
      "instruction: expected a text, found a blank one",
    ],
    ["no instruction", { output: "y" }, "instruction: expected text, found none"],
    [
      "a blank output",
      { instruction: "x", output: "" },
      "output: expected a text, found a blank one",
    ],
    ["no output", { instruction: "x", output: null }, "output: expected text, found null"],
    [
      "an input that is no text",
      { instruction: "x", input: ["y"], output: "z" },
      "input: expected text, found a list",
    ],
    [
      "none of the shapes",
      { prompt: "x", completion: "y" },
      "expected instruction, conversations or messages, found none of them",
    ],
    [
      "a conversation under another name",
      { id: "1", conversation: [human("x"), gpt("y")] },
      'expected instruction, conversations or messages, found none of them. Is "conversation" the conversation? --map conversations=conversation reads it',
    ],
    [
      "two shapes at once",
      { instruction: "x", output: "y", conversations: [human("x"), gpt("y")] },
      "expected one of instruction, conversations and messages, found instruction and conversations",
    ],
    ["no object", ["x"], "expected an object, found a list"],
    [
      "an id that is none",
      { id: {}, instruction: "x", output: "y" },
      "id: expected text or a number",
    ],
  ])("refuses %s with place and reason", (_, value, problem) => {
    const read = toInstructionRow(record(value));
    expect(read).toMatchObject({ ok: false, number: 3, reason: "bad_input" });
    expect(read.ok ? "" : read.detail).toContain(`element 3: ${problem}`);
  });

  it("hands on why a row could not be read at all", () => {
    const broken = { number: 2, place: "line 2", problem: "expected JSON", reason: "bad_input" };
    expect(toInstructionRow(broken as InputRecord)).toMatchObject({
      ok: false,
      id: "2",
      detail: "line 2: expected JSON",
    });
  });
});
