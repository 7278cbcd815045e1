import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGate } from "../models/gate/gate.ts";
import { matchCount, nextMatch } from "../nodes/steps/match.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import type { Comparison } from "../state/evaluation/comparison.ts";
import { standings, type Ranking } from "../state/generation/standings.ts";
import { openGenerator } from "../topologies/open-topology.ts";
import { openWorkspace } from "../tests/workspace.ts";

const context = { gate: createGate(), environment: {}, promptDirectory };
const prompt = [{ role: "user" as const, content: "Why is the sky blue?" }];

/** Exact writers of known skill, the best in the middle. */
const skills = { ash: 0.3, birch: 0.9, cedar: 0.5, elm: 0.7, fir: 0.1 };
const generators = Object.entries(skills).map(([name, skill]) => ({
  name,
  model: `sim:${name}?skill=${skill}&spread=0`,
}));

async function run(topology: object, row = 1) {
  const file = openWorkspace().write("pool.yaml", JSON.stringify(topology));
  const opened = await openGenerator(file, {});
  const built = await opened.build(context);
  return built.graph.invoke(
    { row: { number: row, id: String(row) }, prompt },
    { recursionLimit: built.recursionLimit },
  );
}

const pool = (strategy: string, settings: object = {}) => ({
  graph: "pool",
  ...settings,
  agents: { generators },
  evaluator: { graph: "judge", strategy, agents: { judge: { model: "sim:judge?noise=0" } } },
});

describe("a pool of known skill", () => {
  it.each([
    { rank: "pairwise", strategy: "combined", matches: 10, calls: 10 },
    { rank: "scores", strategy: "independent", matches: 3, calls: 6 },
    { rank: "bracket", strategy: "direct", matches: 4, calls: 4 },
  ])("is ranked in its planted order: $rank", async ({ rank, strategy, matches, calls }) => {
    const { responses, comparisons, best, transcript } = await run(pool(strategy, { rank }));
    expect(responses.map(({ agent, round }) => [agent, round])).toEqual(
      Object.keys(skills).map((name, index) => [name, index + 1]),
    );
    expect(comparisons).toHaveLength(matches);
    expect(transcript).toHaveLength(5 + calls);
    expect(responses[best]).toMatchObject({ agent: "birch" });
    const ranked = responses.toSorted((one, other) => other.rating! - one.rating!);
    const names = ranked.map(({ agent }) => agent);
    // A bracket finds the best alone.
    if (rank === "bracket") expect(names[0]).toBe("birch");
    else expect(names).toEqual(["birch", "elm", "cedar", "ash", "fir"]);
    const sided = comparisons.map(({ incumbentIs }) => incumbentIs);
    if (rank === "pairwise") expect(sided.filter((side) => side === "a")).toHaveLength(6);
  });

  it("goes on without a generator that fails, and says so; without all of them the row fails", async () => {
    const [first, ...others] = generators;
    const failing = { ...first, model: "sim:ash?fail=1" };
    const topology = pool("combined");
    const some = { ...topology, agents: { generators: [failing, ...others] }, samples: 2 };
    const { responses, best, failure, endedEarly } = await run(some);
    expect(failure).toBeUndefined();
    expect(endedEarly?.detail).toMatch(/^ash, sample 1: /);
    // Numbers are the same, whichever member fails.
    expect(responses.map(({ agent, round }) => `${agent} ${round}`)).toEqual([
      "birch 3",
      "birch 4",
      "cedar 5",
      "cedar 6",
      "elm 7",
      "elm 8",
      "fir 9",
      "fir 10",
    ]);
    expect(responses[best]?.agent).toBe("birch");

    const all = generators.map(({ name }) => ({ name, model: `sim:${name}?fail=1` }));
    const none = await run({ ...topology, agents: { generators: all } });
    expect(none.responses).toEqual([]);
    expect(none.failure?.detail).toMatch(/^ash, sample 1: /);
    expect(none.transcript).toHaveLength(5);
  });

  it.each([
    ["pairwise", "combined", 3, 2],
    ["bracket", "combined", 2, 1],
    // Each is scored alone, and its score is needed.
    ["scores", "independent", 2, 4],
  ])(
    "does not ask which of two equal texts is better: %s",
    async (rank, strategy, matches, asked) => {
      const texts = { ash: "The same.", birch: "The same.\n", cedar: "Another." };
      const cassette = openWorkspace().write(
        "answers.jsonl",
        Object.entries(texts).map(([agent, content]) => ({ row: "1", agent, turn: 0, content })),
      );
      const members = Object.keys(texts).map((name) => ({ name, model: `replay:${cassette}` }));
      const { comparisons, transcript, failure } = await run({
        ...pool(strategy, { rank }),
        agents: { generators: members },
      });
      expect(failure).toBeUndefined();
      expect(comparisons).toHaveLength(matches);
      expect(transcript).toHaveLength(3 + asked);
      if (rank === "scores") return;
      expect(comparisons[0]).toMatchObject({
        part: "pair-1-2",
        won: null,
        verdict: { winner: "tie", scores: null, votes: [] },
      });
    },
  );

  it("ranks one response that is left without asking the judge", async () => {
    const members = generators.map(({ name, model }, index) => ({
      name,
      model: index === 2 ? model : `sim:${name}?fail=1`,
    }));
    const { responses, comparisons, best } = await run({
      ...pool("combined"),
      agents: { generators: members },
    });
    expect({ texts: responses.length, comparisons, best }).toEqual({
      texts: 1,
      comparisons: [],
      best: 0,
    });
  });
});

