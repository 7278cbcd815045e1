import { describe, expect, it } from "vitest";
import * as z from "zod";
import { failsRow } from "../nodes/generator.ts";
import { atMostOne, itemShape } from "../nodes/item-shape.ts";
import type { GeneratorNodeFunction, MemberOptions, Role } from "../nodes/role.ts";
import { loadPrompt, promptDirectory } from "../prompts/load-prompt.ts";
import { Review } from "../state/response.ts";
import { createRecordingGate } from "../tests/recording-gate.ts";
import { recordCalls } from "./call-recorder.ts";
import { customNodeFactory } from "./custom-node-factories.ts";

const doubts = "The year is wrong.";

/** A role that is in no list: one object beside its factory holds everything that a guard needs. */
const factChecker: Role<"fact-checker", MemberOptions, GeneratorNodeFunction> = {
  name: "fact-checker",
  prompt: { name: "reviewer", shape: { system: [], first: ["conversation", "response"] } },
  form: "suggestions",
  usualTokens: { instructions: 100, answer: 200 },
  create: ({ agent }) =>
    async function factChecker({ row, place: part, responses }) {
      const content = responses.at(-1)?.text ?? "";
      const messages = [{ role: "user" as const, content }];
      const question = { row, part, turn: 0, messages, expects: { kind: "text" as const } };
      const record = await agent.ask(question);
      const written = { text: record.content, evaluation: "", score: null };
      const review = { reviewer: agent.name, round: 1, ...written, feedback: record.content };
      return { reviews: [review], transcript: [record] };
    },
  rules: ({ agent: { name: reviewer } }) => ({
    ...failsRow,
    update: () =>
      z.strictObject({
        reviews: atMostOne(itemShape(Review.omit({ step: true }), { reviewer, round: 1 })),
      }),
    needs: ["reviews", "nothing else"],
  }),
};

function run(exported: unknown) {
  const gate = createRecordingGate({ "fact-checker": doubts });
  const agent = recordCalls(gate.agent(factChecker.name));
  const prompt = loadPrompt(promptDirectory, "reviewer", {
    system: [],
    first: ["conversation", "response"],
    again: ["response"],
  });
  const custom = { name: "own.ts#own", place: "loop.yaml:7", exported };
  const node = customNodeFactory(factChecker, custom)({ agent, prompt });
  const state = {
    row: { number: 1, id: "1" },
    place: "",
    responses: [{ round: 1, text: "1870." }],
  };
  return node({ transcript: [], reviews: [], ...state } as never);
}

describe("customNodeFactory", () => {
  it("guards a custom node by the rules of any role", async () => {
    expect(await run(() => () => ({ reviews: 1 }))).toMatchObject({
      failure: { reason: "bad_node", detail: expect.stringContaining("own.ts#own): reviews: ") },
    });
    expect(await run(() => () => ({}))).toMatchObject({
      failure: { detail: expect.stringContaining("expected reviews or nothing else") },
    });
  });

  it("lets through the update and the calls of the role's own node", async () => {
    const updated = await run(factChecker.create);
    expect(updated).toMatchObject({ reviews: [{ text: doubts }], transcript: [{ turn: 0 }] });
    expect(updated).not.toHaveProperty("failure");
  });

  it("refuses an export that makes no node, with the place that names it", () => {
    expect(() => run(() => ({}))).toThrow(
      /^loop\.yaml:7: own\.ts#own returned \{\}; expected a node/,
    );
  });
});
