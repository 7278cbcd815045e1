import { appendFileSync, cpSync, mkdirSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openWorkspace, silent, type Workspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate, evaluateAll } from "../evaluate/evaluate.ts";
import { evolve } from "../evolve/evolve.ts";
import { generate } from "../generate/generate.ts";
import { replayRow } from "../replay/replay-row.ts";
import { mergeShards } from "./merge.ts";

const models = ["sim:oak?skill=0.7"];
const sets = ["iterations=2"];
const settings = { progress: silent, environment: {}, plots: false, prices: undefined };

function merge(space: Workspace, shards: readonly string[], out: string) {
  const directories = shards.map((name) => space.at(name));
  return mergeShards(directories, space.at(out), { ...settings, allowCode: false });
}

/** The run undivided in `whole`, and its shards in `1`, `2` …; gives the names of the shards. */
async function runBoth(
  space: Workspace,
  of: number,
  run: (out: string, changes: Partial<CommandOptions>) => Promise<unknown>,
): Promise<string[]> {
  await run("whole", {});
  const names = Array.from({ length: of }, (_, place) => String(place + 1));
  for (const name of names) await run(name, { shard: { index: Number(name), of } });
  return names;
}

function prompts(space: Workspace, rows: number): void {
  const lines = Array.from({ length: rows }, (_, place) => ({
    // Two rows are alike, one has no text.
    prompt: place === 3 ? "" : `Why is planet ${Math.min(place, 5)} blue?`,
  }));
  space.write("prompts.jsonl", lines);
}

async function generated(space: Workspace, of: number): Promise<string[]> {
  prompts(space, 7);
  const gates = { gates: ["margin=0", "duplicates"], keep: 6 };
  return runBoth(space, of, (out, changes) =>
    generate(
      "topologies/feedback-loop.yaml",
      space.options("prompts.jsonl", out, { models, sets, gates, ...changes }),
    ),
  );
}

