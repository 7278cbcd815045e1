import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Message } from "../../state/message.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { evolvedFileName, evolvedRecord } from "./evolved-file.ts";
import { parseJson } from "../read/parse-json.ts";

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });
const system = (content: string): Message => ({ role: "system", content });

function recordOf(text: string): Record<string, unknown> {
  const read = parseJson(text);
  if ("problem" in read) throw new Error(read.problem);
  return read.value as Record<string, unknown>;
}

describe("evolvedFileName", () => {
  it.each([
    ["data.json", ' \n[{"a": 1}]', "evolved.json"],
    ["data.json.gz", "[]", "evolved.json"],
    ["data.json", '{"a": 1}\n{"a": 2}\n', "evolved.jsonl"],
    ["data.jsonl", "[1]\n", "evolved.jsonl"],
    ["data.jsonl.gz", '{"a": 1}\n', "evolved.jsonl"],
    ["data.csv", "instruction,output\nx,y\n", "evolved.jsonl"],
  ])(
    "tells by the content of %s that it becomes an array or lines",
    async (name, text, expected) => {
      const path = join(temporaryDirectory(), name);
      writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
      expect(await evolvedFileName(path)).toBe(expected);
    },
  );
});

describe("evolvedRecord", () => {
  it("writes answers back where a system text and a history are fields of their own", () => {
    const alpaca = { instruction: "b", output: "B", history: [["a", "A"]], system: "Be kind." };
    const conversation = [
      system("Be kind."),
      user("a"),
      assistant("A!"),
      user("b"),
      assistant("B!"),
    ];
    expect(evolvedRecord(alpaca, "alpaca", conversation)).toEqual({
      ...alpaca,
      output: "B!",
      history: [["a", "A!"]],
    });
    const shared = {
      system: "Be kind.",
      conversations: [
        { from: "human", value: "a" },
        { from: "gpt", value: "A" },
      ],
    };
    const improved = evolvedRecord(shared, "sharegpt", conversation.slice(0, 3));
    expect(improved).toEqual({
      system: "Be kind.",
      conversations: [shared.conversations[0], { from: "gpt", value: "A!" }],
    });
  });

  it("replaces the output of an Alpaca row, and keeps the order of its keys", () => {
    const record = recordOf(
      '{"output":"4","id":1.5,"instruction":"2 + 2?","big":9007199254740993}',
    );
    const evolved = evolvedRecord(record, "alpaca", [user("2 + 2?"), assistant("It is 4.")]);
    expect(JSON.stringify(evolved)).toBe(
      '{"output":"It is 4.","id":1.5,"instruction":"2 + 2?","big":"9007199254740993"}',
    );
  });

  it("replaces the answers of a ShareGPT row only where they changed", () => {
    const conversations = [
      { from: "system", value: "Be brief." },
      { value: "Hi", from: "human" },
      { value: "Hello", from: "gpt", weight: 1 },
      { from: "human", value: "More" },
      { from: "gpt", value: "No" },
    ];
    const evolved = evolvedRecord({ id: "x", conversations, tags: ["a"] }, "sharegpt", [
      system("Be brief."),
      user("Hi"),
      assistant("Hello!"),
      user("More"),
      assistant("No"),
    ]);
    expect(evolved).toEqual({
      id: "x",
      conversations: conversations.with(2, { value: "Hello!", from: "gpt", weight: 1 }),
      tags: ["a"],
    });
  });

  it("replaces answers in messages, and never what the user said", () => {
    const messages = [
      { role: "user", content: "Hi", name: "Ann" },
      { role: "assistant", content: "Hello" },
    ];
    const evolved = evolvedRecord({ messages }, "messages", [user("Bye"), assistant("Hello!")]);
    expect(evolved).toEqual({
      messages: [messages[0], { role: "assistant", content: "Hello!" }],
    });
  });

  it("keeps a key that names the prototype as data", () => {
    const record = recordOf('{"instruction":"x","output":"y","__proto__":{"z":1}}');
    const evolved = evolvedRecord(record, "alpaca", [user("x"), assistant("w")]);
    expect(JSON.stringify(evolved)).toBe('{"instruction":"x","output":"w","__proto__":{"z":1}}');
  });

  it("writes no half characters into an answer, and leaves those that were given", () => {
    const record = { instruction: "x\ud83d", output: "y" };
    const evolved = evolvedRecord(record, "alpaca", [user("x\ud83d"), assistant("z\ud83d")]);
    expect(evolved).toEqual({ instruction: "x\ud83d", output: "z\ufffd" });
  });
});
