import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { RecordedAnswer } from "../../tests/cassette.ts";
import { journalAddresses } from "../../tests/journal-records.ts";
import { recordedLoop } from "../../tests/recorded-loop.ts";
import { openWorkspace, silent, type Workspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { generate } from "../generate/generate.ts";

const topologies = join(import.meta.dirname, "..", "..", "topologies");
const loop = join(topologies, "feedback-loop.yaml");

const won = {
  responses: ["first", "second", "third"],
  verdicts: [
    [3, 8],
    [8, 3],
  ],
} as const;
const whole = (...ids: string[]) => ids.flatMap((id) => recordedLoop(id, won));

/** A workspace with five prompts and a cassette of them. */
function recordedRun(answers: readonly RecordedAnswer[] = whole("1", "2", "3", "4", "5")) {
  const space = openWorkspace();
  space.write(
    "prompts.jsonl",
    Array.from({ length: 5 }, (_, index) => ({ prompt: `Q${index}` })),
  );
  space.write("cassette.jsonl", answers);
  const options = (changes: Partial<CommandOptions> = {}) =>
    space.options("prompts.jsonl", "out", {
      models: [`replay:${space.at("cassette.jsonl")}`],
      sets: ["evaluator.reasks=0"],
      ...changes,
    });
  return { space, options };
}

/** Addresses whose answers were written down, in the order in which they came. */
const answered = (space: Workspace) => journalAddresses(space.at("out", "journal.calls"), "answer");

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => "no refusal",
    (error: unknown) =>
      isFellowshipError(error) ? `${error.code}: ${error.message}` : `a bug: ${String(error)}`,
  );

/** Everything but how long the last session took. */
const manifest = (space: Workspace, out = "out") => {
  const { seconds: _seconds, ...rest } = space.json(out, "run.json");
  return rest;
};

describe("the same command again", () => {
  it("ends as before without its journals, while their hashes stand", async () => {
    const { space, options } = recordedRun();
    const { seconds: _first, ...first } = await generate(loop, options());
    const { seconds: _again, ...again } = await generate(loop, options());
    const byName = (end: typeof first) => end.files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect({ ...again, files: byName(again) }).toEqual({ ...first, files: byName(first) });
    // A byte more is looked at: here a record that was not finished.
    const journal = space.text("out", "journal.rows");
    writeFileSync(space.at("out", "journal.rows"), `${journal}0`);
    const end = await generate(loop, options());
    expect(end.summary).toEqual(first.summary);
    expect(space.text("out", "journal.rows")).toBe(journal);
  });

  it("goes on beyond a limit, also where a smaller one wrote the files last", async () => {
    const { space, options } = recordedRun();
    await generate(loop, options({ limit: 3 }));
    rmSync(space.at("out", "dpo.jsonl"));
    const { summary } = await generate(loop, options({ limit: 1 }));
    expect([summary.rows, space.json("out", "run.json").limit]).toEqual([3, 3]);
    const end = await generate(loop, options());
    expect([end.summary.rows, end.summary.done]).toEqual([5, 5]);
  });

  it("does nothing, and leaves the same bytes", async () => {
    const { space, options } = recordedRun();
    await generate(loop, options());
    const before = { outputs: space.outputs("out"), manifest: manifest(space) };
    const journals = ["calls", "rows", "plan"].map((name) => space.text("out", `journal.${name}`));
    const written = () => space.files("out").map((name) => statSync(space.at("out", name)).mtimeMs);
    const times = written();
    let calls = 0;
    const progress = { ...silent, call: () => void (calls += 1) };
    const end = await generate(loop, options({ progress }));
    expect(end.exitCode).toBe(0);
    expect(end.summary).toEqual(space.json("out", "summary.json"));
    expect(written()).toEqual(times);
    expect(calls).toBe(0);
    expect({ outputs: space.outputs("out"), manifest: manifest(space) }).toEqual(before);
    expect(["calls", "rows", "plan"].map((name) => space.text("out", `journal.${name}`))).toEqual(
      journals,
    );
  });

  it.each(["dpo.jsonl", "run.json", "summary.json"])(
    "writes all files again where %s is not what the run wrote",
    async (name) => {
      const { space, options } = recordedRun();
      await generate(loop, options());
      const before = space.outputs("out");
      if (name === "run.json") rmSync(space.at("out", name));
      else writeFileSync(space.at("out", name), "another\n");
      await generate(loop, options());
      expect(space.outputs("out")).toEqual(before);
      expect(manifest(space).done).toBe(5);
    },
  );

  it("goes on behind --limit, and ends as if there had been none", async () => {
    const { space, options } = recordedRun();
    const first = await generate(loop, options({ limit: 2 }));
    expect(first.summary).toMatchObject({ rows: 2, done: 2, pending: 0 });
    expect(answered(space)).toHaveLength(14);
    await generate(loop, options());
    await generate(loop, options({ directory: space.at("whole") }));
    expect(space.outputs("out")).toEqual(space.outputs("whole"));
    expect(new Set(answered(space)).size).toBe(35);
    expect(answered(space)).toHaveLength(35);
    // And back again: a smaller limit never takes away rows that are there.
    const back = await generate(loop, options({ limit: 2 }));
    expect(back.summary).toEqual(space.json("whole", "summary.json"));
    expect(space.outputs("out")).toEqual(space.outputs("whole"));
    expect(answered(space)).toHaveLength(35);
  });

  it("tries failed rows again, and only what they lacked", async () => {
    const complete = whole("1", "2", "3", "4", "5");
    const gap = ({ row, agent, part }: RecordedAnswer) =>
      (row === "2" && agent === "judge" && part === "round-3") || row === "4";
    const { space, options } = recordedRun(complete.filter((answer) => !gap(answer)));
    const first = await generate(loop, options());
    expect(first.exitCode).toBe(3);
    expect(first.summary.failures).toEqual({ not_recorded: 2 });
    expect(space.lines("out", "failed.jsonl").map(({ row }) => row)).toEqual([2, 4]);
    space.write("cassette.jsonl", complete);
    const second = await generate(loop, options());
    expect(second.exitCode).toBe(0);
    expect(space.text("out", "failed.jsonl")).toBe("");
    await generate(loop, options({ directory: space.at("whole") }));
    expect(space.outputs("out")).toEqual(space.outputs("whole"));
    expect(new Set(answered(space)).size).toBe(answered(space).length);
  });

  it("does not lose sight of a row that can't be used", async () => {
    const { space, options } = recordedRun();
    space.write("prompts.jsonl", [{ prompt: "?" }, { prompt: "" }, "x"]);
    const first = await generate(loop, options());
    const second = await generate(loop, options());
    expect(second.summary).toEqual(first.summary);
    expect(second.summary).toMatchObject({ rows: 3, done: 1, failed: 2, pending: 0 });
    expect(second.exitCode).toBe(3);
  });

  it("counts rows of one id over the whole input, wherever it goes on", async () => {
    const { space, options } = recordedRun([
      { row: "x", occurrence: 1, turn: 0, content: "A" },
      { row: "x", occurrence: 2, turn: 0, content: "B" },
      { row: "x", occurrence: 3, turn: 0, content: "C" },
    ]);
    space.write(
      "prompts.jsonl",
      ["one", "two", "three"].map((prompt) => ({ id: "x", prompt })),
    );
    const single = join(topologies, "single.yaml");
    for (const limit of [1, 2, 3]) await generate(single, options({ sets: [], limit }));
    expect(space.lines("out", "rows.jsonl").map(({ responses }) => responses[0].text)).toEqual([
      "A",
      "B",
      "C",
    ]);
  });
});