describe("the merge of shards", () => {
  it("leaves the bytes of one run, whose rows can be replayed and go on, or says why not", async () => {
    const space = openWorkspace();
    const names = await generated(space, 3);
    const [end] = await merge(space, ["2", "3", "1"], "merged");
    expect(end).toMatchObject({ exitCode: 3, summary: { rows: 7, done: 6, failed: 1 } });
    expect(space.outputs("merged")).toEqual(space.outputs("whole"));
    const { shards, gates, ...manifest } = space.json("merged", "run.json");
    expect(manifest).toMatchObject({ rows: 7, pending: 0 });
    expect(manifest).not.toHaveProperty("shard");
    expect(gates).toEqual(space.json("whole", "run.json").gates);
    expect(shards).toMatchObject(
      names.map((name) => ({ shard: `${name}/3`, directory: name, rows: name === "1" ? 3 : 2 })),
    );
    expect(space.json("2", "run.json")).toMatchObject({ shard: { index: 2, of: 3 }, rows: 2 });
    const replay = await replayRow(space.at("merged"), {
      row: 6,
      allowCode: false,
      onCode: () => undefined,
    });
    expect(replay.isSame).toBe(true);
    // The same merge again changes nothing; another one is refused.
    const before = space.text("merged", "run.json");
    await merge(space, names, "merged");
    expect(space.text("merged", "run.json")).toBe(before);
    await expect(merge(space, names, "whole")).rejects.toThrow(/not there yet or is empty/);
    const again = await generate(
      "topologies/feedback-loop.yaml",
      space.options("prompts.jsonl", "merged", {
        models,
        sets,
        gates: { gates: ["margin=0", "duplicates"], keep: 6 },
      }),
    );
    expect(again.summary).toEqual(end?.summary);

    // What is missing, double, unfinished or of another run is named.
    await expect(merge(space, ["1"], "out")).rejects.toThrow(/missing: 2\/3, 3\/3\./);
    await expect(merge(space, ["1", "2", "3", "2"], "out")).rejects.toThrow(
      /shard 2\/3 is there twice/,
    );
    await expect(merge(space, ["1", "whole"], "out")).rejects.toThrow(/holds a whole run/);
    await generate(
      "topologies/feedback-loop.yaml",
      space.options("prompts.jsonl", "other", {
        models,
        sets: ["iterations=3"],
        shard: { index: 2, of: 3 },
        gates: { gates: ["margin=0", "duplicates"], keep: 6 },
      }),
    );
    await expect(merge(space, ["1", "other", "3"], "out")).rejects.toThrow(
      /another run than .*\n {2}topology\.iterations: 2 there, 3 now/,
    );
    cpSync(space.at("2"), space.at("stopped"), { recursive: true });
    rmSync(space.at("stopped", "run.json"));
    cpSync(space.at("3"), space.at("longer"), { recursive: true });
    appendFileSync(space.at("longer", "journal.rows"), "0");
    await expect(merge(space, ["1", "stopped", "longer"], "out")).rejects.toThrow(
      /shard 2\/3 .*stopped\) has not come to its end; [^]*shard 3\/3 .*longer\) has not come/,
    );
    expect(space.files(".").filter((name) => name.startsWith("out"))).toEqual([]);
  });

  it("merges every topology of an evaluation, and compares them again", async () => {
    const space = openWorkspace();
    const sides = { a: { text: "Yes." }, b: { text: "No, it is not so." } };
    const labels = ["a", "b", "tie", "b", "a", "b"];
    space.write(
      "pairs.jsonl",
      labels.map((label, row) => ({ prompt: `${row}?`, ...sides, label })),
    );
    const topologies = ["topologies/jury.yaml", "topologies/judge.yaml"];
    const commandLine = `fellowship evaluate ${topologies.join(" ")} --out x`;
    const names = await runBoth(space, 2, (out, changes) =>
      evaluateAll(
        topologies,
        space.options("pairs.jsonl", out, { models, commandLine, ...changes }),
      ),
    );
    const ends = await merge(space, names, "merged");
    expect(ends.map(({ name }) => name)).toEqual(["jury", "judge"]);
    const withoutRuns = (files: Record<string, string>) =>
      Object.entries(files).filter(([name]) => !/journal\.|run\.json$/.test(name));
    expect(withoutRuns(space.outputs("merged"))).toEqual(withoutRuns(space.outputs("whole")));
  });

  it("takes people's labels of a cascade's rows over, and waits for the others", async () => {
    const space = openWorkspace();
    const cascade = {
      graph: "cascade",
      steps: [
        { graph: "judge", agents: { judge: { model: "sim:cheap?noise=0.3" } } },
        { graph: "person", marginAtMost: 3 },
      ],
    };
    const file = space.write("cascade.json", JSON.stringify(cascade));
    const sides = { a: "Yes.", b: "No, it is not so." };
    space.write(
      "pairs.jsonl",
      Array.from({ length: 24 }, (_, row) => ({ prompt: `Question ${row}?`, ...sides })),
    );
    const judge = (out: string, changes: Partial<CommandOptions> = {}) =>
      evaluate(file, space.options("pairs.jsonl", out, changes));
    const people = (out: string, name = "labels", skip = 0) => {
      const labels = space
        .lines(out, "for-person.jsonl")
        .map((pair, place) => (place < skip ? pair : { ...pair, labels: { anna: "b" } }));
      mkdirSync(space.at(out, "people"), { recursive: true });
      space.write(`${out}/people/${name}.jsonl`, labels);
    };
    const names = await runBoth(space, 3, judge);
    expect(await merge(space, names, "waiting")).toMatchObject([{ exitCode: 3 }]);
    // A second file holds what the first left open.
    people("1", "labels", 1);
    const [part] = await merge(space, names, "part");
    expect(part).toMatchObject({ exitCode: 3, summary: { person: { decided: 2 } } });
    expect(part?.summary).toMatchObject({ person: { labels: "people/labels-2.jsonl" } });
    await expect(merge(space, names, "waiting")).rejects.toThrow(/not there yet or is empty/);
    people("1", "labels-2");
    for (const name of ["2", "3", "whole"]) people(name);
    expect(await judge("whole")).toMatchObject({ exitCode: 0 });
    expect(await merge(space, names, "merged")).toMatchObject([{ exitCode: 0 }]);
    expect(space.outputs("merged")).toEqual(space.outputs("whole"));
    expect(await merge(space, names, "merged")).toMatchObject([{ exitCode: 0 }]);
  });

  it("has shards without a row where there are more of them than rows", async () => {
    const space = openWorkspace();
    const data = [1, 2].map((row) => ({ instruction: `Why ${row}?`, output: "So." }));
    space.write("data.json", JSON.stringify(data));
    const names = await runBoth(space, 3, (out, changes) =>
      evolve("topologies/coevol.yaml", space.options("data.json", out, { models, ...changes })),
    );
    expect(space.json("3", "summary.json")).toMatchObject({ rows: 0, done: 0, pending: 0 });
    await merge(space, names, "merged");
    expect(space.outputs("merged")).toEqual(space.outputs("whole"));
  });
});

describe("a shard", () => {
  it("counts the rows of one id over the whole input, as recordings do", async () => {
    const space = openWorkspace();
    space.write(
      "prompts.jsonl",
      ["One?", "Two?", "Three?"].map((prompt) => ({ id: "same", prompt })),
    );
    const call = { row: "same", agent: "generator", turn: 0 };
    space.write(
      "cassette.jsonl",
      ["First.", "Second.", "Third."].map((content, place) => ({
        ...call,
        occurrence: place + 1,
        content,
      })),
    );
    const replay = [`replay:${space.at("cassette.jsonl")}`];
    const names = await runBoth(space, 2, (out, changes) =>
      generate(
        "topologies/single.yaml",
        space.options("prompts.jsonl", out, { models: replay, ...changes }),
      ),
    );
    await merge(space, names, "merged");
    expect(space.outputs("merged")).toEqual(space.outputs("whole"));
    expect(space.text("merged", "rows.jsonl")).toContain("Third.");
  });

  it("is refused where rows depend on those before them", async () => {
    const space = openWorkspace();
    prompts(space, 4);
    const run = generate(
      "topologies/feedback-loop.yaml",
      space.options("prompts.jsonl", "out", {
        models,
        sets: ["stopWhenNoGain=true"],
        shard: { index: 1, of: 2 },
      }),
    );
    await expect(run).rejects.toThrow(
      /--shard: stopWhenNoGain depends on the rows before, .* Set stopWhenNoGain to false\./,
    );
  });
});
