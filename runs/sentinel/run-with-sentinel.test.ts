import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { scores } from "../../tests/written-answers.ts";
import { runScript } from "../../tests/run-script.ts";
import { openWorkspace, silent } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate, forecastEvaluate } from "../evaluate/evaluate.ts";
import { forecastSentinel, runWithSentinel, type SentinelOptions } from "./run-with-sentinel.ts";

const rows = Array.from({ length: 12 }, (_, row) => `r${row + 1}`);
const goldenIds = Array.from({ length: 24 }, (_, row) => `g${row + 1}`);
const pair = (id: string) => ({
  id,
  prompt: `${id}?`,
  a: { text: `A ${id}` },
  b: { text: `B ${id}` },
});

/** A judge with answers of its own to every pair; another one has others. */
function answers(judge: "usual" | "other") {
  return [...rows, ...goldenIds].map((row, index) => {
    const usual = index % 2 === 0 ? scores(8, 4) : scores(3, 7);
    const other = index % 3 === 0 ? scores(3, 6) : usual;
    return { row, turn: 0, content: judge === "usual" ? usual : other };
  });
}

function watched() {
  const space = openWorkspace();
  space.write("pairs.jsonl", rows.map(pair));
  const golden = space.write("golden.jsonl", goldenIds.map(pair));
  const judge = (which: "usual" | "other") => space.write("cassette.jsonl", answers(which));
  judge("usual");
  const topology = space.write(
    "judge.yaml",
    `graph: judge\nreasks: 0\nagents: { judge: { model: "replay:${space.at("cassette.jsonl")}" } }\n`,
  );
  const said: string[] = [];
  const run = (changes: Partial<CommandOptions> = {}, sentinel: Partial<SentinelOptions> = {}) =>
    runWithSentinel({ run: evaluate, forecast: forecastEvaluate }, topology, {
      ...space.options("pairs.jsonl", "out", {
        concurrency: 2,
        progress: { ...silent, say: (text) => void said.push(text) },
        ...changes,
      }),
      sentinel: { golden, onDrift: "stop", ...sentinel },
    });
  const checks = () => space.json("out", "sentinel", "sentinel.json").checks;
  const broken = (): Partial<CommandOptions> => {
    let calls = 0;
    // 48 of the golden pairs come first.
    const call = () => void ((calls += 1) === 51 && process.emit("SIGINT"));
    return { progress: { ...silent, call } };
  };
  return { space, judge, run, checks, said, broken };
}

