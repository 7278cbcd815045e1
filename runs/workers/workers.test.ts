import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { childrenOf, isAlive } from "../../tests/child-processes.ts";
import { journalAddresses } from "../../tests/journal-records.ts";
import { startCommand } from "../../tests/start-command.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { generate } from "../generate/generate.ts";

const loop = join(import.meta.dirname, "..", "..", "topologies", "feedback-loop.yaml");

function prompts(count: number): { prompt: string }[] {
  return Array.from({ length: count }, (_, index) => ({ prompt: `Question ${index}?` }));
}

describe("workers", () => {
  it("leave the bytes of one process, where rows depend on those before them too", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [...prompts(54), { prompt: "" }]);
    const models = ["sim:oak?skill=0.7"];
    const sets = ["iterations=2", "stopWhenNoGain=true"];
    for (const [out, workers] of [
      ["one", undefined],
      ["two", 2],
    ] as const) {
      await generate(loop, space.options("prompts.jsonl", out, { models, sets, workers }));
    }
    expect(space.outputs("two")).toEqual(space.outputs("one"));
    expect(space.json("two", "summary.json")).toMatchObject({ rows: 55, done: 54, failed: 1 });
  });

  it.skipIf(process.platform !== "linux")(
    "lose nothing when one is killed, and end when their run is killed",
    async () => {
      const space = openWorkspace();
      space.write("prompts.jsonl", prompts(14));
      const models = ["sim:oak?latencyMs=20"];
      const manner = ["--model", ...models, "--concurrency", "6", "--workers", "2"];
      const run = startCommand(
        "generate",
        [loop, "--input", "prompts.jsonl", "--out", "out", ...manner],
        { directory: space.at() },
      );
      const answers = () => journalAddresses(space.at("out", "journal.calls"), "answer");
      const until = async (isSo: () => boolean) => {
        while (!isSo()) {
          if (run.process.exitCode !== null) throw new Error(`ended early: ${run.printed.stderr}`);
          await sleep(10);
        }
      };
      const { pid = 0 } = run.process;
      await until(() => answers().length > 8);
      const [first = 0, second = 0] = childrenOf(pid);
      expect(first * second).toBeGreaterThan(0);
      process.kill(first, "SIGKILL");
      await until(() => run.printed.stderr.includes("A worker process was lost (SIGKILL)"));
      const known = answers().length;
      await until(() => answers().length > known + 15);
      const workers = childrenOf(pid);
      expect(workers).toContain(second);
      expect(workers).toHaveLength(2);
      run.process.kill("SIGKILL");
      await run.ended;
      while (workers.some(isAlive)) await sleep(20);
      const options = { models, concurrency: 6 };
      await generate(loop, space.options("prompts.jsonl", "out", { ...options, workers: 1 }));
      await generate(loop, space.options("prompts.jsonl", "whole", options));
      expect(space.outputs("out")).toEqual(space.outputs("whole"));
      expect(new Set(answers()).size).toBe(answers().length);
      expect(answers()).toHaveLength(
        journalAddresses(space.at("whole", "journal.calls"), "answer").length,
      );
    },
  );
});