describe("another command in the same directory", () => {
  it.each<[string, (space: Workspace, options: CommandOptions) => Promise<unknown>, string]>([
    [
      "another topology",
      (_, options) => generate(loop, { ...options, sets: ["iterations=2", "evaluator.reasks=0"] }),
      "topology.iterations: 3 there, 2 now",
    ],
    [
      "another model",
      (_, options) => generate(loop, { ...options, models: ["sim:oak"] }),
      'topology.agents.generator.model: "replay:',
    ],
    [
      "another input",
      (space, options) =>
        generate(loop, { ...options, input: space.write("others.jsonl", [{ prompt: "Other?" }]) }),
      'input: "',
    ],
    [
      "another command",
      (space, options) =>
        evaluate(join(topologies, "judge.yaml"), {
          ...options,
          sets: [],
          input: space.write("pairs.jsonl", [{ prompt: "?", a: { text: "" }, b: { text: "x" } }]),
        }),
      'command: "generate" there, "evaluate" now',
    ],
  ])("is refused with the difference named: %s", async (_, run, difference) => {
    const { space, options } = recordedRun();
    await generate(loop, options({ limit: 1 }));
    const before = { ...space.outputs("out"), calls: space.text("out", "journal.calls") };
    const message = await refusal(run(space, options()));
    expect(message).toContain(
      `directory_differs: ${space.at("out")} holds a run over something else`,
    );
    expect(message).toContain(difference);
    expect(message).toContain("--fresh");
    expect({ ...space.outputs("out"), calls: space.text("out", "journal.calls") }).toEqual(before);
  });

  it("moves the run aside with --fresh, and again under another number", async () => {
    const { space, options } = recordedRun();
    await generate(loop, options({ limit: 1 }));
    const before = space.outputs("out");
    const sets = ["iterations=2", "evaluator.reasks=0"];
    await generate(loop, options({ sets, fresh: true }));
    expect(space.outputs("out.old-1")).toEqual(before);
    expect(space.lines("out", "rows.jsonl")).toHaveLength(5);
    await generate(loop, options({ fresh: true, limit: 1 }));
    expect(space.outputs("out")["rows.jsonl"]).toEqual(before["rows.jsonl"]);
    expect(space.lines("out.old-2", "rows.jsonl")).toHaveLength(5);
    // Nothing is held by either.
    expect(space.files().filter((name) => name.includes("lock"))).toEqual([]);
  });

  it("takes --fresh for a directory that is not there yet", async () => {
    const { space, options } = recordedRun();
    const end = await generate(loop, options({ fresh: true, limit: 1 }));
    expect(end.exitCode).toBe(0);
    expect(space.files().filter((name) => name.includes("old"))).toEqual([]);
  });

  it("does not write over files that no run wrote", async () => {
    const { space, options } = recordedRun();
    const mine = { ...options(), directory: space.at() };
    expect(await refusal(generate(loop, mine))).toContain("bad_usage");
    expect(await refusal(generate(loop, mine))).toContain("cassette.jsonl");
    expect(space.files()).toEqual(["cassette.jsonl", "prompts.jsonl"]);
  });
});