describe("a run whose judge is watched", () => {
  it("is forecast with every time that the golden pairs are to be judged", async () => {
    const { space, run } = watched();
    const named = async (golden: string, directory: string) => {
      const options = space.options("pairs.jsonl", directory);
      const sentinel = { golden, onDrift: "stop" } as const;
      const found = await forecastSentinel(space.at("judge.yaml"), { ...options, sentinel });
      return found.map(([name, { calls }]) => `${name}: ${calls}`);
    };
    const golden = space.at("golden.jsonl");
    const passes = ["first", "again", "middle", "end"].map((name) => `golden pairs, ${name}: 24`);
    expect(await named(golden, "out")).toEqual(passes);
    const words = [
      space.at("judge.yaml"),
      "--input",
      space.at("pairs.jsonl"),
      "--out",
      space.at("out"),
    ];
    const asked = await runScript("evaluate", [
      ...words,
      "--sentinel",
      golden,
      "--dry-run",
      "--json",
    ]);
    expect(JSON.parse(asked.stdout).dryRun.total).toMatchObject({ calls: 12 + 4 * 24 });
    expect(space.files(".")).not.toContain("out");
    await run({ limit: 3 });
    expect(await named(golden, "out")).toEqual(["golden pairs, resume: 24"]);
    const few = space.write("few.jsonl", goldenIds.slice(0, 19).map(pair));
    await expect(named(few, "other")).rejects.toThrow(
      "expected 20 golden pairs or more that the judge gives a verdict on, got 19",
    );
    const none = space.write("none.jsonl", [{ a: 1 }]);
    await expect(named(none, "other")).rejects.toMatchObject({ code: "bad_input" });
  });

  it("has the golden pairs judged at the start, in the middle and at the end, and leaves its data as they are", async () => {
    const { space, run, checks, said } = watched();
    const { exitCode, stoppedBy, summary } = await run();
    expect([exitCode, stoppedBy]).toEqual([0, null]);
    expect(checks()).toMatchObject([
      { name: "middle", rows: 6, p: 1, drifted: false },
      { name: "end", rows: 12, p: 1, drifted: false },
    ]);
    expect(said).toContain("sentinel, middle: the same judge (p = 1.0)");
    expect(summary).toMatchObject({ rows: 12, calls: 12 });
    await evaluate(space.at("judge.yaml"), space.options("pairs.jsonl", "plain"));
    for (const name of ["rows.jsonl", "summary.json"]) {
      expect(space.text("out", name)).toBe(space.text("plain", name));
    }
    // The same command on a finished run asks no model.
    const before = space.files("out", "sentinel");
    await run();
    expect(space.files("out", "sentinel")).toEqual(before);
  });

  it("has the golden pairs judged in the middle of a shard's own rows", async () => {
    const { run, checks } = watched();
    let calls = 0;
    let callsByMiddle = 0;
    const say = (text: string) => {
      if (text.startsWith("sentinel, middle")) callsByMiddle = calls;
    };
    const progress = { ...silent, call: () => void (calls += 1), say };
    await run({ shard: { index: 2, of: 2 }, progress });
    expect(checks()).toMatchObject([
      { name: "middle", rows: 3 },
      { name: "end", rows: 6 },
    ]);
    expect(callsByMiddle).toBe(3 * goldenIds.length + 3);
  });

  it("ends a resumed run whose judge is another, and goes on as it is told", async () => {
    const { judge, run, checks, broken } = watched();
    expect((await run(broken())).exitCode).toBe(130);
    judge("other");
    const refused = await run().catch((error: unknown) => error);
    expect(isFellowshipError(refused) && refused.code).toBe("service_failed");
    expect(String(refused)).toMatch(
      /decides the 24 golden pairs of .*golden\.jsonl otherwise .*check resume-1, p = .*\. Rows 1 to \d+ may hold labels of both\. Run the same command again once the judge is what it was, with --on-drift accept/,
    );
    expect(checks()).toMatchObject([{ name: "resume-1", drifted: true }]);

    // Accepted: it is what later checks are compared with.
    const { exitCode } = await run({}, { onDrift: "accept" });
    expect(exitCode).toBe(0);
    expect(checks()).toMatchObject([
      { name: "resume-1", drifted: true },
      { name: "resume-2", drifted: true, accepted: true },
      { name: "middle", drifted: false, p: 1 },
      { name: "end", drifted: false, p: 1 },
    ]);
  });

  it("goes on once the judge is what it was", async () => {
    const { judge, run, broken } = watched();
    await run(broken());
    judge("other");
    await expect(run()).rejects.toThrow("otherwise");
    judge("usual");
    expect((await run()).exitCode).toBe(0);
  });

  it("begins again with --fresh", async () => {
    const { space, judge, run, checks } = watched();
    await run();
    judge("other");
    expect((await run({ fresh: true })).exitCode).toBe(0);
    expect(checks()).toHaveLength(2);
    expect(space.lines("out.old-1", "rows.jsonl")).toHaveLength(12);
  });

  it("refuses too few golden pairs, others than it began with, and a topology without an evaluator", async () => {
    const { space, run, broken } = watched();
    const few = space.write("few.jsonl", goldenIds.slice(0, 19).map(pair));
    await expect(run({}, { golden: few })).rejects.toThrow("expected 20 golden pairs or more");
    await run({ ...broken(), directory: space.at("other") });
    const options = { directory: space.at("other") };
    await expect(run(options, { golden: few })).rejects.toThrow("differ from those");
    const path = space.write(
      "single.yaml",
      "graph: single\nagents: { generator: { model: sim:x } }\n",
    );
    const sentinel = { golden: few, onDrift: "stop" as const };
    const command = { run: evaluate, forecast: forecastEvaluate };
    await expect(
      runWithSentinel(command, path, { ...space.options("pairs.jsonl", "x"), sentinel }),
    ).rejects.toThrow("(graph: single) has no key evaluator");
  });
});