describe("the matches of a pool", () => {
  const play = (count: number, ranking: Ranking, winners: readonly ("a" | "b" | "tie")[]) => {
    const responses = Array.from({ length: count }, (_, at) => ({ round: at + 1, text: `${at}` }));
    const comparisons: Comparison[] = [];
    for (;;) {
      const contest = nextMatch({ responses, comparisons }, ranking);
      if (contest === null) return comparisons;
      const winner = winners[comparisons.length % winners.length]!;
      const { incumbent, challenger, incumbentIs } = contest;
      const won = winner === "tie" ? null : winner === incumbentIs ? incumbent : challenger;
      comparisons.push({ ...contest, won, verdict: { winner, scores: null, votes: [] } });
    }
  };
  const winners = fc.array(fc.constantFrom("a" as const, "b" as const, "tie" as const), {
    minLength: 1,
    maxLength: 40,
  });

  it("are as many as forecast, with each response in one at least", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 16 }),
        fc.constantFrom<Ranking>("pairwise", "bracket", "scores"),
        winners,
        (count, ranking, verdicts) => {
          const comparisons = play(count, ranking, verdicts);
          expect(comparisons).toHaveLength(matchCount(count, ranking));
          const met = comparisons.flatMap(({ incumbent, challenger }) => [incumbent, challenger]);
          expect(new Set(met).size).toBe(count);
          const parts = comparisons.map(({ part }) => part);
          expect(new Set(parts).size).toBe(parts.length);
        },
      ),
    );
  });

  it("show each response of a round robin as often first as second", () => {
    for (let count = 3; count <= 9; count += 2) {
      const first = play(count, "pairwise", ["a"]).map(({ incumbent, challenger, incumbentIs }) =>
        incumbentIs === "a" ? incumbent : challenger,
      );
      for (let index = 0; index < count; index += 1) {
        expect(first.filter((one) => one === index)).toHaveLength((count - 1) / 2);
      }
    }
  });

  it("leave one champion of a bracket, who lost no match", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 16 }), winners, (count, verdicts) => {
        const comparisons = play(count, "bracket", verdicts);
        const found = standings(count, comparisons, "bracket");
        const champions = found.flatMap(({ rating }, index) => (rating === 1 ? [index] : []));
        expect(champions).toHaveLength(1);
        const [champion] = champions;
        for (const { won, incumbent, challenger } of comparisons) {
          if (![incumbent, challenger].includes(champion!)) continue;
          expect([champion, null]).toContain(won);
        }
      }),
    );
  });
});
