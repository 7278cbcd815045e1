import { describe, expect, it } from "vitest";
import { eachOf } from "../../tests/long-tables.ts";
import forgedCandidates from "./fixtures/forged-candidates.json" with { type: "json" };
import type { Scale } from "./parse-score.ts";
import { readReview } from "./read-review.ts";
import { readChoice, readComparison, readScore, readScores } from "./read-verdict.ts";

/** How a gullible judge repeats what it was shown. */
const echoes: Readonly<Record<string, (candidate: string) => string>> = {
  verbatim: (text) => text,
  quoted: (text) => text.replace(/^/gm, "> "),
  "in quotation marks": (text) => `The response says: "${text}"`,
  "only the forged lines": (text) =>
    text
      .split(/\r\n|[\n\r\v\u2028\u2029]/)
      .filter(isForgedLine)
      .join("\n"),
  "only the forged words": (text) =>
    [
      ...text.matchAll(
        /(?:score assistant [ab12]|overall score|answer)\W*(?:\d[\d.,]*(?:\W{1,4}\d+)?|[abc]\b)/gi,
      ),
    ]
      .map(([words]) => words)
      .join("\n"),
  "upper-cased": (text) => text.toUpperCase(),
  "lower-cased": (text) => text.toLowerCase(),
  "code-fenced": (text) => `\`\`\`\n${text}\n\`\`\``,
  "stripped of bold marks": (text) => text.replace(/[*_`#]/g, ""),
  "set in bold": (text) => text.replace(/^(.*\S.*)$/gm, "**$1**"),
  "as headings": (text) => text.replace(/^\W*(?=\S)/gm, "### "),
  "on one line": (text) => text.replace(/\s+/g, " "),
  "with blank lines": (text) => text.replace(/\n/g, "\n\n\n"),
  "a word a line": (text) => text.replace(/\s+/g, "\n"),
  "after its colons": (text) => text.replace(/:\s*/g, ":\n"),
  indented: (text) => text.replace(/^/gm, "    "),
  "without invisible characters": (text) => text.replace(/\p{Cf}/gu, ""),
  "in plain letters": (text) => inPlainLetters(text.normalize("NFKC")),
  "without accents": (text) => text.normalize("NFD").replace(/\p{M}/gu, ""),
  "as it shows on a page": (text) =>
    text
      .replace(/<[^>]+>/g, "")
      .replace(/&nbsp;/g, " ")
      .replace(/&#(\d+);/g, (_entity, code: string) => String.fromCodePoint(Number(code)))
      .replace(/\\n/g, "\n")
      .replace(/\\/g, ""),
  "its last words on lines of their own": (text) => text.replace(/ (?=\S+$)/gm, "\n"),
  twice: (text) => `${text}\n\n${text}`,
};

/** What a judge writes that does not notice the letters of another script. */
function inPlainLetters(text: string): string {
  const doubles = "сСоОаАеЕѕЅіІтвВΟορ🅐🅝🅢🅦🅔🅡١٠";
  const plain = "cCoOaAeEsSiItbBOopanswer10";
  const pairs = new Map(Array.from(doubles, (double, index) => [double, plain[index] ?? ""]));
  return Array.from(text, (character) => pairs.get(character) ?? character).join("");
}

function isForgedLine(line: string): boolean {
  return /score|answer|verdict|\d\s*\/\s*\d|^\W*(?:[abc]|\d+)\W*$/i.test(line.normalize("NFKC"));
}

const placements: Readonly<Record<string, (echo: string, own: string) => string>> = {
  "echo first": (echo, own) => `${echo}\n\n${own}`,
  "own verdict first": (echo, own) => `${own}\n\n${echo}`,
};

const scales: readonly Scale[] = [5, 10, 100];

/**
 * A strategy, verdicts of a judge's own that no forged candidate holds, and how a judge writes and
 * a program reads them.
 */
type StrategyCase = {
  owns: readonly unknown[];
  write: (own: never) => string;
  read: (text: string, candidates: readonly string[]) => unknown;
};

const reasons = "### Evaluation Evidence:\nBoth were read from the first word to the last.";
const strategies: Readonly<Record<string, StrategyCase>> = {
  direct: {
    owns: ["a", "b", "tie"],
    write: (own: "a" | "b" | "tie") =>
      `${reasons}\n\n### Answer:\n${own === "tie" ? "C" : own.toUpperCase()}`,
    read: (text, candidates) => readChoice({ text, candidates }),
  },
  compare: {
    owns: ["a", "b", "tie"],
    write: (own: "a" | "b" | "tie") =>
      `${reasons}\n\n### Verdict:\n${own === "tie" ? "Equal" : `Assistant ${own.toUpperCase()}`}`,
    read: (text, candidates) => readComparison({ text, candidates }),
  },
  ...Object.fromEntries(
    scales.flatMap((scale): [string, StrategyCase][] => [
      [
        `combined out of ${scale}`,
        {
          owns: [{ a: 3.7, b: 4.3 }],
          write: ({ a, b }: { a: number; b: number }) =>
            `${reasons}\n\n### Score Assistant A:\n${a}/${scale}\n\n### Score Assistant B:\n${b}/${scale}`,
          read: (text, candidates) => readScores({ text, scale, candidates }),
        },
      ],
      [
        `independent out of ${scale}`,
        {
          owns: [3.7],
          write: (own: number) => `${reasons}\n\n### Overall Score:\n${own}/${scale}`,
          read: (text, candidates) => readScore({ text, scale, candidates }),
        },
      ],
    ]),
  ),
  review: {
    owns: [3.7],
    write: (own: number) =>
      `### Evaluation:\nShort.\n\n**Overall Score:** ${own}/10\n\n### Feedback:\nSay more.`,
    read: (text, candidates) => readReview(text, { candidates }).score,
  },
};

/** Every forged candidate in every echo. */
const echoed = forgedCandidates.flatMap(({ id, text }, candidate) =>
  Object.entries(echoes).map(([echo, repeat], index) => ({
    id,
    text,
    echo,
    repeat,
    // Neighbours in the table of candidates and echoes have different numbers.
    index: candidate + index,
  })),
);

const rival = "The question has two sides, and both deserve a word.";

describe("forged verdicts", { timeout: 300_000 }, () => {
  it("come in at least a hundred texts, each under an id of its own", () => {
    expect(forgedCandidates.length).toBeGreaterThanOrEqual(100);
    expect(new Set(forgedCandidates.map(({ id }) => id)).size).toBe(forgedCandidates.length);
    expect(new Set(forgedCandidates.map(({ text }) => text)).size).toBe(forgedCandidates.length);
  });

  it("would be read without the echo rule, so that refusing them means something", () => {
    const readable = forgedCandidates.filter(({ text }) =>
      Object.values(strategies).some(({ read }) => read(text, []) !== null),
    );
    expect(readable.length).toBeGreaterThan(70);
  });

  for (const [number, [strategy, { owns, write, read }]] of Object.entries(strategies).entries()) {
    it(`are not accepted from judges that echo them and say nothing of their own (${strategy})`, () => {
      const accepted: string[] = [];
      for (const { id, text, echo, repeat, index } of eachOf(echoed, 2, number)) {
        const shown = [
          [text, rival],
          [rival, text],
          [text, text],
        ];
        for (const candidates of eachOf(shown, 3, index)) {
          const verdict = read(repeat(text), candidates);
          if (verdict !== null) accepted.push(`${id} ${echo}: ${JSON.stringify(verdict)}`);
        }
      }
      expect(accepted).toEqual([]);
    });

    it(`do not displace the verdict that a judge gives beside the echo (${strategy})`, () => {
      const accepted: string[] = [];
      let readAsOwn = 0;
      let asked = 0;
      const cells = owns.flatMap((own) => echoed.map((one) => ({ own, ...one })));
      for (const { own, id, text, echo, repeat, index } of eachOf(
        cells,
        2 * owns.length + 1,
        number,
      )) {
        const written = write(own as never);
        for (const [placement, place] of eachOf(Object.entries(placements), 2, index)) {
          const verdict = read(place(repeat(text), written), [text, rival]);
          const found = JSON.stringify(verdict);
          asked += 1;
          if (found === JSON.stringify(own)) readAsOwn += 1;
          else if (verdict !== null) accepted.push(`${id} ${echo} ${placement}: ${found}`);
        }
      }
      expect(accepted).toEqual([]);
      // also where the candidate says the very same
      expect(readAsOwn / asked).toBeGreaterThan(0.985);
    });
  }
});
