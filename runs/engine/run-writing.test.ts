import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { journalAddresses } from "../../tests/journal-records.ts";
import { openWorkspace, silent, type Workspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { generate } from "../generate/generate.ts";

const preset = (name: string) =>
  join(import.meta.dirname, "..", "..", "topologies", `${name}.yaml`);
const rows = 40;

function openRun() {
  const space = openWorkspace();
  const numbers = Array.from({ length: rows }, (_, at) => at);
  space.write(
    "pairs.jsonl",
    numbers.map((at) => ({ prompt: `Question ${at}?`, a: `${at}`, b: "b" })),
  );
  space.write(
    "prompts.jsonl",
    numbers.map((at) => ({ prompt: `Question ${at}?` })),
  );
  const options = (out: string, changes: Partial<CommandOptions> = {}) => ({
    ...space.options(`${changes.gates === undefined ? "pairs" : "prompts"}.jsonl`, out, {
      models: ["sim:oak"],
      concurrency: 2,
      ...changes,
    }),
  });
  return { space, options };
}

/** Progress that tells whether a file was there when half of the rows had finished. */
function watchHalfway(space: Workspace, ...name: string[]) {
  let isThere: boolean | undefined;
  const progress = {
    ...silent,
    rows: ({ done }: { done: number }) => {
      if (done >= rows / 2) isThere ??= existsSync(space.at(...name));
    },
  };
  return { progress, wasThere: () => isThere };
}

describe("the files of a run", () => {
  it("are written under other names while rows finish", async () => {
    const { space, options } = openRun();
    const { progress, wasThere } = watchHalfway(space, "out", "rows.jsonl.tmp");
    await evaluate(preset("judge"), options("out", { progress }));
    expect(wasThere()).toBe(true);
    expect(space.files("out").filter((name) => name.includes(".tmp"))).toEqual([]);
  });

  it("wait for the last row where gates look at all of them", async () => {
    const { space, options } = openRun();
    const { progress, wasThere } = watchHalfway(space, "out", "rows.jsonl.tmp");
    const gates = { gates: [], keep: 5 };
    await generate(preset("feedback-loop"), options("out", { progress, gates }));
    expect(wasThere()).toBe(false);
    expect(space.lines("out", "rows.jsonl")).toHaveLength(rows);
  });

  it("end the run early where they can't be written, and nothing is asked twice", async () => {
    const { space, options } = openRun();
    // A run doesn't begin where the folder is there before.
    const call = () => {
      mkdirSync(space.at("out", "rows.jsonl.tmp", "inside"), { recursive: true });
    };
    const blocked = options("out", { progress: { ...silent, call } });
    const answered = () => journalAddresses(space.at("out", "journal.calls"), "answer");
    await expect(evaluate(preset("judge"), blocked)).rejects.toMatchObject({
      code: "storage_failed",
      message: expect.stringContaining(space.at("out", "rows.jsonl")),
    });
    expect(answered().length).toBeLessThan(rows);
    rmSync(space.at("out", "rows.jsonl.tmp"), { recursive: true });
    await evaluate(preset("judge"), options("out"));
    await evaluate(preset("judge"), options("whole"));
    expect(space.outputs("out")).toEqual(space.outputs("whole"));
    expect(new Set(answered()).size).toBe(answered().length);
  });
});
