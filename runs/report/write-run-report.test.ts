import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeReport } from "../../report-page/page/write-report.ts";
import { readRun } from "../../report-page/read/read-run.ts";
import { openWorkspace, type Workspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import type { JobEnd } from "../engine/job.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { evolve } from "../evolve/evolve.ts";
import { generate } from "../generate/generate.ts";
import { openAskedMessages } from "../replay/asked-messages.ts";
import { pricesOfRun } from "./prices-of-run.ts";

const preset = (name: string) =>
  join(import.meta.dirname, "..", "..", "topologies", `${name}.yaml`);

/** Texts with halves of characters, marks that turn the writing, and keys that JSON may lose. */
const odd = "\ud83d a half, \u202e turned, \u2028 a line end, \u001b[31m";
const unusable = { nothing: "of use" };
const inputs = {
  pairs: [
    { prompt: `Which? ${odd}`, a: odd, b: "b", label: "a", kind: "odd", nested: { none: null } },
    unusable,
    ...Array.from({ length: 5 }, (_, at) => ({ prompt: `${at}?`, a: `${at}`, b: "b" })),
    unusable,
  ],
  prompts: [{ prompt: `Say ${odd}` }, unusable, { prompt: "Say two." }, { prompt: "Say 3." }],
  instructions: [
    { instruction: "Explain.", input: odd, output: odd },
    unusable,
    { instruction: "Count.", output: "One." },
  ],
};

type Run = (
  topology: string,
  options: CommandOptions,
) => Promise<Pick<JobEnd<unknown>, "exitCode" | "results">>;

const runs: readonly (readonly [keyof typeof inputs, string, Run])[] = [
  ["pairs", "judge", evaluate],
  ["prompts", "feedback-loop", generate],
  ["instructions", "coevol", evolve],
];

describe("the report of a run", () => {
  it.each(runs)(
    "is the same when made of its files again: %s by %s",
    async (name, topology, run) => {
      const space = openWorkspace();
      const input = `${name}.jsonl`;
      space.write(input, inputs[name]);
      const options = { models: ["sim:oak"], askedOf: openAskedMessages };
      const { exitCode } = await run(preset(topology), space.options(input, "out", options));
      expect(exitCode).toBe(3);
      await expectSameReport(space);
    },
  );

  it("is the same where rows of an earlier session are read back", async () => {
    const space = openWorkspace();
    space.write("pairs.jsonl", inputs.pairs);
    const options = { models: ["sim:oak"], askedOf: openAskedMessages };
    for (const limit of [3, 8]) {
      await evaluate(preset("judge"), space.options("pairs.jsonl", "out", { ...options, limit }));
      await expectSameReport(space);
    }
  });
});

async function expectSameReport(space: Workspace): Promise<void> {
  mkdirSync(space.at("again"), { recursive: true });
  const run = await readRun(space.at("out"));
  const again = { pricesOf: pricesOfRun(), askedOf: openAskedMessages };
  await writeReport(space.at("again", "report.html"), [run], again);
  expect(space.text("out", "report.html")).toBe(space.text("again", "report.html"));
}
