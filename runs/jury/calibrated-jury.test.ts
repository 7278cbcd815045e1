import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { juryText } from "../../report/jury-text.ts";
import { openWorkspace, silent } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { generate } from "../generate/generate.ts";
import { replayRow } from "../replay/replay-row.ts";

const jurors = [
  { name: "steady", model: "sim:steady?noise=0.02" },
  { name: "shaky", model: "sim:shaky?noise=1" },
  { name: "front", model: "sim:front?noise=0.05&position=0.9" },
];
const jury = { graph: "jury", orders: "both", aggregate: "calibrated", agents: { jurors } };

function judged(rows: number, labels: number) {
  const space = openWorkspace();
  space.write(
    "pairs.jsonl",
    Array.from({ length: rows }, (_, row) => ({
      prompt: `Question ${row}?`,
      a: `Answer a to question ${row} is this one.`,
      b: `Answer b to question ${row} is this one.`,
      ...(row < labels ? { label: row % 2 === 0 ? "a" : "b" } : {}),
    })),
  );
  const topology = space.write("jury.json", JSON.stringify(jury));
  const run = (out: string, changes: Partial<CommandOptions> = {}) =>
    evaluate(topology, space.options("pairs.jsonl", out, { concurrency: 8, ...changes }));
  return { space, run };
}

describe("a calibrated jury", () => {
  it("is calibrated by all rows, in the same bytes however it is run", async () => {
    const { space, run } = judged(60, 0);
    const { summary } = await run("out");
    const { jury: figures } = summary;
    expect(figures).toMatchObject({ weightsFrom: "flips", labels: 0 });
    const [steady, shaky, front] = figures?.jurors ?? [];
    expect(steady?.weight).toBeGreaterThan(0.5);
    expect(shaky?.weight).toBeLessThan(0.35);
    expect(front?.weight).toBeLessThan(0.3);
    const rows = space.lines("out", "rows.jsonl");
    const decided = rows.filter(({ winner }) => winner !== "tie");
    for (const { confidence } of decided) expect(confidence).toBeGreaterThan(0.3);
    const counted = { a: 0, b: 0, tie: 0, none: 0 } as Record<string, number>;
    for (const { winner } of rows) counted[winner] = (counted[winner] ?? 0) + 1;
    expect(summary.wins).toEqual(counted);

    const brokenOff = {
      ...silent,
      rows: ({ done }: { done: number }) => {
        if (done > 20) throw new Error("broken off");
      },
    };
    await expect(run("again", { progress: brokenOff, concurrency: 3 })).rejects.toThrow(
      "broken off",
    );
    await run("again", { concurrency: 1 });
    expect(space.outputs("again")).toEqual(space.outputs("out"));

    const options = { allowCode: false, onCode: () => undefined };
    expect(await replayRow(space.at("out"), { ...options, row: 7 })).toMatchObject({
      isSame: true,
    });
    expect(juryText(figures!).join("\n")).toContain("from the jurors' flips, without labels");
  });

  it("takes its weights from 20 labels on from people", async () => {
    const { run } = judged(40, 20);
    expect((await run("out")).summary.jury).toMatchObject({ weightsFrom: "labels", labels: 20 });
  });

  it("isn't the only jury that is measured: one by plurality warns, too", async () => {
    const { space, run } = judged(40, 20);
    const { summary } = await run("out", { sets: ["aggregate=plurality"] });
    const { jury: figures } = summary;
    expect(figures).toMatchObject({ aggregate: "plurality", weightsFrom: "none", labels: 20 });
    expect(figures?.jurors.map(({ weight }) => weight)).toEqual([0.3333, 0.3333, 0.3333]);
    expect(figures?.unsteady.map(({ juror }) => juror)).toContain("front");
    const warning = "UNSTEADY: front names the other side in";
    const advice = "or use aggregate: calibrated";
    expect(juryText(figures!).join("\n")).toContain(warning);
    expect(juryText(figures!).join("\n")).toContain(advice);
    const calibrated = juryText({ ...figures!, aggregate: "calibrated" }).join("\n");
    expect(calibrated).toContain(warning);
    expect(calibrated).not.toContain(advice);
    const report = readFileSync(space.at("out", "report.html"), "utf8");
    expect(report).toContain(warning);
    expect(report).toContain("Jury: the weight of each juror");
  });

  it("learns in a loop from the rows before row 51, and tells how sure it was of each pair", async () => {
    const space = openWorkspace();
    space.write(
      "prompts.jsonl",
      Array.from({ length: 56 }, (_, row) => ({ prompt: `Question ${row}?` })),
    );
    const topology = space.write(
      "loop.json",
      JSON.stringify({
        graph: "feedback-loop",
        iterations: 2,
        agents: {
          generator: { model: "sim:oak?skill=0.5" },
          reviewers: [{ name: "reviewer", model: "sim:elm?skill=0.7" }],
        },
        evaluator: jury,
      }),
    );
    const run = (out: string, concurrency: number) =>
      generate(topology, space.options("prompts.jsonl", out, { concurrency }));
    await run("out", 8);
    for (const { source } of space.lines("out", "dpo.jsonl")) {
      expect(source.confidence).toBeGreaterThan(0);
    }
    await run("again", 1);
    expect(space.outputs("again")).toEqual(space.outputs("out"));
    const options = { allowCode: false, onCode: () => undefined };
    for (const row of [1, 53]) {
      expect(await replayRow(space.at("out"), { ...options, row })).toMatchObject({
        isSame: true,
      });
    }
  });
});
