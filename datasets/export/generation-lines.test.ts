import { describe, expect, it } from "vitest";
import type { Comparison } from "../../state/evaluation/comparison.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { winnerOf } from "../../state/generation/rounds.ts";
import type { Scores, Winner } from "../../state/verdict.ts";
import { dpoLines } from "./dpo.ts";
import { generationRowLine, type NumberedGeneration } from "./generation-lines.ts";
import { contradictions, ktoLines } from "./kto.ts";
import { sftLine } from "./sft.ts";

const prompt = [{ role: "user" as const, content: "Why?" }];
const said = (content: string) => [{ role: "assistant", content }];

type Ending = "incumbent" | "challenger" | "tie" | "none";

/**
 * A loop whose contests ended so, one a round from the second on; the sides take turns as the
 * loop's do.
 */
function loop(
  endings: readonly Ending[],
  { texts = ["one", "two", "three", "four"], scores = null as Scores | null } = {},
): NumberedGeneration {
  const comparisons: Comparison[] = [];
  let best = 0;
  for (const [index, ending] of endings.entries()) {
    const round = index + 2;
    const incumbentIs = round % 2 === 0 ? "a" : "b";
    const challengerIs = incumbentIs === "a" ? "b" : "a";
    const winner: Winner =
      ending === "incumbent" ? incumbentIs : ending === "challenger" ? challengerIs : ending;
    const contest = { round, part: `round-${round}`, incumbent: best, challenger: index + 1 };
    const won = { incumbent: best, challenger: index + 1, tie: null, none: null }[ending];
    const verdict = { winner, scores, votes: [] };
    const comparison = { ...contest, incumbentIs, siblings: false, won, verdict } as const;
    comparisons.push(comparison);
    best = winnerOf(comparison);
  }
  const responses = texts
    .slice(0, endings.length + 1)
    .map((text, index) => ({ round: index + 1, text }));
  return { number: 7, result: { ...empty, responses, comparisons, best } };
}

const empty: GenerationResult = {
  id: "row",
  input: { prompt: "Why?" },
  prompt,
  responses: [],
  reviews: [],
  comparisons: [],
  best: 0,
  transcript: [],
};

const rounds = (row: NumberedGeneration, mode: "comparisons" | "best-first") =>
  dpoLines(row, mode).map(({ source }) => [source.chosen_round, source.rejected_round]);

describe("dpoLines", () => {
  it.each<[Ending, Ending, number[][], number[][]]>([
    [
      "incumbent",
      "incumbent",
      [
        [1, 2],
        [1, 3],
      ],
      [],
    ],
    [
      "incumbent",
      "challenger",
      [
        [1, 2],
        [3, 1],
      ],
      [[3, 1]],
    ],
    ["incumbent", "tie", [[1, 2]], []],
    ["incumbent", "none", [[1, 2]], []],
    [
      "challenger",
      "incumbent",
      [
        [2, 1],
        [2, 3],
      ],
      [[2, 1]],
    ],
    [
      "challenger",
      "challenger",
      [
        [2, 1],
        [3, 2],
      ],
      [[3, 1]],
    ],
    ["challenger", "tie", [[2, 1]], [[3, 1]]],
    ["challenger", "none", [[2, 1]], [[2, 1]]],
    ["tie", "incumbent", [[2, 3]], []],
    ["tie", "challenger", [[3, 2]], [[3, 1]]],
    ["tie", "tie", [], []],
    ["tie", "none", [], []],
    ["none", "incumbent", [[1, 3]], []],
    ["none", "challenger", [[3, 1]], [[3, 1]]],
    ["none", "tie", [], []],
    ["none", "none", [], []],
  ])("pairs what %s, then %s decided", (second, third, comparisons, bestFirst) => {
    const row = loop([second, third]);
    expect(rounds(row, "comparisons")).toEqual(comparisons);
    expect(rounds(row, "best-first")).toEqual(bestFirst);
  });

  it("never has the first response as the better one under best-first", () => {
    const endings: Ending[] = ["incumbent", "challenger", "tie", "none"];
    for (const one of endings) {
      for (const two of endings) {
        for (const three of endings) {
          for (const line of dpoLines(loop([one, two, three]), "best-first")) {
            expect(line.source.rejected_round).toBe(1);
          }
        }
      }
    }
  });

  it("tells the scores of chosen and rejected whichever side they were shown on", () => {
    const [second, third] = dpoLines(
      loop(["challenger", "incumbent"], { scores: { a: 8.3, b: 8.1 } }),
      "comparisons",
    );
    // In round 2 the challenger was B; in round 3 the incumbent was. The winner need not have the
    // higher score.
    expect(second).toMatchObject({ chosen_score: 8.1, rejected_score: 8.3, score_margin: -0.2 });
    expect(third).toMatchObject({ chosen_score: 8.1, rejected_score: 8.3, score_margin: -0.2 });
  });

  it("leaves scores out where the verdict gave none", () => {
    const [line] = dpoLines(loop(["challenger"]), "comparisons");
    expect(line).toEqual({
      id: "row",
      prompt,
      chosen: said("two"),
      rejected: said("one"),
      source: { row: 7, round: 2, agent: "generator", chosen_round: 2, rejected_round: 1 },
    });
  });

  it("makes no pair of equal texts, nor of texts that would be equal once written", () => {
    for (const texts of [
      ["same", "same"],
      ["cut \ud83d", "cut \ude00"],
      ["", ""],
    ]) {
      const row = loop(["challenger"], { texts });
      expect(dpoLines(row, "comparisons")).toEqual([]);
      expect(dpoLines(row, "best-first")).toEqual([]);
    }
    const chain = loop(["challenger", "challenger"], { texts: ["same", "other", "same"] });
    expect(rounds(chain, "comparisons")).toEqual([
      [2, 1],
      [3, 2],
    ]);
    expect(rounds(chain, "best-first")).toEqual([]);
  });

  it("pairs an empty response like any other", () => {
    const [line] = dpoLines(loop(["challenger"], { texts: ["", "two"] }), "comparisons");
    expect(line?.rejected).toEqual(said(""));
  });

  it("pairs sibling branches with each other, and the one that goes on with the best so far", () => {
    const row = branching();
    expect(
      dpoLines(row, "comparisons").map(({ chosen, rejected }) => [
        chosen[0]?.content,
        rejected[0]?.content,
      ]),
    ).toEqual([
      ["by careful", "by quick"],
      ["by careful", "first"],
    ]);
    expect(dpoLines(row, "best-first").map(({ chosen }) => chosen[0]?.content)).toEqual([
      "by careful",
    ]);
  });
});

