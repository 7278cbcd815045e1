import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { acquireDirectoryLock } from "../../storage/directory-lock.ts";
import { openWorkspace, silent } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluateAll } from "../evaluate/evaluate.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const topologies = join(import.meta.dirname, "..", "..", "topologies");
const loop = join(topologies, "feedback-loop.yaml");
const judge = join(topologies, "judge.yaml");

const outcome = (run: Promise<unknown>) =>
  run.then(
    () => "done",
    (error: unknown) => (isFellowshipError(error) ? `${error.code}: ${error.message}` : error),
  );

/** Six prompts, and the options of a run over them. */
function sixPrompts() {
  const space = openWorkspace();
  const prompts = Array.from({ length: 6 }, (_, index) => ({ prompt: `Question ${index}?` }));
  space.write("prompts.jsonl", prompts);
  const options = (changes: Partial<CommandOptions> = {}) =>
    space.options("prompts.jsonl", "out", { models: ["sim:oak"], ...changes });
  return { space, options };
}

describe("a directory of another origin", () => {
  it.each([
    ["journal.calls", "a link to a file", "links"],
    ["multi-agent", "a link to a folder", "links"],
    ["multi-agent", "a folder with files", "no run wrote"],
  ])("is refused, and nothing is written through it: %s, %s", async (name, kind, why) => {
    const { space, options } = sixPrompts();
    mkdirSync(space.at("mine"));
    mkdirSync(space.at("out"));
    space.write(join("mine", "generator.dpo.jsonl"), "precious");
    const target = kind === "a link to a file" ? "mine/generator.dpo.jsonl" : "mine";
    if (kind === "a folder with files") renameSync(space.at("mine"), space.at("out", name));
    else symlinkSync(`../${target}`, space.at("out", name));
    const before = space.files();
    expect(await outcome(forecastGenerate(loop, options()))).toContain(why);
    expect(await outcome(generate(loop, options()))).toMatch(/^bad_usage: .*out/);
    expect(space.files()).toEqual(before);
    const kept = before.find((file) => file.endsWith("generator.dpo.jsonl")) ?? "";
    expect(space.text(kept)).toBe("precious");
  });

  it.each(["dpo.jsonl", "summary.json.tmp", "multi-agent"])(
    "is refused before anything is asked where %s is of another kind",
    async (name) => {
      const { space, options } = sixPrompts();
      await generate(loop, options({ limit: 2 }));
      rmSync(space.at("out", name), { recursive: true, force: true });
      if (name === "multi-agent") space.write(join("out", name), "precious");
      else mkdirSync(space.at("out", name));
      const before = space.files();
      expect(await outcome(forecastGenerate(loop, options()))).toContain(
        `(${space.at("out", name)})`,
      );
      expect(await outcome(generate(loop, options()))).toMatch(/^bad_usage: .*the other kind/);
      expect(space.files()).toEqual(before);
    },
  );

  it("is not moved aside by --fresh", async () => {
    const { space, options } = sixPrompts();
    mkdirSync(space.at("out"));
    space.write(join("out", "photo.jpg"), "precious");
    const fresh = options({ fresh: true });
    expect(await outcome(forecastGenerate(loop, fresh))).toContain("holds no run");
    expect(await outcome(generate(loop, fresh))).toContain("bad_usage");
    expect(space.files()).toEqual(["out/photo.jpg", "prompts.jsonl"]);
  });

  it("is not moved aside by --fresh while a run is under way in a folder below it", async () => {
    const { space, options } = sixPrompts();
    await generate(loop, options());
    mkdirSync(space.at("out", "below"));
    const running = await acquireDirectoryLock(space.at("out", "below"));
    try {
      const refusal = await outcome(generate(loop, options({ fresh: true })));
      expect(refusal).toMatch(/^directory_in_use: .*below/);
      expect(space.lines("out", "rows.jsonl")).toHaveLength(6);
    } finally {
      await running.release();
    }
  });
});

describe("the directories of several evaluators", () => {
  function onePair() {
    const space = openWorkspace();
    space.write("pairs.jsonl", [{ prompt: "?", a: { text: "A" }, b: { text: "B" } }]);
    return { space, options: space.options("pairs.jsonl", "out", { models: ["sim:oak"] }) };
  }

  it.each(["...yaml", ".hidden.yaml", ".yaml", "a\nb.yaml"])(
    "are never outside or hidden, whatever a topology is called: %j",
    async (name) => {
      const { space, options } = onePair();
      const topology = space.write(name, "graph: judge\nagents: { judge: { model: sim:oak } }\n");
      expect(await outcome(evaluateAll([judge, topology], options))).toContain("Rename the file");
      expect(space.files().sort()).toEqual([name, "pairs.jsonl"].sort());
    },
  );

  it("are not links to other places", async () => {
    const { space, options } = onePair();
    for (const folder of ["out", "mine"]) mkdirSync(space.at(folder));
    symlinkSync("../mine", space.at("out", "judge"));
    expect(await outcome(evaluateAll([judge], options))).toContain("links");
    expect(space.files("mine")).toEqual([]);
  });
});

describe("a directory that is moved under its run", () => {
  it.each(["moved", "replaced", "removed"])("ends the run, and nothing mixes: %s", async (how) => {
    const { space, options } = sixPrompts();
    let calls = 0;
    const call = () => {
      calls += 1;
      if (calls !== 9) return;
      if (how === "removed") rmSync(space.at("out"), { recursive: true });
      else renameSync(space.at("out"), space.at("moved"));
      if (how === "replaced") mkdirSync(space.at("out"));
    };
    // The place of the directory is looked at again after a while; all calls take longer than that.
    const models = ["sim:oak?latencyMs=10"];
    const moving = options({ concurrency: 1, models, progress: { ...silent, call } });
    expect(await outcome(generate(loop, moving))).toMatch(/^storage_failed: .* was moved/);
    expect(calls).toBeLessThan(6 * 7);
    expect(space.files().filter((name) => name.startsWith("out"))).toEqual([]);
    if (how === "removed") return;
    expect(space.files("moved")).toContain("journal.calls");
    rmSync(space.at("out"), { recursive: true, force: true });
    renameSync(space.at("moved"), space.at("out"));
    // This process, which the lock names, is still alive.
    rmSync(space.at("out", "lock.1"));
    expect(await generate(loop, options({ models }))).toMatchObject({ exitCode: 0 });
    expect(space.lines("out", "rows.jsonl")).toHaveLength(6);
  });
});
