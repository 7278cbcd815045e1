import { describe, expect, it } from "vitest";
import { readEvalSettings, requireJudge, shippedSample } from "./eval-settings.ts";

const sample = { ...shippedSample, topology: "t.yaml", input: "i.jsonl", models: ["sim:x"] };
const real = { FELLOWSHIP_EVAL_TOPOLOGY: "jury.yaml", FELLOWSHIP_EVAL_INPUT: "pairs.csv" };

describe("the settings of evals", () => {
  it("are the shipped sample where the environment names nothing", () => {
    expect(readEvalSettings({}, sample)).toEqual(sample);
    const limited = readEvalSettings({ FELLOWSHIP_EVAL_LIMIT: "3" }, sample);
    expect(limited).toEqual({ ...sample, limit: 3 });
  });

  it("name a topology with its rows, and spend a dollar at most", () => {
    expect(readEvalSettings(real, sample)).toEqual({
      topology: "jury.yaml",
      input: "pairs.csv",
      models: [],
      limit: Infinity,
      budgetUsd: 1,
      judge: null,
    });
  });

  it("take models, a judge, and another budget or none", () => {
    const more = {
      ...real,
      FELLOWSHIP_EVAL_MODEL: " openai:a  judge=openai:b ",
      FELLOWSHIP_EVAL_JUDGE: "judge.yaml",
      FELLOWSHIP_EVAL_BUDGET: "none",
    };
    expect(readEvalSettings(more, sample)).toMatchObject({
      models: ["openai:a", "judge=openai:b"],
      budgetUsd: undefined,
      judge: { topology: "judge.yaml", models: [], budgetUsd: undefined },
    });
    const dear = readEvalSettings({ ...more, FELLOWSHIP_EVAL_BUDGET: "2.5" }, sample);
    expect(dear).toMatchObject({ budgetUsd: 2.5, judge: { budgetUsd: 2.5 } });
  });

  it.each([
    [{ FELLOWSHIP_EVAL_TOPOLOGY: "jury.yaml" }, "FELLOWSHIP_EVAL_INPUT is missing"],
    [{ FELLOWSHIP_EVAL_INPUT: "pairs.csv" }, "FELLOWSHIP_EVAL_TOPOLOGY is missing"],
    [{ ...real, FELLOWSHIP_EVAL_LIMIT: "all" }, 'LIMIT: expected a number above 0, got "all"'],
    [{ ...real, FELLOWSHIP_EVAL_BUDGET: "0" }, 'BUDGET: expected a number above 0, got "0"'],
  ])("are refused: %o", (environment, message) => {
    expect(() => readEvalSettings(environment, sample)).toThrow(message);
  });

  it("need a judge to tell what was gained", () => {
    expect(requireJudge(sample)).toBe(sample.judge);
    const settings = readEvalSettings(real, sample);
    expect(() => requireJudge(settings)).toThrow("FELLOWSHIP_EVAL_JUDGE is missing");
  });
});
