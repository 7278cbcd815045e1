import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { openWorkspace, silent, type Workspace, type Written } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { exportCassette } from "./export-cassette.ts";
import { generate } from "../generate/generate.ts";

const topologies = join(import.meta.dirname, "..", "..", "topologies");
/** Some answers are cut, some reviews and verdicts can't be read. */
const sim = "sim:oak?fail=0.08&unreadable=0.3";

const code = (run: Promise<unknown>) =>
  run.then(
    () => "done",
    (error: unknown) => (isFellowshipError(error) ? error.code : error),
  );

/** Rows without what must differ: the models' names. */
const withoutModels = (rows: Written[]): unknown[] =>
  rows.map((row) =>
    JSON.parse(JSON.stringify(row), (key, value) => (key === "model" ? "" : value)),
  );

type Command = (topology: string, options: CommandOptions) => Promise<{ exitCode: number }>;

/** Runs, exports, and runs again on what was exported. */
async function runTwice(
  space: Workspace,
  run: Command,
  topology: string,
  changes: Partial<CommandOptions> = {},
) {
  const given = { models: [sim], ...changes };
  const first = await run(topology, space.options("input.jsonl", "out", given));
  const exported = await exportCassette(space.at("out"), space.at("exported.jsonl"));
  const models = [`replay:${space.at("exported.jsonl")}`];
  const again = { ...given, models };
  const second = await run(topology, space.options("input.jsonl", "again", again));
  return { first, second, exported };
}

describe("exportCassette", () => {
  it("writes a cassette that gives the same rows of a loop, failed and cut ones too", async () => {
    const space = openWorkspace();
    const ids = ["a", "b", "a", undefined, "a", "5", "5", "c"];
    space.write(
      "input.jsonl",
      [...ids, ...ids, ...ids].map((id, index) => ({ id, prompt: `Question ${index}?` })),
    );
    const { first, second, exported } = await runTwice(
      space,
      generate,
      join(topologies, "feedback-loop.yaml"),
    );
    expect(first.exitCode).toBe(3);
    expect(second.exitCode).toBe(3);
    expect(exported).toEqual({ rows: 24, calls: space.lines("exported.jsonl").length });
    const rows = space.lines("out", "rows.jsonl");
    expect(rows.some(({ endedEarly }) => endedEarly !== undefined)).toBe(true);
    expect(withoutModels(space.lines("again", "rows.jsonl"))).toEqual(withoutModels(rows));
    for (const name of [
      "failed.jsonl",
      "dpo.jsonl",
      "kto.jsonl",
      "sft.jsonl",
      "summary.json",
      "multi-agent/reviewer.kto.parquet",
    ]) {
      expect(space.outputs("again")[name]).toBe(space.outputs("out")[name]);
    }
  });

  it.each([
    ["judge.yaml", ["orders=both", "onUnparsed=fail"]],
    ["jury.yaml", ["strategy=independent"]],
    ["debate.yaml", []],
  ])("writes a cassette that gives the same verdicts of %s", async (name, sets) => {
    const space = openWorkspace();
    space.write(
      "input.jsonl",
      Array.from({ length: 8 }, (_, index) => ({
        id: index % 3,
        prompt: `Question ${index}?`,
        a: { text: "yes", model: "sim:oak" },
        b: { text: "no".repeat(index) },
        labels: { one: "a", two: "b" },
      })),
    );
    await runTwice(space, evaluate, join(topologies, name), { sets });
    const rows = space.lines("out", "rows.jsonl");
    expect(withoutModels(space.lines("again", "rows.jsonl"))).toEqual(withoutModels(rows));
    expect(space.text("again", "failed.jsonl")).toBe(space.text("out", "failed.jsonl"));
    expect(rows.length).toBeGreaterThan(0);
  });

  it("writes lines of the contract's shape and nothing else", async () => {
    const space = openWorkspace();
    space.write("input.jsonl", [{ id: "x", prompt: "?" }]);
    const topology = join(topologies, "feedback-loop.yaml");
    await generate(topology, space.options("input.jsonl", "out", { models: ["sim:oak"] }));
    const { calls } = await exportCassette(space.at("out"), space.at("exported.jsonl"));
    expect(calls).toBe(7);
    expect(space.lines("exported.jsonl")[0]).toEqual({
      row: "x",
      agent: "generator",
      turn: 0,
      content: expect.any(String),
      finish: "stop",
      usage: { in: expect.any(Number), out: expect.any(Number) },
    });
    const parts = space.lines("exported.jsonl").map(({ agent, part, turn }) => [agent, part, turn]);
    expect(parts).toContainEqual(["judge", "round-3", 0]);
  });

  it("writes what there is of a run that was stopped", async () => {
    const space = openWorkspace();
    space.write(
      "input.jsonl",
      Array.from({ length: 4 }, () => ({ prompt: "?" })),
    );
    let calls = 0;
    const call = () => void ((calls += 1) === 10 && process.emit("SIGINT"));
    const topology = join(topologies, "feedback-loop.yaml");
    const options = space.options("input.jsonl", "out", {
      models: ["sim:oak"],
      concurrency: 1,
      progress: { ...silent, call },
    });
    expect((await generate(topology, options)).exitCode).toBe(130);
    const { rows } = await exportCassette(space.at("out"), space.at("exported.jsonl"));
    expect(rows).toBe(1);
    expect(new Set(space.lines("exported.jsonl").map(({ row }) => row))).toEqual(new Set(["1"]));
  });

  it("refuses a directory without a run, and a place that can't be written", async () => {
    const space = openWorkspace();
    space.write("input.jsonl", [{ prompt: "?" }]);
    expect(await code(exportCassette(space.at("nowhere"), space.at("x.jsonl")))).toBe("bad_usage");
    expect(await code(exportCassette(space.at(), space.at("x.jsonl")))).toBe("bad_usage");
    const topology = join(topologies, "single.yaml");
    await generate(topology, space.options("input.jsonl", "out", { models: ["sim:oak"] }));
    const under = space.at("input.jsonl", "x.jsonl");
    expect(await code(exportCassette(space.at("out"), under))).toBe("storage_failed");
    // The directory is free again.
    expect(await code(exportCassette(space.at("out"), space.at("x.jsonl")))).toBe("done");
    expect(space.files().filter((name) => name.includes("lock") || name.includes("tmp"))).toEqual(
      [],
    );
  });
});
