import { describe, expect, it } from "vitest";
import { question, singleOn } from "../tests/graphs-on-gate.ts";
import { createRecordingGate, type Answer } from "../tests/recording-gate.ts";
import { cut, down, scores } from "../tests/written-answers.ts";

const answers: Readonly<Record<string, Answer>> = {
  "generator 0": "first sample",
  "generator 1": "second sample",
  "generator 2": "third sample",
  "generator 3": "fourth sample",
  judge: scores(7, 5),
};

async function run(samples: number, script: Readonly<Record<string, Answer>> = {}) {
  const gate = createRecordingGate({ ...answers, ...script });
  const prompt = [...question];
  const result = await singleOn(gate, samples).invoke({ row: { number: 1, id: "1" }, prompt });
  return { gate, result };
}

describe("a single generator", () => {
  it("answers once, without a judge", async () => {
    const { gate, result } = await run(1);
    expect(gate.addresses()).toEqual(["generator 0"]);
    expect(result.responses).toEqual([{ round: 1, text: "first sample" }]);
    expect(result.best).toBe(0);
    expect(result.comparisons).toEqual([]);
  });

  it("fails the row where its only answer fails", async () => {
    const { result } = await run(1, { "generator 0": down });
    expect(result.failure).toEqual({
      reason: "provider_error",
      detail: "generator, sample 1: the server is down",
    });
  });
});

describe("a single generator with samples", () => {
  it("is asked the same again in turns of its own, then its answers are judged as a loop's are", async () => {
    const { gate, result } = await run(4);
    expect(gate.addresses()).toEqual([
      "generator 0",
      "generator 1",
      "generator 2",
      "generator 3",
      "judge round-2 0",
      "judge round-3 0",
      "judge round-4 0",
    ]);
    for (const turn of [0, 1, 2, 3]) expect(gate.shown(`generator ${turn}`)).toEqual(question);
    expect(result.comparisons.map(({ incumbentIs, won }) => [incumbentIs, won])).toEqual([
      ["a", 0],
      ["b", 2],
      ["a", 2],
    ]);
    expect(result.best).toBe(2);
  });

  it("goes on to the judge with those it has when a later one fails", async () => {
    const { gate, result } = await run(4, { "generator 2": cut });
    expect(gate.addresses().slice(-2)).toEqual(["generator 2", "judge round-2 0"]);
    expect(result.responses).toHaveLength(2);
    expect(result.comparisons).toHaveLength(1);
    expect(result.endedEarly).toEqual({
      reason: "cut_at_length",
      detail: "generator, sample 3: cut_at_length",
    });
    expect(result.failure).toBeUndefined();
  });

  it("fails the row where the first one fails", async () => {
    const { gate, result } = await run(4, { "generator 0": down });
    expect(result.failure?.reason).toBe("provider_error");
    expect(gate.addresses()).toEqual(["generator 0"]);
  });

  it("fails the row where the evaluator cannot be asked", async () => {
    const { result } = await run(4, { "judge round-3": down });
    expect(result.failure?.reason).toBe("provider_error");
    expect(result.comparisons).toHaveLength(1);
  });
});
