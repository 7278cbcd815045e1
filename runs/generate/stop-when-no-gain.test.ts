import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generationText } from "../../report/generation-text.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { openWorkspace, silent } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import type { RowJournal } from "../directory/row-journal.ts";
import { generate } from "./generate.ts";
import type { RoundGain } from "./round-gains.ts";
import { isJudgedBefore } from "../engine/judged-before.ts";
import { createRoundLimits, leastGain, roundsLeft } from "./round-limits.ts";

const loop = (gain: number) => `graph: feedback-loop
iterations: 3
stopWhenNoGain: true
agents:
  generator: { model: "sim:willow?skill=0.3&spread=0&gain=${gain}&words=20" }
  reviewers: [ { name: reviewer, model: "sim:birch" } ]
evaluator:
  graph: judge
  strategy: direct
  agents: { judge: { model: "sim:oak?noise=0&tie=0.02" } }
`;

function simulated(gain: number, rows: number) {
  const space = openWorkspace();
  const topology = space.write("loop.yaml", loop(gain));
  space.write(
    "prompts.jsonl",
    Array.from({ length: rows }, (_, index) => ({ prompt: `Question ${index}?` })),
  );
  const run = (out: string, changes: Partial<CommandOptions> = {}) =>
    generate(topology, space.options("prompts.jsonl", out, { concurrency: 16, ...changes }));
  return { space, run };
}

/** Responses by row. */
const responses = (space: ReturnType<typeof openWorkspace>, out: string): number[] =>
  space.lines(out, "rows.jsonl").map((row) => row.responses.length);

describe("stopWhenNoGain", () => {
  it("goes on with rounds that gain, and reports what each gained", async () => {
    const { space, run } = simulated(0.9, 52);
    const { summary } = await run("out");
    expect(responses(space, "out")).toEqual(Array(52).fill(3));
    expect(summary.roundLimits).toEqual([{ from: 1, rounds: 3 }]);
    expect(summary.roundGains).toMatchObject([
      { round: 2, n: 52 },
      { round: 3, n: 52 },
    ]);
    expect(summary.roundGains?.[0]?.gain.low).toBeGreaterThan(0);
    expect(generationText(summary, [])).toBe(`${summary.pairs} pairs from 52 of 52 rows.`);
  });

  it("leaves out rounds that gain nothing, in the same bytes however it was run", async () => {
    const { space, run } = simulated(0, 58);
    const { summary } = await run("out");
    const limits = summary.roundLimits ?? [];
    expect(limits[0]).toEqual({ from: 1, rounds: 3 });
    expect(limits).toHaveLength(2);
    expect(limits[1]?.from).toBe(51);
    const roundsOf = (row: number) => limits.findLast(({ from }) => from <= row)?.rounds ?? 0;
    const made = responses(space, "out");
    expect(made).toEqual(Array.from({ length: 58 }, (_, index) => roundsOf(index + 1)));
    // Each round has a review, a response and a verdict.
    const rounds = made.reduce((sum, own) => sum + own - 1, 0);
    expect(summary.calls).toBe(58 + 3 * rounds);
    expect(rounds).toBeLessThan(2 * 58);
    expect(generationText(summary, [])).toContain(
      `From row ${limits[1]?.from} on, rows have at most ${limits[1]?.rounds} response`,
    );

    // Broken off within a wave, gone on with in another order, and broken off again by its limit.
    const brokenOff = {
      ...silent,
      rows: ({ done }: { done: number }) => {
        if (done > 20) throw new Error("broken off");
      },
    };
    await expect(run("parts", { progress: brokenOff, concurrency: 30 })).rejects.toThrow("broken");
    await run("parts", { limit: 54, concurrency: 3 });
    expect(responses(space, "parts")).toEqual(made.slice(0, 54));
    await run("parts", { concurrency: 50 });
    expect(space.outputs("parts")).toEqual(space.outputs("out"));
  });

  it("is refused for a loop in a chain", async () => {
    const { space } = simulated(0, 1);
    const chain = `graph: chain
steps:
  - { graph: single, agents: { generator: { model: "sim:oak" } } }
  - { file: loop.yaml }
`;
    const run = generate(space.write("chain.yaml", chain), space.options("prompts.jsonl", "out"));
    const message = await run.catch((error: unknown) => isFellowshipError(error) && error.message);
    expect(message).toMatch(
      /^\S+loop\.yaml:3: steps\.1\.stopWhenNoGain: expected false \(got true\)/,
    );
  });
});

