import { describe, expect, it } from "vitest";
import { generate } from "../runs/generate/generate.ts";
import { followRun } from "../runs/look/follow-run.ts";
import { acquireDirectoryLock } from "../storage/directory-lock.ts";
import { openWorkspace } from "../tests/workspace.ts";
import { watchLine } from "./watch-line.ts";

/** A run of three rows, one of which can't be used. */
async function threeRows(space = openWorkspace()) {
  space.write("prompts.jsonl", [{ prompt: "One?" }, { prompt: "Two?" }, { other: 1 }]);
  await generate("single", space.options("prompts.jsonl", "out", { models: ["sim:oak"] }));
  return space.at("out");
}

describe("followRun", () => {
  it("tells how a run goes while it goes on, and ends with it", async () => {
    const directory = await threeRows();
    const lock = await acquireDirectoryLock(directory);
    const phases: string[] = [];
    const { signal } = new AbortController();
    for await (const state of followRun(directory, { everyMs: 1, signal })) {
      phases.push(state.phase);
      if (phases.length === 1) {
        expect(watchLine(state)).toBe("2 rows done · 1 failed (1 bad_input) · 2 calls answered");
      }
      if (phases.length === 2) await lock.release();
    }
    expect(phases).toEqual(["running", "running", "ended"]);
  });

  it("waits for a run that has not begun, as long as it may", async () => {
    const space = openWorkspace();
    let waits = 0;
    const onWait = () => {
      waits += 1;
      void threeRows(space);
    };
    const { signal } = new AbortController();
    const phases: string[] = [];
    const reading = { everyMs: 1, signal, waitMs: 600_000, onWait };
    for await (const { phase } of followRun(space.at("out"), reading)) phases.push(phase);
    expect(waits).toBe(1);
    expect(phases.at(-1)).toBe("ended");
    const short = { everyMs: 1, signal, waitMs: 1 };
    await expect(followRun(space.at("none"), short).next()).rejects.toThrow(
      "expected the directory of a run",
    );
  });

  it("stops when the watching is stopped, and leaves the run alone", async () => {
    const directory = await threeRows();
    const lock = await acquireDirectoryLock(directory);
    const stopping = new AbortController();
    const reading = { everyMs: 3_600_000, signal: stopping.signal };
    const phases: string[] = [];
    for await (const { phase } of followRun(directory, reading)) {
      phases.push(phase);
      setTimeout(() => stopping.abort(), 1);
    }
    expect(phases).toEqual(["running"]);
    await lock.release();
  });

  it("shows the total of rows where they are counted", () => {
    const counts = { done: 1, failed: 1, pending: 1_198 };
    const state = { rows: counts, failures: [], calls: 1, spent: { usd: 0, unknownUsd: 0 } };
    expect(watchLine(state as never)).toBe("1 of 1,200 rows done · 1 failed · 1 call answered");
  });

  it("puts money that is known and unknown in the line", () => {
    const state = {
      rows: { done: 1_200, failed: 0, pending: null },
      failures: [],
      calls: 1,
      spent: { usd: 1.5, unknownUsd: 0.25, unpriced: 0 },
    };
    expect(watchLine(state as never)).toBe(
      "1,200 rows done · 0 failed · 1 call answered · $1.50 and up to $0.25 more",
    );
  });
});
