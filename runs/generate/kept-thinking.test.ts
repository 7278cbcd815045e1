import { describe, expect, it } from "vitest";
import { exportCassette } from "../datasets/export-cassette.ts";
import { generate } from "./generate.ts";
import { openWorkspace } from "../../tests/workspace.ts";

const judged = "Score Assistant A: 5/10\nScore Assistant B: 9/10";
const calls = [
  { agent: "generator", turn: 0, content: "<think>\nOne.\n</think>\n\nFirst." },
  { agent: "reviewer", turn: 0, content: "Overall Score: 6/10\nFeedback: be longer" },
  { agent: "generator", turn: 1, content: "<think>Two.</think>Second, longer." },
  { agent: "judge", part: "round-2", turn: 0, content: judged },
];

const topology = (cassette: string, thinking: string) => `
graph: feedback-loop
iterations: 2
agents:
  generator: { model: "replay:${cassette}", thinking: ${thinking} }
  reviewers: [{ name: reviewer, model: "replay:${cassette}" }]
evaluator: { graph: judge, agents: { judge: { model: "replay:${cassette}" } } }
`;

async function loopOver(recorded: readonly object[], thinking: string) {
  const space = openWorkspace();
  const cassette = space.at("cassette.jsonl");
  space.write(
    "cassette.jsonl",
    recorded.map((call) => ({ row: "1", ...call })),
  );
  space.write("prompts.jsonl", [{ id: "1", prompt: "Why?" }]);
  space.write("loop.yaml", topology(cassette, thinking));
  const end = await generate(space.at("loop.yaml"), space.options("prompts.jsonl", "out"));
  expect(end.exitCode).toBe(0);
  const [row] = space.lines("out", "rows.jsonl") as [{ responses: { text: string }[] }];
  return { space, texts: row.responses.map(({ text }) => text) };
}

const kept = ["<think>\nOne.\n</think>\n\nFirst.", "<think>\nTwo.\n</think>\n\nSecond, longer."];
const bare = ["First.", "Second, longer."];

describe("thinking", () => {
  it.each([
    ["drop", bare, bare],
    ["keep", kept, kept],
    ["score-without", bare, kept],
  ])("%s: what is judged, and what the data hold", async (mode, shown, held) => {
    const { space, texts } = await loopOver(calls, mode);
    expect(texts).toEqual(shown);
    const [pair] = space.lines("out", "dpo.jsonl");
    expect(pair).toMatchObject({
      chosen: [{ content: held[1] }],
      rejected: [{ content: held[0] }],
    });
    expect(space.text("out", "sft.jsonl")).toContain(JSON.stringify(held[1]));
    const file = space.at("again.jsonl");
    await exportCassette(space.at("out"), file);
    const { space: again } = await loopOver(space.lines("again.jsonl"), mode);
    expect(again.text("out", "dpo.jsonl")).toBe(space.text("out", "dpo.jsonl"));
  });

  it.each(["keep", "score-without"])("that differs alone makes no pair (%s)", async (mode) => {
    const same = calls.with(2, { ...calls[2]!, content: "<think>Two.</think>First." });
    const { space } = await loopOver(same, mode);
    expect(space.text("out", "dpo.jsonl")).toBe("");
  });
});
