import { rmSync } from "node:fs";
import { expect, it } from "vitest";
import { openWorkspace } from "../../tests/workspace.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { evolve } from "../evolve/evolve.ts";
import { generate } from "../generate/generate.ts";
import { rewriteCard } from "./rewrite-card.ts";

const models = ["sim:elm"];

it("writes the card that the run wrote, whatever became of it", async () => {
  const space = openWorkspace();
  space.write("prompts.jsonl", [{ prompt: "Why?" }, { prompt: "How?" }]);
  space.write("data.jsonl", [{ instruction: "Why?", output: "So it is." }]);
  const gates = { gates: ["margin=1"] };
  const options = space.options("prompts.jsonl", "loop", { models, gates });
  await generate("topologies/feedback-loop.yaml", options);
  await evolve("topologies/coevol.yaml", space.options("data.jsonl", "evolved", { models }));
  for (const run of ["loop", "evolved"]) {
    const [card, manifest] = [space.text(run, "README.md"), space.text(run, "run.json")];
    for (const spoil of [
      () => space.write(`${run}/README.md`, "x"),
      () => rmSync(space.at(run, "README.md")),
    ]) {
      spoil();
      expect(await rewriteCard(space.at(run))).toBe(space.at(run, "README.md"));
      expect(space.text(run, "README.md")).toBe(card);
      expect(space.text(run, "run.json")).toBe(manifest);
    }
  }
  expect(space.text("loop", "README.md")).toMatch(/kept by the gates/);
});

it("refuses a directory without a finished run, and runs whose files have no card", async () => {
  const space = openWorkspace();
  space.write("pairs.jsonl", [{ prompt: "Why?", a: "Yes.", b: "No." }]);
  await evaluate("topologies/judge.yaml", space.options("pairs.jsonl", "judged", { models }));
  await expect(rewriteCard(space.at("judged"))).rejects.toThrow(/one of evaluate/);
  await expect(rewriteCard(space.at())).rejects.toThrow(/holds no finished run/);
});
