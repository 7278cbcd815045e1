import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { trainers } from "../../datasets/trainers/trainers.ts";
import { openWorkspace, type Written } from "../../tests/workspace.ts";
import { evolve } from "../evolve/evolve.ts";
import { exportData } from "../export/export-data.ts";
import { generate } from "../generate/generate.ts";
import type { GateOptions } from "./sift.ts";

const directory = mkdtempSync(join(tmpdir(), "fellowship-gates-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const space = openWorkspace(directory);
const models = ["sim:elm"];
const files = ["dpo", "kto", "sft"];

async function run(gates?: GateOptions) {
  const options = space.options("prompts.jsonl", "loop", { models, gates });
  return generate("topologies/feedback-loop.yaml", options);
}

beforeAll(async () => {
  // Every third prompt is asked twice.
  const prompts = Array.from({ length: 12 }, (_, index) => ({
    prompt: `Explain number ${index % 3 === 2 ? index - 1 : index}, and how it is used?`,
  }));
  space.write("prompts.jsonl", prompts);
  await run();
});

it("drops lines in the run, lists each with its gate, and gives them back without gates", async () => {
  const before = space.outputs("loop");
  const all = Object.fromEntries(files.map((file) => [file, space.lines("loop", `${file}.jsonl`)]));
  const calls = space.text("loop", "journal.calls");

  const { summary } = await run({ gates: ["margin=1", "duplicates=exact"], keep: 5 });
  const dropped = space.lines("loop", "dropped.jsonl");
  for (const file of files) {
    const counts = summary.gates![file]!;
    const kept = space.lines("loop", `${file}.jsonl`);
    expect(counts.lines).toBe(all[file]!.length);
    expect(counts.kept).toBe(kept.length);
    expect(counts.kept + Object.values(counts.dropped).reduce((sum, one) => sum + one, 0)).toBe(
      counts.lines,
    );
    const own = dropped.filter((line) => line.file === file);
    expect(own).toHaveLength(counts.lines - counts.kept);
    // What is kept and what is dropped are the lines of before, in their order.
    const texts = kept.map((line) => JSON.stringify(line));
    expect(
      all[file]!.map((line) => JSON.stringify(line)).filter((one) => texts.includes(one)),
    ).toEqual(texts);
  }
  expect(summary.pairs).toBe(5);
  expect(new Set(dropped.map(({ gate }: Written) => gate))).toEqual(
    new Set(["margin", "duplicates", "keep"]),
  );
  for (const { detail, row, line } of dropped) {
    expect(detail).toMatch(/\.$/);
    expect(row).toBeGreaterThan(0);
    expect(line).toBeGreaterThan(0);
  }
  expect(space.json("loop", "run.json").gates).toEqual({
    gates: ["margin=1", "duplicates=exact"],
    keep: 5,
  });
  expect(space.text("loop", "rows.jsonl")).toBe(before["rows.jsonl"]);
  expect(space.text("loop", "journal.calls")).toBe(calls);

  await run();
  const { "report.html": _, ...restored } = space.outputs("loop");
  const { "report.html": __, ...original } = before;
  expect(restored).toEqual(original);
});

it("keeps the pairs of the largest margins", async () => {
  await run({ gates: [], keep: 4 });
  const kept = space.lines("loop", "dpo.jsonl").map((line) => line.score_margin);
  await run();
  const margins = space.lines("loop", "dpo.jsonl").map((line) => line.score_margin);
  const best = margins.toSorted((one: number, other: number) => other - one).slice(0, 4);
  expect(kept.toSorted((one: number, other: number) => other - one)).toEqual(best);
});

it("gates an export afterwards, and leaves the run as it is", async () => {
  const before = space.outputs("loop");
  const { gates, written } = await exportData(space.at("loop"), {
    trainer: trainers[0]!,
    kind: "dpo",
    file: space.at("train", "dpo.jsonl"),
    gates: { gates: ["margin=1"], keep: 3 },
  });
  expect(gates!.kept).toBe(written);
  expect(written).toBe(3);
  const leftOut = space.lines("train", "dpo.left-out.jsonl");
  expect(leftOut).toHaveLength(gates!.lines - 3);
  expect(new Set(leftOut.map(({ reason }) => reason))).toEqual(new Set(["margin", "keep"]));
  expect(space.outputs("loop")).toEqual(before);
});

it("exports what the run kept where the export has no gates of its own", async () => {
  await run({ gates: ["margin=1"] });
  const kept = space.lines("loop", "dpo.jsonl").length;
  const file = space.at("as-run", "dpo.jsonl");
  const { written } = await exportData(space.at("loop"), {
    trainer: trainers[0]!,
    kind: "dpo",
    file,
  });
  expect(written).toBe(kept);
  await run();
});

it("gates the pairs of an evolution, and not the data that go back in their own shape", async () => {
  space.write(
    "data.jsonl",
    [1, 2, 3, 4].map((number) => ({ instruction: `Explain ${number}.`, output: "So it is." })),
  );
  const run = (out: string, gates?: GateOptions) =>
    evolve("topologies/coevol.yaml", space.options("data.jsonl", out, { models, gates }));
  const whole = await run("whole");
  const { summary } = await run("gated", { gates: [], keep: 1 });
  expect(whole.summary.pairs).toBeGreaterThan(1);
  expect(summary.pairs).toBe(1);
  expect(summary.gates!["dpo"]!.lines).toBe(whole.summary.pairs);
  expect(space.text("gated", "evolved.jsonl")).toBe(space.text("whole", "evolved.jsonl"));
});

it("keeps as many of the surest pairs as people's labels certify, and says so on the card", async () => {
  const many = Array.from({ length: 24 }, (_, index) => ({ prompt: `What is ${index}?` }));
  space.write("many.jsonl", many);
  const generated = (gates?: GateOptions) =>
    generate(
      "topologies/feedback-loop.yaml",
      space.options("many.jsonl", "many", { models, gates }),
    );
  await generated();
  const pairs = space.lines("many", "dpo.jsonl");
  // People agree with the surer half of the pairs alone.
  const margins = pairs.map((line) => line.score_margin).toSorted((one, other) => one - other);
  const usual = margins[Math.floor(margins.length / 2)];
  const labelled = pairs.map(({ prompt, chosen, rejected, score_margin: margin }, index) => {
    const isRight = margin > usual;
    const [a, b] = index % 3 === 0 ? [chosen, rejected] : [rejected, chosen];
    const right = index % 3 === 0 ? "a" : "b";
    return {
      messages: prompt,
      a: a[0].content,
      b: b[0].content,
      labels: { ann: isRight ? right : "tie" },
      drawn: "random",
    };
  });
  const labels = space.write("labels.jsonl", [
    ...labelled,
    { prompt: "Of no pair?", a: "Yes.", b: "No.", labels: { ann: "a" } },
    { prompt: "Not labelled?", a: "Yes.", b: "No." },
  ]);
  const certify = { noise: 0.45, delta: 0.1 };
  const { summary } = await generated({ gates: [], certify, labels });
  const { lines, kept, dropped, certificate } = summary.gates!["dpo"]!;
  expect(certificate).toMatchObject({ ...certify, pairs: lines, labels: lines, kept });
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(lines);
  expect(dropped).toEqual({ certify: lines - kept });
  expect(space.lines("many", "dpo.jsonl")).toHaveLength(kept);
  expect(space.text("many", "README.md")).toContain("at most 45 % of the pairs are wrong");
  expect(space.text("many", "README.md")).toMatch(/label_smoothing=0\.\d\d/);

  // Pairs that were chosen because they teach most are no random draw.
  space.write("labels.jsonl", [
    { ...labelled[0], drawn: "random" },
    ...labelled.slice(1).map((row) => ({ ...row, drawn: "chosen" })),
  ]);
  const again = await generated({ gates: [], certify, labels });
  expect(again.summary.gates!["dpo"]).toMatchObject({
    kept: 0,
    certificate: { labels: 1, kept: 0, reason: "too_few_labels" },
  });

  // The data's own order of chosen and rejected is no label of people.
  space.write("labels.jsonl", pairs);
  await expect(generated({ gates: [], certify, labels })).rejects.toThrow(/found none/);
});

it("refuses a gate that can't be asked before anything is sent", async () => {
  const options = space.options("prompts.jsonl", "never", {
    models,
    gates: { gates: ["contamination=nowhere.jsonl"] },
  });
  await expect(generate("topologies/feedback-loop.yaml", options)).rejects.toThrow(/no such file/);
  expect(space.files()).not.toContain("never/journal.plan");
});
