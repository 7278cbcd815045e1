import { appendFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { openWorkspace, type Workspace } from "../../tests/workspace.ts";
import { audit } from "../audit/audit.ts";
import { compare } from "../compare/compare.ts";
import { generate } from "../generate/generate.ts";
import { replayRow } from "./replay-row.ts";

const replayOf = (space: Workspace, directory: string, row: number) =>
  replayRow(space.at(directory), { row, allowCode: false, onCode: () => undefined });

/** A loop over two prompts, of which the cassette lacks the second one's review. */
async function recordedLoop(space: Workspace): Promise<void> {
  space.write("prompts.jsonl", [
    { id: "twin", prompt: "One?" },
    { id: "gap", prompt: "Two?" },
    { id: "none" },
  ]);
  const says = (row: string, agent: string, turn: number, content: string, part?: string) => ({
    row,
    agent,
    turn,
    content,
    ...(part === undefined ? {} : { part }),
  });
  space.write("answers.jsonl", [
    says("twin", "generator", 0, "First."),
    says("twin", "reviewer", 0, "### Overall Score: 4/10\n### Feedback:\nSay more."),
    says("twin", "generator", 1, "Second, and more."),
    says("twin", "judge", 0, "Score Assistant A: 3/10\nScore Assistant B: 8/10", "round-2"),
    says("gap", "generator", 0, "Only one."),
  ]);
  const path = space.write(
    "loop.yaml",
    JSON.stringify({
      graph: "feedback-loop",
      iterations: 2,
      agents: {
        generator: { model: "replay:answers.jsonl" },
        reviewers: [{ name: "reviewer", model: "replay:answers.jsonl" }],
      },
      evaluator: { graph: "judge", agents: { judge: { model: "replay:answers.jsonl" } } },
    }),
  );
  await generate(path, space.options("prompts.jsonl", "out"));
}

describe("replayRow", () => {
  it("needs neither the cassette nor the input, and gives failed rows again", async () => {
    const space = openWorkspace();
    await recordedLoop(space);
    for (const name of ["answers.jsonl", "prompts.jsonl", "loop.yaml"]) rmSync(space.at(name));
    const done = await replayOf(space, "out", 1);
    expect(done).toMatchObject({ id: "twin", isSame: true, file: "rows.jsonl" });
    expect(done.recorded).toBe(space.text("out", "rows.jsonl"));
    expect(done.calls.map(({ call }) => call.address.agent)).toEqual([
      "generator",
      "reviewer",
      "generator",
      "judge",
    ]);
    const failed = await replayOf(space, "out", 2);
    expect(failed).toMatchObject({ id: "gap", isSame: true, file: "failed.jsonl" });
    expect(failed.recorded).toContain("not_recorded");
    await expect(replayOf(space, "out", 3)).rejects.toThrow("nothing to replay");
    await expect(replayOf(space, "out", 4)).rejects.toThrow("found rows up to 3");
  });

  it("takes the rows of an audit, with a pair that no model was asked about", async () => {
    const space = openWorkspace();
    space.write("pairs.jsonl", [
      { prompt: "One?", better: "Yes, since it is.", rejected: "No." },
      { prompt: "Two?", better: "Same.", rejected: "Same. " },
    ]);
    const reading = { map: [{ field: "chosen", column: "better" }] };
    const changes = { models: ["sim:oak"], reading };
    await audit("judge", space.options("pairs.jsonl", "out", changes));
    const asked = await replayOf(space, "out", 1);
    expect(asked).toMatchObject({ isSame: true, file: "rows.jsonl" });
    expect(asked.calls.length).toBeGreaterThan(0);
    expect(await replayOf(space, "out", 2)).toMatchObject({ isSame: true, calls: [] });
  });

  it("says where the line of the run is another", async () => {
    const space = openWorkspace();
    await recordedLoop(space);
    const changed = space.text("out", "rows.jsonl").replace("Second, and more.", "Second.");
    space.write("out/rows.jsonl", changed);
    const replay = await replayOf(space, "out", 1);
    expect(replay).toMatchObject({ isSame: false, recorded: changed });
    expect(replay.replayed).toContain("Second, and more.");
  });

  it("refuses a damaged journal", async () => {
    const space = openWorkspace();
    await recordedLoop(space);
    appendFileSync(
      space.at("out", "journal.calls"),
      "no record at all, and longer than one\n".repeat(99),
    );
    await expect(replayOf(space, "out", 1)).rejects.toThrow(/journal\.calls/);
  });

  it("gives a comparison's rows again, and those whose rounds were cut", async () => {
    const space = openWorkspace();
    space.write(
      "prompts.jsonl",
      Array.from({ length: 56 }, (_, index) => ({ prompt: `Question ${index}?` })),
    );
    const judge = space.write(
      "judge.yaml",
      JSON.stringify({ graph: "judge", agents: { judge: { model: "sim:judge" } } }),
    );
    const loop = space.write(
      "loop.yaml",
      JSON.stringify({
        graph: "feedback-loop",
        iterations: 2,
        stopWhenNoGain: true,
        agents: {
          generator: { model: "sim:oak?skill=0.5" },
          reviewers: [{ name: "reviewer", model: "sim:elm?skill=0" }],
        },
        evaluator: { file: judge },
      }),
    );
    const options = (out: string) => space.options("prompts.jsonl", out, { concurrency: 16 });
    await generate(loop, options("one"));
    await generate(loop, { ...options("two"), models: ["generator=sim:fir"], limit: 2 });
    const runs = [space.at("one"), space.at("two")];
    await compare(judge, { ...options("compared"), runs });
    for (const [out, row] of [
      ["one", 1],
      ["one", 56],
      ["compared", 1],
    ] as const) {
      expect(await replayOf(space, out, row)).toMatchObject({ isSame: true });
    }
  });

  it("asks no server again, and needs neither its address nor a key", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [{ prompt: "Q1" }]);
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      async (server) => {
        const options = space.options("prompts.jsonl", "out", {
          models: [openAiSpeaker.spec],
          environment: openAiSpeaker.environment(server.url),
        });
        await generate("single", options);
        const asked = server.requests.length;
        expect(await replayOf(space, "out", 1)).toMatchObject({ isSame: true });
        expect(server.requests).toHaveLength(asked);
      },
    );
  });
});
