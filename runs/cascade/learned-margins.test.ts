import { describe, expect, it } from "vitest";
import { cascadesText } from "../../report/cascade-text.ts";
import { openWorkspace, silent } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { generate } from "../generate/generate.ts";
import { replayRow } from "../replay/replay-row.ts";

const judge = (model: string) => ({ graph: "judge", agents: { judge: { model } } });
const cascade = (cheap: string, strong = "sim:strong?noise=0.02&tie=0") => ({
  graph: "cascade",
  steps: [judge(cheap), judge(strong)],
});

/** Pairs by two simulated writers, labelled so that the strong judge mostly agrees. */
function judged(cheap: string, rows: number) {
  const space = openWorkspace();
  const text = (row: number, side: string) => `Answer ${side} to question ${row} is this one.`;
  space.write(
    "pairs.jsonl",
    Array.from({ length: rows }, (_, row) => ({
      prompt: `Question ${row}?`,
      a: text(row, "a"),
      b: text(row, "b"),
      label: row % 2 === 0 ? "a" : "b",
    })),
  );
  const topology = space.write("cascade.json", JSON.stringify(cascade(cheap)));
  const run = (out: string, changes: Partial<CommandOptions> = {}) =>
    evaluate(topology, space.options("pairs.jsonl", out, { concurrency: 8, ...changes }));
  return { space, run };
}

/** How many steps judged each row. */
const depths = (space: ReturnType<typeof openWorkspace>, out: string): number[] =>
  space.lines(out, "rows.jsonl").map(({ steps }) => steps.length);

describe("a cascade without a margin", () => {
  it("judges the first rows by both, then learns which go on, in the same bytes however it is run", async () => {
    const { space, run } = judged("sim:cheap?noise=0.05&tie=0.02", 70);
    const { summary } = await run("out");
    const [figures] = summary.cascades ?? [];
    const from = figures?.steps[1]?.learnedFrom ?? 0;
    expect([31, 46, 61]).toContain(from);
    expect(figures?.steps[1]).toMatchObject({ takes: expect.any(Number), graph: "judge" });
    const takes = Number(figures?.steps[1]?.takes);
    const made = depths(space, "out");
    expect(made.slice(0, from - 1)).toEqual(Array(from - 1).fill(2));
    expect(made.slice(from - 1)).toContain(1);
    expect(summary.calls).toBe(made.reduce((sum, depth) => sum + depth, 0));
    for (const { steps } of space.lines("out", "rows.jsonl").slice(from - 1)) {
      const [first, second] = steps;
      const margin = Math.abs(first.scores.a - first.scores.b);
      expect(second !== undefined).toBe(first.winner === "tie" || margin <= takes + 1e-9);
    }

    // Broken off, and gone on with in another order.
    const brokenOff = {
      ...silent,
      rows: ({ done }: { done: number }) => {
        if (done > 40) throw new Error("broken off");
      },
    };
    await expect(run("again", { progress: brokenOff, concurrency: 3 })).rejects.toThrow(
      "broken off",
    );
    await run("again", { concurrency: 1 });
    expect(space.outputs("again")).toEqual(space.outputs("out"));

    const options = { allowCode: false, onCode: () => undefined };
    for (const row of [1, from, 70]) {
      expect(await replayRow(space.at("out"), { ...options, row })).toMatchObject({ isSame: true });
    }
  });

  it("draws the frontier between the cheap step alone and the cascade", async () => {
    const { run } = judged("sim:cheap?noise=0.2&tie=0.02", 70);
    const { summary } = await run("out");
    const { frontier = [], pairs } = summary.cascades?.[0] ?? {};
    expect(pairs).toBe(70);
    expect(frontier[0]).toMatchObject({ step: 1, takes: "every", asked: [70, 0], calls: 70 });
    const calls = frontier.map((point) => point.calls);
    expect(calls).toEqual(calls.toSorted((one, other) => one - other));
    expect(new Set(calls).size).toBeGreaterThan(2);
    for (const { kappa, same } of frontier) {
      expect(kappa).toEqual(expect.any(Number));
      expect(same).toBeGreaterThan(0.4);
    }
    const text = cascadesText(summary.cascades ?? []).join("\n");
    expect(text).toMatch(/^\ncascade: step 1 judged 70 pairs and decided \d+; step 2 judged/);
    expect(text).toContain("step 1 alone");
  });

  it("asks a step no more that agrees with the strong one no better than chance, and says so", async () => {
    const { space, run } = judged("sim:cheap?noise=1&tie=0&position=1", 110);
    const { summary } = await run("out");
    const [figures] = summary.cascades ?? [];
    expect(figures?.steps).toMatchObject([
      { refused: true, asked: 100 },
      { takes: "every", asked: 110, decided: 110, learnedFrom: 101 },
    ]);
    const after = space.lines("out", "rows.jsonl").slice(100);
    for (const { steps, votes } of after) {
      expect(steps).toMatchObject([{ step: 2 }]);
      expect(votes.map(({ agent }: { agent: string }) => agent)).toEqual(["step-2.judge"]);
    }
    expect(cascadesText(summary.cascades ?? []).join("\n")).toContain(
      "NOT ASKED: step 1 agreed with the steps after it no better than chance, so from row 101 on step 2 judges every pair",
    );
  });

  it("learns inside a generator as well", async () => {
    const space = openWorkspace();
    const topology = {
      graph: "single",
      samples: 3,
      agents: { generator: { model: "sim:oak?words=20" } },
      evaluator: cascade("sim:cheap?noise=0.05&tie=0.02"),
    };
    const path = space.write("samples.json", JSON.stringify(topology));
    space.write(
      "prompts.jsonl",
      Array.from({ length: 50 }, (_, row) => ({ prompt: `Say ${row}.` })),
    );
    const run = (out: string, concurrency: number) =>
      generate(path, space.options("prompts.jsonl", out, { concurrency }));
    const { summary } = await run("out", 16);
    expect(summary.cascades).toMatchObject([
      {
        key: "evaluator",
        pairs: 100,
        steps: [{ asked: 100 }, { takes: expect.any(Number), learnedFrom: expect.any(Number) }],
      },
    ]);
    await run("again", 1);
    expect(space.outputs("again")).toEqual(space.outputs("out"));
  });
});
