import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openJsonlWriter, toJsonLine } from "./jsonl-writer.ts";
import { parseJson } from "../read/parse-json.ts";

describe("toJsonLine", () => {
  it("writes one line, whatever ends a line elsewhere", () => {
    const text = "a\nb\rc\u0085d\u2028e\u2029f\u0000";
    const line = toJsonLine({ text });
    expect(line).toBe('{"text":"a\\nb\\rc\\u0085d\\u2028e\\u2029f\\u0000"}\n');
    expect(JSON.parse(line)).toEqual({ text });
  });

  it("gives back any text that the reader reads, lone surrogates too", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", "\ud83d", "\udc00"),
        (text, lone) => {
          const value = { text: text + lone };
          expect(parseJson(toJsonLine(value))).toEqual({ value });
        },
      ),
      { seed: 1 },
    );
  });

  it("throws for what is no JSON", () => {
    expect(() => toJsonLine(undefined)).toThrow("expected a JSON value, got undefined");
    expect(() => toJsonLine({ id: 1n })).toThrow(TypeError);
  });

  it("leaves a row that looks like a serialised object of a framework as it is", () => {
    const row = { lc: 1, type: "constructor", id: ["langchain_core", "messages", "AIMessage"] };
    expect(parseJson(toJsonLine(row))).toEqual({ value: row });
  });
});

describe("openJsonlWriter", () => {
  it("writes a line a value and counts them", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fellowship-jsonl-"));
    const path = join(directory, "lines.jsonl");
    const writer = await openJsonlWriter(path);
    for (let number = 1; number <= 3; number += 1) await writer.write({ number });
    expect(await writer.commit()).toMatchObject({ lines: 3, bytes: 39 });
    expect(await readFile(path, "utf8")).toBe('{"number":1}\n{"number":2}\n{"number":3}\n');
    await rm(directory, { recursive: true });
  });
});
