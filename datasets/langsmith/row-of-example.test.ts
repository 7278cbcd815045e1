import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exampleOfResult, exampleOfRow } from "./dataset-example.ts";
import { rowOfExample } from "./row-of-example.ts";

const id = "00000000-0000-4000-8000-000000000001";

/** What another's data set holds, as a row. */
function foreign(inputs: unknown, rest: object = {}, promptField?: string) {
  return rowOfExample({ id, inputs, ...rest }, { promptField });
}

const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => value.trim() !== "");
const extra = fc.dictionary(
  fc
    .string()
    .filter((name) => !["id", "prompt", "messages", "a", "b", "label", "labels"].includes(name)),
  fc.jsonValue(),
  { maxKeys: 4, noNullPrototype: false },
);
const prompt = fc.oneof(
  fc.record({ prompt: text }),
  fc.record({ messages: text.map((content) => [{ role: "user", content }]) }),
);
const anId = fc.oneof(fc.constant({}), fc.record({ id: fc.oneof(text, fc.nat()) }));
const label = fc.constantFrom("a", "b", "tie");
const candidate = fc.record({ text: fc.string(), model: text }, { requiredKeys: ["text"] });
const labels = fc.oneof(
  fc.constant({}),
  fc.record({ label }),
  fc.record({ labels: fc.dictionary(text, label, { maxKeys: 3, noNullPrototype: false }) }),
);

/** The same values, as JSON has them. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

describe("a row that becomes an example", () => {
  it("comes back as it was: prompts", () => {
    fc.assert(
      fc.property(anId, prompt, extra, (named, asked, more) => {
        const fields = asJson({ ...more, ...named, ...asked });
        const example = asJson(exampleOfRow("prompts", { number: 3, fields }));
        const row = rowOfExample({ id, ...example });
        expect(row).toMatchObject({ ok: true, kind: "prompts" });
        expect(asJson(row)["fields"]).toEqual(fields);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("comes back as it was: pairs", () => {
    fc.assert(
      fc.property(
        anId,
        prompt,
        candidate,
        candidate,
        labels,
        extra,
        (named, asked, a, b, said, more) => {
          const fields = asJson({ ...more, ...named, ...asked, a, b, ...said });
          const example = asJson(exampleOfRow("pairs", { number: 3, fields }));
          const row = rowOfExample({ id, ...example });
          expect(row).toMatchObject({ ok: true, kind: "pairs" });
          expect(asJson(row)["fields"]).toEqual(fields);
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });

  it("keeps what a target is given apart from what people say and from the rest", () => {
    const fields = {
      id: 7,
      prompt: "Why?",
      a: { text: "x" },
      b: { text: "y" },
      label: "a",
      topic: "physics",
    };
    expect(exampleOfRow("pairs", { number: 3, fields })).toEqual({
      inputs: { prompt: "Why?", a: { text: "x" }, b: { text: "y" } },
      outputs: { label: "a" },
      metadata: { fellowship: "pairs", row: 3, id: 7, fields: { topic: "physics" } },
    });
    const { id: _, ...bare } = { id: 0, prompt: "Why?" };
    expect(exampleOfRow("prompts", { number: 1, fields: bare })).toEqual({
      inputs: { prompt: "Why?" },
      outputs: undefined,
      metadata: { fellowship: "prompts", row: 1 },
    });
  });

  it("brings along what others added to it since", () => {
    const example = exampleOfRow("prompts", { number: 1, fields: { prompt: "Why?" } });
    const row = rowOfExample({ ...example, id, outputs: { answer: "Because." } });
    expect(row).toMatchObject({ fields: { prompt: "Why?", reference: { answer: "Because." } } });
  });

  it("has a run's result beside it", () => {
    const fields = { id: "x", prompt: "Why?", a: { text: "1" }, b: { text: "2" }, label: "b" };
    const run = { command: "evaluate", graph: "judge" };
    const example = exampleOfResult({ number: 2, fields }, { winner: "a", scores: null }, run);
    expect(example).toMatchObject({ outputs: { winner: "a" }, metadata: { run, id: "x" } });
    const row = rowOfExample({ ...asJson(example), id });
    expect(row).toMatchObject({
      kind: "pairs",
      fields: { ...fields, result: { winner: "a", scores: null } },
    });
  });

  it("is instruction data where it came of evolve", () => {
    const fields = { instruction: "Why?", input: "", output: "Because." };
    const example = exampleOfResult(
      { number: 1, fields },
      { response: "So." },
      { command: "evolve" },
    );
    const row = rowOfExample({ ...asJson(example), id });
    expect(row).toMatchObject({
      kind: "instructions",
      fields: { ...fields, result: { response: "So." } },
    });
  });
});

describe("an example of another's data set", () => {
  it.each([
    ["prompt", { prompt: "Why?" }],
    ["messages", { messages: [{ role: "user", content: "Why?" }] }],
  ])("is a prompt where it has %s", (name, inputs) => {
    expect(foreign(inputs)).toMatchObject({ ok: true, kind: "prompts", fields: { id, ...inputs } });
    expect(foreign(inputs)).toHaveProperty(`fields.${name}`);
  });

  it("is a prompt by its only text, or by the field that is named", () => {
    expect(foreign({ question: "Why?", year: 1969 })).toMatchObject({
      fields: { prompt: "Why?", year: 1969 },
    });
    const two = { question: "Why?", context: "The sky." };
    expect(foreign(two)).toEqual({
      ok: false,
      problem:
        "none of its inputs is known to be the prompt (question, context); name it with --prompt",
    });
    expect(foreign(two, {}, "question")).toMatchObject({
      fields: { prompt: "Why?", context: "The sky." },
    });
    expect(foreign(two, {}, "absent")).toMatchObject({ ok: false });
  });

  it("is a pair where it has both sides, with its label", () => {
    const inputs = { prompt: "Why?", a: { text: "x" }, b: { text: "y" } };
    const row = foreign(inputs, { outputs: { label: "tie", why: "same" } });
    expect(row).toMatchObject({
      kind: "pairs",
      fields: { ...inputs, label: "tie", reference: { why: "same" } },
    });
  });

  it("keeps outputs and metadata", () => {
    const rest = { outputs: { answer: "x" }, metadata: { source: "web" } };
    expect(foreign({ prompt: "Why?" }, rest)).toMatchObject({
      fields: { reference: { answer: "x" }, metadata: { source: "web" } },
    });
  });

  it.each([
    ["inputs that are no object", "Why?", "its inputs are no object"],
    ["a prompt that is none", { prompt: 7 }, "prompt: expected text, found a number"],
    [
      "a conversation that ends with an answer",
      { messages: [{ role: "assistant", content: "x" }] },
      "messages",
    ],
    [
      "a label that is none",
      { prompt: "x", a: { text: "" }, b: { text: "" }, label: "c" },
      "label: expected",
    ],
  ])("is told apart where no command could read it: %s", (_, inputs, problem) => {
    expect(foreign(inputs)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(problem) as string,
    });
  });

  it("does not become ours by saying so", () => {
    const metadata = { fellowship: "pairs", fields: { a: 1, prompt: "other" } };
    expect(foreign({ prompt: "Why?" }, { metadata })).toMatchObject({
      kind: "prompts",
      fields: { prompt: "Why?" },
    });
  });

  it("brings keys that objects have of themselves as data", () => {
    const inputs = JSON.parse('{"prompt": "Why?", "__proto__": {"polluted": true}}') as object;
    const row = foreign(inputs);
    expect(JSON.stringify(row)).toContain('"__proto__":{"polluted":true}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
