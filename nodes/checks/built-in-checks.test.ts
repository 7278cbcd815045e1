import { eld } from "eld/small";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInChecks } from "./built-in-checks.ts";
import type { CheckResponse } from "./check.ts";
import { countWords } from "./count-words.ts";
import { schemaProblem } from "./json-validator.ts";
import { languages } from "./languages.ts";
import { patternProblem } from "./linear-pattern.ts";

const context = { row: { number: 1, id: "1" }, prompt: [], reference: null };
const passing = (check: CheckResponse, text: string, reference: string | null = null) =>
  check(text, { ...context, reference });

const { matches, doesNotMatch, contains, avoids, json, wordsAtMost, wordsAtLeast } = builtInChecks;
const { charactersAtMost, charactersAtLeast, language, equals } = builtInChecks;

describe.each<[string, CheckResponse, string[], string[]]>([
  ["matches", matches("^Dear"), ["Dear all,\nhello"], ["Oh Dear", "dear", "x\nDear", ""]],
  ["matches, with flags", matches("(?im)^dear .+$"), ["x\nDEAR Ann"], ["dear"]],
  ["matches, in any script", matches("^\\p{L}+$"), ["Größe", "天気"], ["a b", "1"]],
  ["doesNotMatch", doesNotMatch("\\d{3}"), ["12", ""], ["a1234"]],
  ["contains", contains("cat"), ["A CAT.", "(cat)", "cat"], ["concatenate", "cats", ""]],
  [
    "contains, all of them",
    contains(["green tea", "Straße"]),
    ["GREEN\n tea, STRASSE? straße"],
    ["green tea"],
  ],
  ["contains, without spaces", contains("天気"), ["今日の天気は"], ["天の気"]],
  ["contains, signs", contains("C++"), ["I like C++, yes", "C++20"], ["C+", "xC++"]],
  ["avoids", avoids(["sorry", "as an AI"]), ["", "sorrys"], ["Sorry!", "As an ai, I"]],
  ["json", json(true), ['{"a": 1}', " [1]\n", "42", '"x"'], ["", "{", "x", "```json\n{}\n```"]],
  [
    "json, with a schema",
    json({
      type: "object",
      required: ["name"],
      properties: { name: { type: "string", pattern: "^(a+)+$" } },
      additionalProperties: false,
    }),
    ['{"name": "aa"}'],
    ['{"name": 1}', "{}", '{"name": "a", "other": 1}', '{"name": "b"}', "[]", "name"],
  ],
  ["wordsAtMost", wordsAtMost(3), ["", "one two three", "well-known - don't go"], ["a b c d"]],
  ["wordsAtLeast", wordsAtLeast(2), ["one two", "今日は天気"], ["one", "- one -", ""]],
  ["charactersAtMost", charactersAtMost(2), ["🙂🙂", "ab", ""], ["abc"]],
  ["charactersAtLeast", charactersAtLeast(2), ["ab", "🙂🙂"], ["🙂"]],
  [
    "language",
    language("de"),
    ["Guten Tag, wie geht es Ihnen heute?"],
    ["Good morning, how are you today?", "Buenos días, ¿cómo está usted?", "42", ""],
  ],
])("%s", (_, check, good, bad) => {
  it.each(good)("passes %j", async (text) => {
    expect(await passing(check, text)).toEqual({ share: 1 });
  });
  it.each(bad)("does not pass %j", async (text) => {
    expect(await passing(check, text)).toEqual({ share: 0 });
  });
});

describe("equals: reference", () => {
  it("compares up to white space at the ends", async () => {
    expect(await passing(equals("reference"), " 42\n", "42")).toEqual({ share: 1 });
    expect(await passing(equals("reference"), "42!", "42")).toEqual({ share: 0 });
    expect(await passing(equals("reference"), "", "")).toEqual({ share: 1 });
  });

  it("can't tell without a reference", async () => {
    expect(await passing(equals("reference"), "42")).toMatchObject({
      failure: { reason: "bad_input" },
    });
  });
});

describe("a hostile text", () => {
  // Backtracking takes more steps than a lifetime has for these; the test would never end.
  it.each(["^(a+)+$", "^(a|aa)+$", "(.*)*x", "(?:a?){100}a{100}$", "(x+x+)+y"])(
    "does not make %s slow",
    async (pattern) => {
      const text = `${"a".repeat(20_000)}!`;
      expect(await passing(matches(pattern), text)).toEqual({ share: 0 });
      expect(await passing(json({ pattern }), JSON.stringify(text))).toEqual({ share: 0 });
    },
  );

  it("may be nested deeper than the stack goes", async () => {
    const text = "[".repeat(200_000) + "]".repeat(200_000);
    const check = json({
      $ref: "#/definitions/list",
      definitions: { list: { items: { $ref: "#/definitions/list" } } },
    });
    expect(await passing(check, text)).toEqual({ share: 0 });
  });

  it("of any kind is checked without an error", async () => {
    const checks = [contains("a"), json(true), wordsAtMost(5), language("en"), matches("a.b")];
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        for (const check of checks)
          expect([0, 1]).toContain(((await check(text, context)) as { share: number }).share);
      }),
    );
  });
});

describe("what can't be checked for is refused", () => {
  it.each(["(?=a)", "(a)\\1", "(?<!a)b", "(", "a{2000}"])("as a pattern: %s", (source) => {
    expect(patternProblem(source)).toMatch(/^expected a regular expression in RE2's syntax/);
  });
  it.each([
    { type: "no-type" },
    { $ref: "https://example.com/other.json" },
    { $async: true },
    { properties: { a: { pattern: "(?=a)" } } },
  ])("as a schema: %j", (schema) => {
    expect(schemaProblem(schema)).toMatch(/^expected true or a JSON Schema/);
  });
  it("not what can be", () => {
    expect(patternProblem("^a$")).toBeNull();
    expect(schemaProblem({})).toBeNull();
  });
});

it("counts as many words however they are spaced", () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const space = fc.constantFrom(" ", "\n", "\t ", " — ", "\u00a0");
  fc.assert(
    fc.property(fc.array(word), space, (words, between) => {
      expect(countWords(words.join(between))).toBe(words.length);
    }),
  );
});

it("knows the languages that its library tells apart", () => {
  const known = Object.values(eld.info().Languages);
  expect([...languages]).toEqual(known.toSorted());
});