describe("createRoundLimits", () => {
  /** A row in which round 2 won, tied or lost. */
  const record = (row: number, won: 0 | 1 | null, roundLimit?: number) => {
    const contest = { round: 2, part: "round-2", incumbent: 0, challenger: 1, siblings: false };
    const comparison = { ...contest, incumbentIs: "a", won, verdict: { winner: "a" } };
    const prompt = [{ role: "user", content: `Question ${row}?` }];
    return { row, status: "done", result: { prompt, comparisons: [comparison], roundLimit } };
  };
  const roundsAt51 = async (won: 0 | 1 | null, ...later: ReturnType<typeof record>[]) => {
    const records = [...Array.from({ length: 50 }, (_, index) => record(index + 1, won)), ...later];
    async function* inOrder(last: number, first = 1) {
      yield* records.filter(({ row }) => row >= first && row <= last);
    }
    const rows = {
      inOrder,
      lastRow: records.at(-1)?.row ?? 0,
    } as unknown as RowJournal<GenerationResult>;
    const limits = createRoundLimits(2);
    await limits.waves.begin(51, rows);
    return limits.current();
  };

  it("judges by the rows before a wave", async () => {
    expect(await Promise.all([1, null, 0].map((won) => roundsAt51(won as 0 | 1 | null)))).toEqual([
      2, 1, 1,
    ]);
  });

  it("keeps the rounds that a wave was begun with, whatever rows before it say by now", async () => {
    expect(await roundsAt51(1, record(53, 1, 1))).toBe(1);
    expect(await roundsAt51(0, record(53, 1, 2))).toBe(2);
    // Of the next wave's rows: they say nothing of this one.
    expect(await roundsAt51(1, record(101, 1, 1))).toBe(2);
  });
});

describe("roundsLeft", () => {
  const gain = (round: number, high: number | null): RoundGain => ({
    round,
    n: 60,
    gain:
      high === null
        ? { value: 0, low: null, high, p: null, reason: "too_few_prompts" }
        : { value: high - 0.1, low: high - 0.2, high, p: 0.5 },
  });
  it.each<[highs: (number | null)[], left: number]>([
    [[0.5, 0.4], 3],
    [[0.5, 0.05], 2],
    [[0.05, 0.05], 1],
    [[0.05, 0.5], 3],
    [[0.05, leastGain], 3],
    [[0.05, null], 3],
    [[-0.3], 3],
  ])("keeps of rounds with highest gains %j as many as %i", (highs, left) => {
    const gains = highs.map((high, index) => gain(index + 2, high));
    expect(roundsLeft(gains, 3)).toBe(left);
  });
});

describe("isJudgedBefore", () => {
  it("looks twice in each doubling of the rows", () => {
    const rows = Array.from({ length: 1300 }, (_, index) => index + 1);
    expect(rows.filter(isJudgedBefore)).toEqual([51, 101, 151, 201, 301, 401, 601, 801, 1201]);
    fc.assert(
      fc.property(fc.integer({ min: 51, max: 5_000 }), (row) => {
        const between = Array.from({ length: row }, (_, index) => row + index).filter(
          isJudgedBefore,
        );
        expect(between.length).toBeGreaterThanOrEqual(1);
        expect(between.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 20 },
    );
  });
});
