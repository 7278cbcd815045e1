import { cpSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { acquireDirectoryLock } from "../storage/directory-lock.ts";
import { withLoopbackServer } from "../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../tests/loopback/speakers.ts";
import { openWorkspace, type Workspace } from "../tests/workspace.ts";
import { generate } from "../runs/generate/generate.ts";
import { compare } from "../runs/compare/compare.ts";
import { measure } from "../runs/measure/measure.ts";
import { lookUpRows } from "../runs/look/look-up-rows.ts";
import { replayRow } from "../runs/replay/replay-row.ts";
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

  it("counts a server on this machine as free, like the run itself", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [{ prompt: "One?" }]);
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async ({ url }) => {
        const environment = { OPENAI_COMPATIBLE_BASE_URL: `${url}/v1` };
        const changes = { models: ["compatible:oak"], environment };
        const { summary } = await generate(
          "single",
          space.options("prompts.jsonl", "out", changes),
        );
        expect(summary.cost).toEqual({ usd: 0, unknown: 0 });
      },
    );
    const state = await readRunState(space.at("out"));
    expect(state).toMatchObject({ calls: 1, spent: { usd: 0, unknownUsd: 0, unpriced: 0 } });
  });

  it("says which wave of batches the run waits for", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [{ prompt: "One?" }]);
    const changes = {
      models: ["compatible:oak"],
      batchFiles: { folder: space.at("waves"), root: space.at("out") },
    };
    await generate("single", space.options("prompts.jsonl", "out", changes));
    const state = await readRunState(space.at("out"));
    expect(state).toMatchObject({ openWave: { wave: 1, isAtService: false }, goesOn: true });
    const [first, rows, waits] = statusText(state).split("\n");
    expect(first).toMatch(/: generate with single, waiting for the answers to wave 1$/);
    expect(rows).toBe("rows      0 done, 0 failed, 1 pending");
    expect(waits).toBe(
      "waits     for the answers to 1 call to compatible:oak in wave-1.output.jsonl, beside the " +
        "wave's input",
    );
  });

  it("shows the stages of a study that has not ended", async () => {
    const space = openWorkspace();
    await runSingle(space, "sim:oak");
    for (const stage of ["generators/one", "evaluators/judge", "data", "data.old-1"]) {
      cpSync(space.at("out"), space.at("study", ...stage.split("/")), { recursive: true });
    }
    rmSync(space.at("study", "data", "run.json"));
    const session = {
      commandLine: "fellowship study plan.yaml --out study",
      input: space.at("prompts.jsonl"),
    };
    space.write("study/data/session.json", JSON.stringify(session));
    const lock = await acquireDirectoryLock(space.at("study", "data"));
    const running = await readRunState(space.at("study"));
    expect(running).toMatchObject({
      command: "study",
      phase: "running",
      holder: { pid: process.pid },
      rows: { done: 6, failed: 3, pending: null },
    });
    const names = ["evaluators/judge", "generators/one", "data"];
    expect(running.stages).toEqual(names.map((name) => space.at("study", ...name.split("/"))));
    await lock.release();
    const interrupted = await readRunState(space.at("study"));
    const text = statusText(interrupted);
    expect(text).toContain("study: study, interrupted");
    expect(text).toContain("those of later stages not counted yet");
    expect(text).toContain(`judge: ended, 2 done, 1 failed\n`);
    expect(text).toContain("data: interrupted, 2 done, 1 failed");
    expect(text).toContain(session.commandLine);
    expect(text).toMatch(/next {6}fellowship status \S*data\n/);
  });

  it("says where no run is", async () => {
    const space = openWorkspace();
    await expect(readRunState(space.at("none"))).rejects.toThrow("expected the directory of a run");
  });

  it("sums up the stages of a measurement, and names them to those who ask for its rows", async () => {
    const space = openWorkspace();
    const questions = space.write("questions.jsonl", [
      { question_id: 1, category: "writing", turns: ["One?", "And then?"] },
    ]);
    const options = { ...space.options("questions.jsonl", "out"), models: ["judge=sim:oak"] };
    const measured = [{ spec: "sim:elm" }];
    await measure("judge", { ...options, style: "mt-bench", questions, measured });
    const state = await readRunState(space.at("out"));
    expect(state).toMatchObject({ phase: "ended", rows: { done: 3, failed: 0 }, goesOn: false });
    const stages = ["answers-1-turn-1", "answers-1-turn-2", "verdicts-1"];
    expect(state.stages).toEqual(stages.map((stage) => space.at("out", stage)));
    expect(statusText(state)).toMatch(/^result +sim:elm has a score, out of 10, of \d/m);
    const hint = `It holds runs: name ${state.stages.slice(0, 2).join(", ")} or ${state.stages[2]}.`;
    await expect(lookUpRows(space.at("out"), { row: 1 })).rejects.toThrow(hint);
    const replay = { row: 1, allowCode: false, onCode: () => undefined };
    await expect(replayRow(space.at("out"), replay)).rejects.toThrow(hint);
  });
});

describe("an agent's own price", () => {
  it("counts in rows, the status, and a comparison", async () => {
    const space = openWorkspace();
    const agents = { generator: { model: "sim:oak", price: { in: 0, out: 1e6 } } };
    const single = space.write("single.yaml", JSON.stringify({ graph: "single", agents }));
    space.write("prompts.jsonl", [{ prompt: "One?" }]);
    const { summary } = await generate(single, space.options("prompts.jsonl", "out"));
    expect(summary.cost.usd).toBe(summary.tokens.out);
    const [found] = await lookUpRows(space.at("out"), { row: 1 });
    expect(found?.entry.usd).toBe(summary.cost.usd);
    const runs = [space.at("out"), space.at("out")];
    const asked = { ...space.options("", "compared", { models: ["sim:oak"] }), runs };
    const { comparison } = (await compare("judge", asked)).summary;
    expect(comparison.items[0]?.figures.usd).toBe(summary.cost.usd);
  });
});