/**
 * A round in which two reviewers' revisions stood against each other, and the second went on and
 * won.
 */
function branching(): NumberedGeneration {
  const verdict = (winner: Winner) => ({ winner, scores: null, votes: [] });
  const responses = [
    { round: 1, text: "first" },
    { round: 2, text: "by quick", reviewer: "quick" },
    { round: 2, text: "by careful", reviewer: "careful" },
  ];
  const contest = { round: 2, incumbentIs: "a" as const };
  const comparisons: Comparison[] = [
    {
      ...contest,
      part: "round-2.branch-2",
      incumbent: 1,
      challenger: 2,
      siblings: true,
      won: 2,
      verdict: verdict("b"),
    },
    {
      ...contest,
      part: "round-2",
      incumbent: 0,
      challenger: 2,
      siblings: false,
      won: 2,
      verdict: verdict("b"),
    },
  ];
  const reviews = [
    { reviewer: "quick", round: 1, text: "r", evaluation: "", score: 4, feedback: "f" },
    { reviewer: "careful", round: 1, text: "r", evaluation: "", score: null, feedback: "f" },
    { reviewer: "quick", round: 2, text: "r", evaluation: "", score: 9.5, feedback: "f" },
  ];
  return { number: 1, result: { ...empty, responses, comparisons, reviews, best: 2 } };
}

describe("ktoLines", () => {
  const labels = (row: NumberedGeneration) =>
    ktoLines(row).map(({ source, label }) => [source.round, label]);

  it.each<[Ending, Ending, unknown[][]]>([
    [
      "incumbent",
      "incumbent",
      [
        [1, true],
        [2, false],
        [3, false],
      ],
    ],
    [
      "incumbent",
      "challenger",
      [
        [1, false],
        [2, false],
        [3, true],
      ],
    ],
    [
      "challenger",
      "challenger",
      [
        [1, false],
        [2, false],
        [3, true],
      ],
    ],
    [
      "challenger",
      "tie",
      [
        [1, false],
        [3, true],
      ],
    ],
    [
      "tie",
      "incumbent",
      [
        [2, true],
        [3, false],
      ],
    ],
    ["tie", "tie", [[3, true]]],
    ["none", "none", [[1, true]]],
  ])("labels the best true and the losers false: %s, then %s", (second, third, expected) => {
    expect(labels(loop([second, third]))).toEqual(expected);
  });

  it("labels a losing branch false", () => {
    expect(
      ktoLines(branching()).map(({ completion, label }) => [completion[0]?.content, label]),
    ).toEqual([
      ["first", false],
      ["by quick", false],
      ["by careful", true],
    ]);
  });

  it("calls the only response true where nothing was compared", () => {
    expect(ktoLines(loop([])).map(({ label }) => label)).toEqual([true]);
  });

  it("gives a text one label, and counts a text that lost and is the best", () => {
    const labelsOf = (row: NumberedGeneration) =>
      ktoLines(row).map(({ completion, label }) => [completion[0]?.content, label]);
    const again = loop(["challenger", "challenger"], { texts: ["same", "x", " same\r\n"] });
    expect(labelsOf(again)).toEqual([
      ["x", false],
      [" same\r\n", true],
    ]);
    expect(contradictions(again)).toBe(1);
    expect(contradictions(loop(["challenger", "challenger"]))).toBe(0);
    const lostTwice = loop(["incumbent", "incumbent"], { texts: ["best", "worse", "worse "] });
    expect(labelsOf(lostTwice)).toEqual([
      ["best", true],
      ["worse", false],
    ]);
  });

  it("makes no pair of texts that differ only where a trainer cuts", () => {
    const row = loop(["challenger", "challenger"], { texts: ["Caf\u00e9", "Cafe\u0301", "Tea"] });
    const pairs = dpoLines(row, "comparisons").map(({ chosen }) => chosen[0]?.content);
    expect(pairs).toEqual(["Tea"]);
  });
});

