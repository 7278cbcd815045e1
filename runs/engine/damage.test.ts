import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { openWorkspace, silent } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { exportCassette } from "../datasets/export-cassette.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const single = join(import.meta.dirname, "..", "..", "topologies", "single.yaml");

const code = (run: Promise<unknown>) =>
  run.then(
    () => "done",
    (error: unknown) => (isFellowshipError(error) ? error.code : error),
  );

/** A finished run of six rows. */
async function finishedRun() {
  const space = openWorkspace();
  space.write(
    "prompts.jsonl",
    Array.from({ length: 6 }, (_, index) => ({ prompt: `Q${index}` })),
  );
  const options = (changes: Partial<CommandOptions> = {}) =>
    space.options("prompts.jsonl", "out", { models: ["sim:oak"], ...changes });
  await generate(single, options());
  return { space, options };
}

/** Turns one bit in the middle of a file. */
function flipBit(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(path, bytes);
}

describe("a damaged journal", () => {
  it.each(["journal.calls", "journal.rows", "journal.plan"])(
    "is refused and left as it is: %s; --salvage goes on and tells what is lost",
    async (name) => {
      const { space, options } = await finishedRun();
      const whole = space.outputs("out");
      flipBit(space.at("out", name));
      const before = space.files("out").map((file) => [file, readFileSync(space.at("out", file))]);
      expect(await code(generate(single, options()))).toBe("journal_damaged");
      expect(space.files("out").map((file) => [file, readFileSync(space.at("out", file))])).toEqual(
        before,
      );
      const told: string[] = [];
      const progress = { ...silent, say: (message: string) => void told.push(message) };
      const end = await generate(single, options({ salvage: true, progress }));
      expect(end.exitCode).toBe(0);
      expect(told.join("\n")).toContain(name);
      expect(told.join("\n")).not.toContain("{");
      expect(space.outputs("out")).toMatchObject(whole);
      expect(space.files("out")).toContain(`${name}.damaged-1`);
      // From now on it is whole again.
      expect((await generate(single, options())).exitCode).toBe(0);
    },
  );

  it("loses only its torn end, which is kept aside", async () => {
    const { space, options } = await finishedRun();
    const whole = space.outputs("out");
    const path = space.at("out", "journal.rows");
    writeFileSync(path, readFileSync(path).subarray(0, -20));
    const told: string[] = [];
    const progress = { ...silent, say: (message: string) => void told.push(message) };
    expect((await generate(single, options({ progress }))).exitCode).toBe(0);
    expect(told).toEqual([
      expect.stringContaining("journal.rows: a half-written record was set aside"),
    ]);
    const listed = space.json("out", "run.json").files.map(({ name }: { name: string }) => name);
    expect([...listed, "run.json"].sort((a, b) => (a < b ? -1 : 1))).toEqual(space.files("out"));
    expect(space.outputs("out")).toMatchObject(whole);
  });

  it.each([
    ["emptied", () => ""],
    ["cut", (text: string) => text.slice(0, -7)],
  ])(
    "lets no other run go on where its plan is %s, except to salvage",
    async (_, spoil: (text: string) => string) => {
      const { space, options } = await finishedRun();
      const whole = space.outputs("out");
      writeFileSync(space.at("out", "journal.plan"), spoil(space.text("out", "journal.plan")));
      space.write("others.jsonl", [{ prompt: "Another?" }]);
      const other = { ...options({ models: ["sim:elm"] }), input: space.at("others.jsonl") };
      for (const run of [other, options()]) {
        expect(await code(generate(single, run))).toBe("journal_damaged");
        expect(await code(forecastGenerate(single, run))).toBe("journal_damaged");
      }
      expect(space.outputs("out")).toMatchObject(whole);
      expect((await generate(single, options({ salvage: true }))).exitCode).toBe(0);
      expect(space.outputs("out")).toMatchObject(whole);
      expect(await code(generate(single, other))).toBe("directory_differs");
    },
  );

  it("is refused by export, too", async () => {
    const { space } = await finishedRun();
    flipBit(space.at("out", "journal.rows"));
    expect(await code(exportCassette(space.at("out"), space.at("x.jsonl")))).toBe(
      "journal_damaged",
    );
  });
});

describe("a disk that refuses", () => {
  it("is noticed before anything is sent where the directory can't be made", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [{ prompt: "?" }]);
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async (server) => {
        const options = space.options("prompts.jsonl", join("prompts.jsonl", "out"), {
          models: [openAiSpeaker.spec],
          environment: openAiSpeaker.environment(server.url),
        });
        expect(await code(generate(single, options))).toBe("storage_failed");
        expect(await code(generate(single, { ...options, fresh: true }))).toBe("storage_failed");
        const file = { ...options, directory: space.at("prompts.jsonl") };
        expect(await code(generate(single, file))).toBe("storage_failed");
        expect(server.requests).toEqual([]);
      },
    );
  });

  it("leaves no half-written file when the data can't be written, and goes on once they can", async () => {
    const { space, options } = await finishedRun();
    const whole = space.outputs("out");
    rmSync(space.at("out", "kto.parquet"));
    // Nothing can take the place of a directory that holds a file. It comes when all rows are done:
    // a run doesn't begin where it is there before.
    const end = () => {
      mkdirSync(space.at("out", "kto.parquet", "in-the-way"), { recursive: true });
    };
    const blocked = options({ progress: { ...silent, end } });
    expect(await code(generate(single, blocked))).toBe("storage_failed");
    expect(space.files("out").filter((name) => /\.tmp$|lock/.test(name))).toEqual([]);
    // The one of before would describe other files.
    expect(space.files("out")).not.toContain("run.json");
    rmSync(space.at("out", "kto.parquet"), { recursive: true });
    expect((await generate(single, options())).exitCode).toBe(0);
    expect(space.outputs("out")).toEqual(whole);
  });
});
