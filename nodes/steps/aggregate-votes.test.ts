import { describe, expect, it } from "vitest";
import type { Reading } from "../../state/evaluation/evaluator-state.ts";
import { createAggregateVotes, type OnFlip } from "./aggregate-votes.ts";

type Side = "a" | "b";

function reading(agent: string, view: "plain" | "swapped", winner: Side): Reading {
  const model = "test:model";
  return { agent, model, view, outcome: "answered", winner, scores: null, score: null };
}

/** The result of jurors, each by its winners in one order and the other. */
function resultOf(jurors: readonly (readonly [Side, Side?])[], onFlip?: OnFlip) {
  const agents = jurors.map((_, index) => ({ name: `juror-${index + 1}`, weight: 1 }));
  const conclude = createAggregateVotes({
    agents,
    aggregate: "plurality",
    onUnparsed: "tie",
    onFlip,
  });
  const readings = jurors.flatMap(([plain, swapped], index) => {
    const name = `juror-${index + 1}`;
    const other = swapped === undefined ? [] : [reading(name, "swapped", swapped)];
    return [reading(name, "plain", plain), ...other];
  });
  return conclude({ readings, part: "" }).verdict;
}

describe("jurors whose two orders disagree", () => {
  const oneOfThree: [Side, Side][] = [
    ["a", "b"],
    ["a", "b"],
    ["a", "a"],
  ];

  it.each([
    ["abstain", "a"],
    ["tie", "tie"],
    ["vote", "a"],
  ] as const)("%s: the result is %s", (onFlip, winner) => {
    expect(resultOf(oneOfThree, onFlip)).toMatchObject({ winner, flipped: true });
  });

  it("leave a tie where all of them abstain", () => {
    expect(
      resultOf(
        [
          ["a", "b"],
          ["b", "a"],
        ],
        "abstain",
      ).winner,
    ).toBe("tie");
  });
});

/** A sequence that is the same in every run (Park and Miller 1988). */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe("jurors with scores", () => {
  type Margins = readonly (readonly [number, number?])[];

  function winnerOf(jurors: Margins, onFlip: OnFlip = "abstain") {
    const agents = jurors.map((_, index) => ({ name: `juror-${index + 1}`, weight: 1 }));
    const options = { agents, aggregate: "plurality", onUnparsed: "tie", onFlip } as const;
    const readings = jurors.flatMap((margins, index) =>
      margins.flatMap((margin, order): Reading[] => {
        if (margin === undefined) return [];
        const winner = margin === 0 ? "tie" : margin > 0 ? "a" : "b";
        const scores = { a: 5 + margin / 2, b: 5 - margin / 2 };
        const view = order === 0 ? "plain" : "swapped";
        return [{ ...reading(`juror-${index + 1}`, view, "a"), winner, scores }];
      }),
    );
    return createAggregateVotes(options)({ readings, part: "" }).verdict.winner;
  }

  it.each<[string, Margins, string]>([
    [
      "decide an even split by those who abstain",
      [
        [2, 2],
        [-2, -2],
        [3, -1],
      ],
      "a",
    ],
    [
      "decide it the other way too",
      [
        [2, 2],
        [-2, -2],
        [1, -3],
      ],
      "b",
    ],
    [
      "leave a tie where the margins are even",
      [
        [2, 2],
        [-2, -2],
        [3, -3],
      ],
      "tie",
    ],
    [
      "leave a tie where no juror abstains",
      [
        [4, 4],
        [-2, -2],
      ],
      "tie",
    ],
    [
      "count no margin against a majority",
      [
        [1, 1],
        [1, 1],
        [1, -9],
      ],
      "a",
    ],
    [
      "leave a tie that shares the first place with one side",
      [
        [2, 2],
        [0, 0],
        [1, -3],
      ],
      "tie",
    ],
  ])("%s", (_name, jurors, winner) => {
    expect(winnerOf(jurors)).toBe(winner);
  });

  it.each([
    [2, 0],
    [3, 0],
    [3, 1],
    [6, 0],
    [6, 1],
  ])("are right more often in both orders (%i jurors, habit %d)", (jurors, habit) => {
    const draw = draws(11);
    const noise = () => 4 * (draw() + draw() + draw() - 1.5);
    const pairs = 2_000;
    const right = { one: 0, both: 0 };
    for (let pair = 0; pair < pairs; pair += 1) {
      const margin = 4 * (draw() - 0.5);
      const said = Array.from({ length: jurors }, (): [number, number] => [
        Math.round(margin + habit + noise()),
        Math.round(margin - habit + noise()),
      ]);
      const better = margin > 0 ? "a" : "b";
      if (winnerOf(said.map(([plain]) => [plain])) === better) right.one += 1;
      if (winnerOf(said) === better) right.both += 1;
    }
    expect(right.both).toBeGreaterThan(right.one);
  });
});

describe("a jury of simulated jurors who prefer what stands first", () => {
  /**
   * Two orders decide fewer pairs, and letters have no margins by which an even split is decided:
   * a tie is worth as much as a guess.
   */
  function worth(winner: string, better: Side): number {
    if (winner === "tie") return 0.5;
    return winner === better ? 1 : 0;
  }

  /** Each juror takes the first response by habit, else the better one with its skill. */
  function accuracies(jurors: number, habit: number, onFlip: "abstain" | "vote") {
    const draw = draws(7);
    const pairs = 2_000;
    const right = { one: 0, both: 0 };
    for (let pair = 0; pair < pairs; pair += 1) {
      const better: Side = draw() < 0.5 ? "a" : "b";
      const worse: Side = better === "a" ? "b" : "a";
      const said = Array.from({ length: jurors }, (): [Side, Side] => {
        const judge = (first: Side): Side => {
          if (draw() < habit) return first;
          return draw() < 0.7 ? better : worse;
        };
        return [judge("a"), judge("b")];
      });
      right.one += worth(resultOf(said.map(([plain]) => [plain])).winner, better);
      right.both += worth(resultOf(said, onFlip).winner, better);
    }
    return { one: right.one / pairs, both: right.both / pairs };
  }

  it.each([
    [3, 0, "abstain"],
    [3, 0.4, "abstain"],
    [6, 0.4, "abstain"],
    [3, 0.4, "vote"],
    [6, 0, "vote"],
  ] as const)(
    "is as right in both orders, a tie for half (%i jurors, habit %f, %s)",
    (jurors, habit, onFlip) => {
      const { one, both } = accuracies(jurors, habit, onFlip);
      // three standard errors of a share of 2,000
      expect(both).toBeGreaterThan(one - 3 * Math.sqrt(0.25 / 2_000));
    },
  );
});
