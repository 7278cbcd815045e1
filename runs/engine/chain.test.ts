import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { journalAddresses } from "../../tests/journal-records.ts";
import { openWorkspace, type Workspace, type Written } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evolve, forecastEvolve } from "../evolve/evolve.ts";
import { exportCassette } from "../datasets/export-cassette.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const chain = join(import.meta.dirname, "..", "..", "topologies", "chain.yaml");
/** Answers of all kinds, some of them cut, some that can't be read. */
const sim = "sim:oak?fail=0.04&unreadable=0.2&tie=0.1";
const rows = 12;
/** Loops whose first response is given, then CoEvol, in which everybody is simulated. */
const evolving = ["steps.0.iterations=3", "steps.0.branch=true"];

function workspace(): Workspace {
  const space = openWorkspace();
  const numbers = Array.from({ length: rows }, (_, index) => index + 1);
  space.write(
    "prompts.jsonl",
    numbers.map((number) => ({ id: `row-${number}`, prompt: `Question ${number}?` })),
  );
  space.write(
    "alpaca.jsonl",
    numbers.map((number) => ({ instruction: `Explain ${number}.`, output: `It is ${number}.` })),
  );
  space.write("chat.jsonl", [
    {
      conversations: [
        { from: "human", value: "One?" },
        { from: "gpt", value: "First." },
        { from: "human", value: "Two?" },
        { from: "gpt", value: "Second." },
      ],
    },
  ]);
  return space;
}

const optionsOf = (space: Workspace, out: string, changes: Partial<CommandOptions> = {}) =>
  space.options("prompts.jsonl", out, { models: [sim], ...changes });

/** The data files, in which no model is named. */
const data = (space: Workspace, out: string) =>
  Object.fromEntries(
    Object.entries(space.outputs(out)).filter(
      ([name]) => !["rows.jsonl", "README.md"].includes(name),
    ),
  );

describe("a chain over prompts", () => {
  it("makes pairs over all its steps, with their authors", async () => {
    const space = workspace();
    const end = await generate(chain, optionsOf(space, "out", { models: ["sim:oak"] }));
    expect(end.exitCode).toBe(0);
    expect(end.summary.done).toBe(rows);
    const pairs = space.lines("out", "dpo.jsonl");
    const writers = new Set<Written>(
      pairs.flatMap(({ source }) => [source.agent, source.chosen_agent, source.rejected_agent]),
    );
    writers.delete(undefined);
    expect(writers).toEqual(new Set(["generator", "step-2.editor"]));
    const crossing = pairs.filter(({ source }) => source.chosen_agent === "step-2.editor");
    expect(crossing.length).toBeGreaterThan(0);
    expect(crossing[0].source).toMatchObject({ rejected_agent: "generator" });
    for (const { best, responses, verdicts } of space.lines("out", "rows.jsonl")) {
      expect(verdicts.at(-1).goesOn.round).toBe(best);
      expect(responses.map(({ round }: Written) => round)).toEqual(
        responses.map((_: Written, index: number) => index + 1),
      );
    }
  });

  it("writes members' data of its first step, the debates' reviews left out and counted", async () => {
    const space = workspace();
    const { summary } = await generate(chain, optionsOf(space, "out", { models: ["sim:oak"] }));
    const reviews = space.lines("out", "multi-agent", "reviewer.kto.jsonl");
    const revisions = space.lines("out", "multi-agent", "generator.kto.jsonl");
    expect(new Set(reviews.map(({ source }) => source.agent))).toEqual(new Set(["reviewer"]));
    expect(new Set(revisions.map(({ source }) => source.agent))).toEqual(new Set(["generator"]));
    expect(summary.reviewsLeftOut).toBe(revisions.length);
    const card = space.text("out", "README.md");
    expect(card).toContain("`multi-agent/` is of the chain's first step alone.");
    expect(card).toContain(
      `| reviews by debates or by custom nodes, left out of the reviewers' data | ${revisions.length} |`,
    );
    // One judge in the loop and three jurors after CoEvol; those who argue and advise decide
    // nothing.
    expect(card).toContain("- 4 judges decided;");
  });

  it("asks no more than its forecast says", async () => {
    const space = workspace();
    const options = optionsOf(space, "out", { models: ["sim:oak"] });
    const { calls } = await forecastGenerate(chain, options);
    expect(calls).toBe(rows * (1 + (1 + 5 + 1 + 1) + 2 * (6 + 3)));
    const { summary } = await generate(chain, options);
    expect(summary.calls).toBeLessThanOrEqual(calls);
  });

  it("gives the same rows from its own cassette", async () => {
    const space = workspace();
    await generate(chain, optionsOf(space, "out"));
    await exportCassette(space.at("out"), space.at("exported.jsonl"));
    const models = [`replay:${space.at("exported.jsonl")}`];
    await generate(chain, optionsOf(space, "again", { models }));
    expect(data(space, "again")).toEqual(data(space, "out"));
    const endings = space.lines("out", "rows.jsonl").filter(({ endedEarly }) => endedEarly);
    expect(endings.length).toBeGreaterThan(0);
  });

  it("goes on in the middle of a row, and asks nothing twice", async () => {
    const space = workspace();
    await generate(chain, optionsOf(space, "whole"));
    await exportCassette(space.at("whole"), space.at("whole.jsonl"));
    const lines = space.lines("whole.jsonl");
    const models = [`replay:${space.at("cassette.jsonl")}`];
    space.write(
      "cassette.jsonl",
      lines.filter(({ agent, turn }) => agent !== "step-2.editor" || turn === 0),
    );
    const broken = await generate(chain, optionsOf(space, "out", { models }));
    expect(broken.summary.failures["not_recorded"]).toBeGreaterThan(0);
    space.write("cassette.jsonl", lines);
    await generate(chain, optionsOf(space, "out", { models }));
    expect(data(space, "out")).toEqual(data(space, "whole"));
    const answered = journalAddresses(space.at("out", "journal.calls"), "answer");
    expect(new Set(answered).size).toBe(answered.length);
  });

  it("can't begin with CoEvol: refused with file, line and remedy, before anything is sent", async () => {
    const space = workspace();
    const path = space.write(
      "odd.yaml",
      `graph: chain\nsteps:\n  - graph: coevol\n    agents:\n${["positive", "critical", "advisor", "editor", "judge"].map((role) => `      ${role}: { model: sim:x }\n`).join("")}`,
    );
    const refused = async (run: () => Promise<unknown>) =>
      run().catch((error: unknown) => (isFellowshipError(error) ? error : null));
    for (const run of [generate, forecastGenerate]) {
      const error = await refused(() => run(path, optionsOf(space, "out", { models: [] })));
      expect(error).toMatchObject({ code: "bad_usage" });
      expect(error).toHaveProperty(
        "message",
        expect.stringContaining("odd.yaml:3: steps.0.graph: coevol"),
      );
      expect(error).toHaveProperty("message", expect.stringContaining("fellowship evolve"));
    }
    const options = space.options("alpaca.jsonl", "evolved", { models: ["sim:oak"] });
    expect((await evolve(path, options)).exitCode).toBe(0);
  });
});

