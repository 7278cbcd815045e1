import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { acquireDirectoryLock } from "../storage/directory-lock.ts";
import { openWorkspace, type Workspace } from "../tests/workspace.ts";
import { generate } from "../runs/generate/generate.ts";
import { readRunState } from "../runs/look/run-state.ts";
import { statusText } from "./status-text.ts";

const commandLine = "fellowship generate single --input prompts.jsonl --out out";

async function runSingle(space: Workspace, model: string): Promise<void> {
  space.write("prompts.jsonl", [{ prompt: "One?" }, { prompt: "Two?" }, { other: "\u001B[31m" }]);
  const changes = { models: [model], commandLine };
  await generate("single", space.options("prompts.jsonl", "out", changes));
}

describe("readRunState", () => {
  it("tells what is done, what failed and why, and how to go on", async () => {
    const space = openWorkspace();
    await runSingle(space, "sim:oak?fail=1");
    const state = await readRunState(space.at("out"));
    expect(state).toMatchObject({
      command: "generate",
      graph: "single",
      phase: "ended",
      rows: { done: 0, failed: 3, pending: 0 },
      unusable: 1,
      goesOn: true,
      obstacle: null,
      commandLine,
    });
    expect(state.failures.reduce((sum, { rows }) => sum + rows, 0)).toBe(3);
    expect(statusText(state)).toContain(
      `go on     resumable, no finished call is paid for twice: ${commandLine}`,
    );
    expect(space.files("out")).not.toContain("session.json");
    space.write("prompts.jsonl", [{ prompt: "Another?" }]);
    expect((await readRunState(space.at("out"))).obstacle).toContain(
      "not the file that the run began with",
    );
    rmSync(space.at("prompts.jsonl"));
    expect((await readRunState(space.at("out"))).obstacle).toContain("is not here");
  });

  it("knows a run that goes on, and one that was killed", async () => {
    const space = openWorkspace();
    await runSingle(space, "sim:oak");
    expect(await readRunState(space.at("out"))).toMatchObject({ goesOn: false, calls: 2 });
    const lock = await acquireDirectoryLock(space.at("out"));
    const running = await readRunState(space.at("out"));
    expect(running).toMatchObject({ phase: "running", holder: { pid: process.pid } });
    expect(statusText(running)).toContain(`running (process ${process.pid} on `);
    await lock.release();
    rmSync(space.at("out", "run.json"));
    space.write(
      "out/session.json",
      JSON.stringify({ commandLine, input: space.at("prompts.jsonl") }),
    );
    expect(await readRunState(space.at("out"))).toMatchObject({
      phase: "interrupted",
      rows: { done: 2, failed: 1, pending: null },
      goesOn: true,
      obstacle: null,
      commandLine,
    });
  });

  it("says where no run is", async () => {
    const space = openWorkspace();
    await expect(readRunState(space.at("none"))).rejects.toThrow("expected the directory of a run");
  });
});