describe("an input that changes during the run", () => {
  it("is refused at the end, and no later run takes the rows for its own", async () => {
    const { space, options } = recordedRun();
    const input = space.text("prompts.jsonl");
    let calls = 0;
    const call = () => {
      calls += 1;
      if (calls === 3) space.write("prompts.jsonl", input.replace("Q4", "another"));
    };
    const changing = options({ progress: { ...silent, call }, concurrency: 1 });
    expect(await refusal(generate(loop, changing))).toContain("bad_input");
    expect(space.files("out").filter((name) => !name.startsWith("journal."))).toEqual([]);
    const again = await refusal(generate(loop, options()));
    expect(again).toContain("directory_differs");
    expect(again).toContain('input: "changed while it was read" there');
    space.write("prompts.jsonl", input);
    expect(await refusal(generate(loop, options()))).toContain("directory_differs");
    expect((await generate(loop, options({ fresh: true }))).exitCode).toBe(0);
  });
});

describe("an input that changes and is put back", () => {
  it("is refused like one that stays changed", async () => {
    const { space, options } = recordedRun();
    const rows = Array.from({ length: 6 }, (_, row) => ({
      prompt: `Q${row} ${"x".repeat(200_000)}`,
    }));
    const path = space.write("long.jsonl", rows);
    const input = space.text("long.jsonl");
    let calls = 0;
    const call = () => {
      calls += 1;
      if (calls === 2) space.write("long.jsonl", input.replaceAll("Q5", "Z5"));
      if (calls === 6) space.write("long.jsonl", input);
    };
    const changing = options({ progress: { ...silent, call }, concurrency: 1 });
    const single = join(topologies, "single.yaml");
    const run = generate(single, { ...changing, input: path, models: ["sim:oak"], sets: [] });
    expect(await refusal(run)).toContain("changed while it was read");
  });
});

/**
 * A run of a loop on simulated models that is drained after so many answers, as the first Ctrl-C
 * does.
 */
async function drainAfter(answers: number, options: CommandOptions) {
  let calls = 0;
  const call = () => {
    calls += 1;
    if (calls === answers) process.emit("SIGINT");
  };
  return generate(loop, { ...options, progress: { ...silent, call } });
}

describe("a run that is drained", () => {
  it("has every row in one of done, failed and pending, and ends later in the same bytes", async () => {
    const { space, options } = recordedRun();
    const sim = { models: ["sim:oak"] };
    await generate(loop, options({ ...sim, directory: space.at("whole") }));
    const drained = await drainAfter(20, options({ ...sim, concurrency: 2 }));
    expect(drained.exitCode).toBe(130);
    expect(drained.stoppedBy).toContain("Ctrl-C");
    const { rows, done, failed, pending } = drained.summary;
    expect({ rows, failed, sum: done + failed + pending }).toEqual({ rows: 5, failed: 0, sum: 5 });
    expect(pending).toBeGreaterThan(0);
    expect(done).toBeGreaterThan(0);
    expect(space.json("out", "run.json")).toMatchObject({ rows, done, failed, pending });
    expect(space.lines("out", "rows.jsonl")).toHaveLength(done);
    expect(space.text("out", "README.md")).toContain(`${pending} are pending`);
    const end = await generate(loop, options(sim));
    expect(end.exitCode).toBe(0);
    expect(space.outputs("out")).toEqual(space.outputs("whole"));
    expect(answered(space)).toHaveLength(35);
    expect(new Set(answered(space)).size).toBe(35);
  });

  it("counts a row once that failed before and was not tried again", async () => {
    const complete = whole("1", "2", "3", "4", "5");
    const { space, options } = recordedRun(
      complete.filter(({ row }) => row !== "5" && row !== "1"),
    );
    await generate(loop, options());
    space.write("cassette.jsonl", complete);
    const drained = await drainAfter(3, options({ concurrency: 1 }));
    const { rows, done, failed, pending } = drained.summary;
    expect(space.lines("out", "failed.jsonl").map(({ row }) => row)).toEqual([1, 5]);
    expect({ rows, done, failed, pending }).toEqual({ rows: 5, done: 3, failed: 2, pending: 0 });
    expect(space.json("out", "run.json")).toMatchObject({ rows, done, failed, pending });
    expect(drained.exitCode).toBe(130);
  });
});