describe("a chain over instruction data", () => {
  const optionsFor = (space: Workspace, out: string, changes: Partial<CommandOptions> = {}) =>
    space.options("alpaca.jsonl", out, { models: [sim], sets: evolving, ...changes });

  it("improves the answers step by step, and says which text is whose", async () => {
    const space = workspace();
    const end = await evolve(chain, optionsFor(space, "out"));
    expect(end.summary.done).toBe(rows);
    const evolved = space.lines("out", "evolved.jsonl");
    const all = space.lines("out", "rows.jsonl");
    const pairs = space.lines("out", "dpo.jsonl");
    expect(evolved).toHaveLength(rows);
    for (const [index, { responses, rounds, verdicts }] of all.entries()) {
      const accepted = responses.filter((one: Written) => one.accepted);
      expect(rounds).toBe(accepted.length);
      expect(evolved[index].output).toBe((accepted.at(-1) ?? responses[0]).text);
      for (const { round, against, winner } of verdicts) {
        const { accepted: stayed } = responses[round];
        if (against === undefined && winner === "b") expect(stayed).toBe(true);
        if (against === undefined && winner === "a") expect(stayed).toBe(false);
      }
    }
    expect(new Set(pairs.map(({ source }) => source.chosen_agent))).toEqual(
      new Set(["generator", "step-2.editor"]),
    );
    for (const { chosen, rejected, source } of pairs) {
      expect(evolved[source.row - 1].output).toBe(chosen[0].content);
      expect(rejected[0].content).toBe(`It is ${source.row}.`);
      const won = all
        .find(({ row }) => row === source.row)
        .verdicts.some(
          (verdict: Written) => verdict.winner === "b" && verdict.against === undefined,
        );
      expect(won).toBe(true);
    }
  });

  it("asks no more than its forecast says, and gives the same from its own cassette", async () => {
    const space = workspace();
    const readable = { models: ["sim:oak?fail=0.04"] };
    const { calls } = await forecastEvolve(chain, optionsFor(space, "out", readable));
    const { summary } = await evolve(chain, optionsFor(space, "out", readable));
    expect(summary.calls).toBeLessThanOrEqual(calls);
    await exportCassette(space.at("out"), space.at("exported.jsonl"));
    const models = [`replay:${space.at("exported.jsonl")}`];
    await evolve(chain, optionsFor(space, "again", { models }));
    expect(data(space, "again")).toEqual(data(space, "out"));
  });

  it("tells the turns of a conversation apart, before its steps", async () => {
    const space = workspace();
    const options = space.options("chat.jsonl", "out", { models: ["sim:oak"] });
    await evolve(chain, options);
    const [{ transcript }] = space.lines("out", "rows.jsonl");
    const parts = new Set<string>(transcript.map(({ part }: Written) => part));
    for (const part of ["", "round-2", "step-2", "turn-2", "turn-2.round-2", "turn-2.step-2"]) {
      expect(parts).toContain(part);
    }
    const told = transcript.map(({ agent, part, turn }: Written) => `${agent} ${part} ${turn}`);
    expect(new Set(told).size).toBe(told.length);
  });
});
