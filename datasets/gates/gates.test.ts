import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Candidate, PairEvidence } from "./gate.ts";
import { openGates } from "./gates.ts";
import { createSimilarTexts } from "./similar-texts.ts";

const pair = (responses: [string, string?], evidence?: PairEvidence): Candidate => ({
  row: 1,
  prompt: [{ role: "user", content: "Why is the sky blue?" }],
  responses,
  evidence,
});

/** Whether a gate lets candidates pass, one after the other, in one file. */
async function passes(gate: string, ...candidates: Candidate[]): Promise<boolean[]> {
  const [open] = await openGates([gate]);
  const check = open!.start();
  return candidates.map((candidate) => check(candidate) === undefined);
}

describe("gates of pairs", () => {
  it("margin keeps pairs whose scores differ by enough, and drops those without scores", async () => {
    const of = (chosen: number, rejected: number) =>
      pair(["a", "b"], { scores: [chosen, rejected] });
    const candidates = [of(8, 7), of(8, 7.5), of(6, 7), of(0.3, 0.2), pair(["a", "b"])];
    expect(await passes("margin=1", ...candidates)).toEqual([true, false, false, false, false]);
    expect(await passes("margin=0.1", of(0.3, 0.2))).toEqual([true]);
  });

  it("agreement keeps pairs that enough votes are for", async () => {
    const of = (agreement?: number) => pair(["a", "b"], { agreement });
    expect(await passes("agreement=0.75", of(1), of(0.75), of(0.66), of())).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("consistent keeps verdicts that were the same in both orders", async () => {
    const of = (flipped?: boolean) => pair(["a", "b"], { flipped });
    expect(await passes("consistent", of(false), of(true), of())).toEqual([true, false, false]);
  });

  it("length-ratio drops pairs of very different lengths", async () => {
    const of = (short: number, long: number) => pair(["x".repeat(long), "x".repeat(short)]);
    expect(await passes("length-ratio=2", of(10, 20), of(20, 10), of(9, 20), of(0, 1))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("let single responses pass", async () => {
    for (const gate of ["margin=1", "agreement=1", "consistent", "length-ratio=1"]) {
      expect(await passes(gate, pair(["a"]))).toEqual([true]);
    }
  });
});

describe("refusals", () => {
  it.each([
    "I can't help with that.",
    "I’m sorry, but I cannot assist with this request.",
    "Sorry, I can't provide that information.",
    "I apologize, but as an AI language model, I cannot create such content.",
    "As an AI language model I am unable to provide medical advice.",
    "I'm unable to help with that request.",
    "I must respectfully decline.",
    "Unfortunately, I am not able to assist with that.",
    "Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.",
    "Je suis désolé, mais je ne peux pas vous aider.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "抱歉,我无法回答这个问题。",
    "申し訳ありませんが、お答えできません。",
  ])("drops %s", async (text) => {
    expect(await passes("refusals", pair([text, "A real answer."]))).toEqual([false]);
    expect(await passes("refusals", pair([text]))).toEqual([false]);
  });

  it.each([
    "The sky is blue because of scattering.",
    "I can help with that. First, open the window.",
    "Here is a polite refusal: \"I'm sorry, but I can't make it.\"",
    "I'm sorry to hear that. Here is what you can do.",
    "I cannot recommend this book enough: it is wonderful.",
    "Sorry for the delay! The answer is 4.",
    "I can't believe how simple it is: add the two numbers.",
    "Es tut mir leid, das zu hören. Versuchen Sie Folgendes.",
  ])("keeps %s", async (text) => {
    expect(await passes("refusals", pair([text]))).toEqual([true]);
  });

  it("keeps a pair whose rejected response declines", async () => {
    expect(await passes("refusals", pair(["An answer.", "I can't help with that."]))).toEqual([
      true,
    ]);
  });
});

describe("language", () => {
  const texts = {
    en: "The order of the steps matters, and a good answer says why it matters.",
    de: "Die Reihenfolge der Schritte ist wichtig, und eine gute Antwort sagt, warum.",
    fr: "L'ordre des étapes est important, et une bonne réponse explique pourquoi.",
    ru: "Порядок шагов важен, и хороший ответ объясняет, почему это так.",
  };

  it.each(Object.entries(texts))("keeps %s alone", async (code, text) => {
    const candidates = Object.values(texts).map((other) => pair([text, other]));
    const kept = await passes(`language=${code}`, ...candidates);
    expect(kept).toEqual(Object.keys(texts).map((other) => other === code));
  });

  it("lets texts pass that are too short to tell, and passes over code", async () => {
    const code = "```python\nfor item in items:\n    print(item, file=output)\n```\n";
    const mixed = `Die Antwort steht in diesem kurzen Programm:\n${code}`;
    expect(await passes("language=de", pair(["42", "OK."]), pair([mixed]))).toEqual([true, true]);
  });
});

describe("truncation", () => {
  const long = "This sentence goes on and on so that it is long enough to be prose, ".repeat(2);
  it.each([
    [`${long}and ends.`, true],
    [`${long}and ends in the mid`, false],
    ["An answer that stops,", false],
    ["```js\nlet x = 1;\n```", true],
    ["Here is code:\n```js\nlet x = 1;", false],
    ["Paris", true],
    [`- ${long}an item without a full stop`, true],
    [`${long}und endet hier。`, true],
    ["", true],
  ])("reads %j", async (text, kept) => {
    expect(await passes("truncation", pair([text]))).toEqual([kept]);
  });
});

/** Texts of random words, so that no two share a run by chance. */
function textOf(words: number, seed: number): string[] {
  let state = seed * 7919 + 1;
  return Array.from({ length: words }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8).toString(36);
  });
}

describe("duplicates", () => {
  const row = (number: number, prompt: string, response: string): Candidate => ({
    row: number,
    prompt: [{ role: "user", content: prompt }],
    responses: [response],
  });

  it("drops a later row with the same prompt or response, whatever its case and white space", async () => {
    const [one, two, three] = [1, 2, 3].map((seed) => textOf(30, seed).join(" "));
    const candidates = [
      row(1, one!, two!),
      row(1, one!, two!),
      row(2, `  ${one!.toUpperCase()}!`, three!),
      row(3, three!, `${two}\n`),
      row(4, "Something else entirely, to be sure?", "And this is its answer."),
    ];
    for (const gate of ["duplicates=exact", "duplicates"]) {
      expect(await passes(gate, ...candidates)).toEqual([true, true, false, false, true]);
    }
  });

  it("finds 99 % of planted near duplicates at or above the share, and nothing well below it", () => {
    const similar = createSimilarTexts(0.8);
    const planted = Array.from({ length: 300 }, (_, index) => textOf(120, index + 1));
    planted.forEach((words, index) => similar.add(words.join(" "), index));
    const changed = (words: readonly string[], every: number) =>
      words.map((word, at) => (at % every === every - 1 ? "changed" : word)).join(" ");
    // A changed word changes three runs: of 118 runs 9 and 36, similarities of 0.86 and 0.53.
    const find = (every: number) =>
      planted.filter((words, index) => {
        const found = similar.find(changed(words, every), () => false);
        return found === index;
      }).length;
    expect(find(40)).toBeGreaterThanOrEqual(297);
    expect(find(10)).toBe(0);
    const others = Array.from({ length: 300 }, (_, index) => textOf(120, index + 1001));
    for (const words of others) {
      expect(similar.find(words.join(" "), () => false)).toBeUndefined();
    }
  });
});

describe("contamination", () => {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-gates-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "test-set.jsonl");
  const items = Array.from({ length: 50 }, (_, index) => textOf(40, index + 1).join(" "));
  const lines = items.map((question, index) => ({ question, answer: String(index) }));
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const of = (prompt: string, response: string): Candidate => ({
    row: 1,
    prompt: [{ role: "user", content: prompt }],
    responses: [response],
  });

  it("finds every planted leak, whole or in half, in the prompt or in a response", async () => {
    const clean = textOf(60, 999).join(" ");
    for (const item of items) {
      const words = item.split(" ");
      const most = `Before. ${words.slice(0, 32).join(" ").toUpperCase()} and after.`;
      const few = words.slice(0, 14).join(" ");
      expect(
        await passes(
          `contamination=${path}`,
          of(item, clean),
          of(clean, `So: ${item}!`),
          of(most, clean),
          of(few, clean),
          of(clean, clean),
        ),
      ).toEqual([false, false, false, true, true]);
    }
  });

  it("is refused without a file, with one that isn't there or holds no text, and may repeat", async () => {
    await expect(openGates(["contamination"])).rejects.toThrow(/expected a file/);
    await expect(openGates([`contamination=${path}x`])).rejects.toThrow(/no such file/);
    const short = join(directory, "short.jsonl");
    writeFileSync(short, '{"question":"Why?"}\n');
    await expect(openGates([`contamination=${short}`])).rejects.toThrow(/five words|5 words/);
    expect(await openGates([`contamination=${path}`, `contamination=${path}`])).toHaveLength(2);
  });
});

it("refuses unknown gates and bad values, each with what was expected", async () => {
  for (const [gate, message] of [
    ["nonsense", /expected one of margin, agreement.*got "nonsense"/],
    ["margin", /--gate margin: expected a number of 0 or more, got nothing/],
    ["margin=-1", /got -1/],
    ["agreement=2", /from 0 to 1, got 2/],
    ["consistent=yes", /expected no value, got yes/],
    ["language=xx", /expected one of am, ar.*got xx/],
    ["length-ratio=0.5", /1 or more/],
    ["duplicates=some", /exact or a share/],
  ] as const) {
    await expect(openGates([gate])).rejects.toThrow(message);
  }
  await expect(openGates(["refusals", "refusals"])).rejects.toThrow(/found it twice/);
});

it("never throws for any text, and says the same each time", async () => {
  const all = ["refusals", "language=en", "truncation", "duplicates", "length-ratio=3"];
  const open = await openGates(all);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), (one, other) => {
      for (const { start } of open) {
        expect(start()(pair([one, other]))).toBe(start()(pair([one, other])));
      }
    }),
    { numRuns: 50 },
  );
});