describe("sftLine", () => {
  it("is the prompt with the best response", () => {
    expect(sftLine(loop(["challenger", "incumbent"]))).toEqual({
      id: "row",
      messages: [...prompt, ...said("two")],
    });
  });
});

describe("generationRowLine", () => {
  it("tells who was shown where, who won and who goes on", () => {
    const line = generationRowLine(loop(["challenger", "tie"], { scores: { a: 5, b: 6 } }));
    expect(line.best).toBe(3);
    expect(line.verdicts).toEqual([
      {
        round: 2,
        part: "round-2",
        a: { round: 1 },
        b: { round: 2 },
        winner: "b",
        scores: { a: 5, b: 6 },
        votes: [],
        won: { round: 2 },
        goesOn: { round: 2 },
      },
      {
        round: 3,
        part: "round-3",
        a: { round: 3 },
        b: { round: 2 },
        winner: "tie",
        scores: { a: 5, b: 6 },
        votes: [],
        won: null,
        goesOn: { round: 3 },
      },
    ]);
  });

  it("gives the reviewers' scores to the response they reviewed, and none to a branch that lost", () => {
    const { responses, bestReviewer, verdicts } = generationRowLine(branching());
    expect(responses).toEqual([
      { round: 1, text: "first", scores: { quick: 4 } },
      { round: 2, text: "by quick", reviewer: "quick" },
      { round: 2, text: "by careful", reviewer: "careful", scores: { quick: 9.5 } },
    ]);
    expect(bestReviewer).toBe("careful");
    expect(verdicts[0]).toMatchObject({ siblings: true, won: { round: 2, reviewer: "careful" } });
  });

  it("says why a row ended before its time", () => {
    const { number, result } = loop(["challenger"]);
    const endedEarly = { reason: "filtered", detail: "generator, round 3: filtered" };
    expect(generationRowLine({ number, result: { ...result, endedEarly } })).toMatchObject({
      endedEarly,
    });
    expect(generationRowLine({ number, result })).not.toHaveProperty("endedEarly");
  });
});

describe("the lines of a chain", () => {
  const row = loop(["challenger", "challenger"]);
  const [first, second, third] = row.result.responses;
  const responses = [first!, second!, { ...third!, agent: "editor", step: 2 }];
  const chained = {
    ...row,
    result: { ...row.result, responses, transcript: [{ agent: "generator" } as never] },
  };

  it("tell whose text each is", () => {
    expect(dpoLines(chained, "comparisons").map(({ source }) => source)).toMatchObject([
      { agent: "generator" },
      { chosen_agent: "editor", rejected_agent: "generator" },
    ]);
    expect(dpoLines(chained, "best-first")[0]?.source).toMatchObject({ chosen_agent: "editor" });
    const writers = ktoLines(chained).map(({ source }) => source.agent);
    expect(writers).toEqual(["generator", "generator", "editor"]);
    expect(generationRowLine(chained).responses.at(-1)).toMatchObject({ agent: "editor", step: 2 });
  });

  it("say of a tie under a judge who had to find the rewrite better that the response before goes on", () => {
    const [won, tied] = loop(["challenger", "tie"]).result.comparisons;
    const comparisons = [won!, { ...tied!, strict: true as const }];
    const { verdicts } = generationRowLine({
      ...chained,
      result: { ...chained.result, comparisons },
    });
    expect(verdicts.map(({ goesOn }) => goesOn.round)).toEqual([2, 2]);
  });
});
