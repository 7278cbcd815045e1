import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeMarker } from "../../models/simulation/quality-marker.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { forecastStudy } from "./forecast-study.ts";
import { study } from "./study.ts";

const judge = (model: string) => `graph: judge\nagents: { judge: { model: "sim:${model}" } }\n`;
const single = (model: string) =>
  `graph: single\nagents: { generator: { model: "sim:${model}" } }\n`;
const loop = (model: string) => `graph: feedback-loop
iterations: 2
agents:
  generator: { model: "sim:${model}" }
  reviewers: [ { name: reviewer, model: "sim:birch" } ]
evaluator: { file: sharp.yaml }
`;

type Plan = Readonly<Record<string, unknown>>;

/** Pairs of responses of planted qualities, labelled by the better one. */
function labelledPairs(count: number): unknown[] {
  const marked = (value: number, nonce: number) =>
    `An answer. ${writeMarker({ kind: "response", value, author: 1 }, nonce)}`;
  return Array.from({ length: count }, (_, index) => {
    const better = index % 2 === 0 ? "a" : "b";
    const [high, low] = [marked(0.8, 2 * index), marked(0.35, 2 * index + 1)];
    const [a, b] = better === "a" ? [high, low] : [low, high];
    return { prompt: `Labelled ${index}?`, a: { text: a }, b: { text: b }, label: better };
  });
}

/** A workspace with a plan and all that it names. */
function planned(changes: Plan = {}) {
  const space = openWorkspace();
  space.write("sharp.yaml", judge("oak?noise=0.02&tie=0.01"));
  space.write("dull.yaml", judge("elm?noise=0.9"));
  space.write("loop.yaml", loop("willow?skill=0.4&gain=0.9&words=20"));
  space.write("weak.yaml", single("willow?skill=0.1&words=20"));
  space.write("strong.yaml", single("willow?skill=0.9&words=20"));
  space.write("pairs.jsonl", labelledPairs(24));
  const prompts = Array.from({ length: 10 }, (_, index) => ({ prompt: `Question ${index}?` }));
  space.write("prompts.jsonl", prompts);
  const plan = (more: Plan = {}) =>
    space.write(
      "plan.yaml",
      JSON.stringify({
        graph: "study",
        evaluators: [{ file: "dull.yaml" }, { file: "sharp.yaml" }],
        labelled: "pairs.jsonl",
        generators: [{ file: "loop.yaml" }, { file: "strong.yaml" }],
        baselines: [{ file: "weak.yaml" }],
        study: { input: "prompts.jsonl", limit: 8 },
        produce: { input: "prompts.jsonl", limit: 4 },
        ...changes,
        ...more,
      }),
    );
  const options = (more: Partial<CommandOptions> = {}) => ({
    ...space.options("", "out"),
    ...more,
  });
  return { space, plan, options };
}

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => "no refusal",
    (error: unknown) =>
      isFellowshipError(error) ? `${error.code}: ${error.message}` : `a bug: ${String(error)}`,
  );

describe("study", () => {
  it("chooses both, makes the data, and then runs only what a changed plan changes", async () => {
    const { space, plan, options } = planned();
    const end = await study(plan(), options());
    expect(end.exitCode).toBe(0);
    const { evaluator, generator } = space.json("out", "decision.json");
    expect(evaluator).toMatchObject({ chosen: "sharp.yaml", rows: 24, prompts: 24, folds: 5 });
    expect(evaluator.candidates.map(({ name }: { name: string }) => name)).toEqual([
      "dull.yaml",
      "sharp.yaml",
    ]);
    expect(evaluator.optimism).toBeCloseTo(0, 6);
    expect(generator.chosen).toBe("strong.yaml");
    const roles = Object.fromEntries(
      generator.candidates.map(({ name, role }: Record<string, string>) => [name, role]),
    );
    expect(roles).toEqual({
      "strong.yaml": "generator",
      "loop.yaml": "generator",
      "loop.yaml (single model, same tokens)": "same-tokens",
      "weak.yaml": "baseline",
    });
    const loopEntry = generator.candidates.find(
      ({ name }: { name: string }) => name === "loop.yaml",
    );
    expect(loopEntry.rounds).toMatchObject([{ round: 2, n: 8 }]);
    expect(loopEntry.sameTokens.sentence).toMatch(/worth it.*same tokens \(the best of \d+\)/);
    const page = space.text("out", "decision.md");
    expect(page).toContain("**strong.yaml**");
    expect(page).toContain(loopEntry.sameTokens.sentence);
    expect(space.json("out", "run.json")).toMatchObject({
      command: "study",
      stages: [
        "evaluators/dull",
        "evaluators/sharp",
        "generators/loop",
        "generators/loop-same-tokens",
        "generators/strong",
        "generators/weak",
        "comparison",
        "data",
      ],
    });
    expect(space.lines("out", "data", "rows.jsonl")).toHaveLength(4);

    const outputs = () =>
      Object.fromEntries(
        Object.entries(space.outputs("out")).filter(([name]) => !/journal\.|run\.json$/.test(name)),
      );
    const before = outputs();
    await study(plan(), options());
    expect(outputs()).toEqual(before);

    // Without the baseline only the comparison is another one.
    const changed = await study(
      plan({ baselines: [], choose: { generator: "loop.yaml" } }),
      options(),
    );
    expect(changed.summary.decision.generator).toMatchObject({
      chosen: "loop.yaml",
      reason: "the plan chose it; by win rate the study would take strong.yaml",
    });
    const stages = readdirSync(space.at("out")).filter((name) => name.includes(".old-"));
    expect(stages.toSorted()).toEqual(["comparison.old-1", "data.old-1"]);
    expect(readdirSync(space.at("out", "generators"))).not.toContain("loop.old-1");
    expect(space.json("out", "data", "run.json").topology).toMatchObject({
      graph: "feedback-loop",
      evaluator: { agents: { judge: { model: "sim:oak?noise=0.02&tie=0.01" } } },
    });
  });

  it("switches the single model off, and forecasts every stage without it", async () => {
    const { plan, options } = planned();
    const stagesOf = async (more: Plan) =>
      (await forecastStudy(plan(more), options({ directory: "" }))).map(([stage]) => stage);
    const single = "generator loop.yaml (single model, same tokens)";
    expect(await stagesOf({})).toContain(single);
    expect(await stagesOf({ equalTokens: false })).toEqual([
      "evaluator dull.yaml",
      "evaluator sharp.yaml",
      "generator loop.yaml",
      "generator strong.yaml",
      "generator weak.yaml",
      "comparison",
      "data",
    ]);
  });

  it("leaves what was bought where no generator answers, and goes on with another", async () => {
    const { space, plan, options } = planned({
      equalTokens: false,
      generators: [{ file: "strong.yaml" }],
    });
    space.write("failing.yaml", single("willow?fail=1"));
    const failed = await study(
      plan({ generators: [{ file: "failing.yaml" }], baselines: [] }),
      options(),
    );
    expect(failed.exitCode).toBe(3);
    expect(failed.summary.decision.evaluator?.chosen).toBe("sharp.yaml");
    expect(failed.summary.decision.generator).toBeNull();
    expect(space.lines("out", "evaluators", "sharp", "rows.jsonl")).toHaveLength(24);
    const again = await study(plan(), options());
    expect(again.exitCode).toBe(0);
    expect(again.summary.decision.generator?.chosen).toBe("strong.yaml");
  });
});

describe("a plan that can't be", () => {
  const cases: Record<string, [changes: Plan, message: RegExp]> = {
    "an unknown key": [{ evaluator: [] }, /^bad_usage: .*plan\.yaml.*evaluator/],
    "no evaluators": [{ evaluators: [] }, /^bad_usage: .*plan\.yaml:\d+: evaluators/],
    "a topology twice": [
      { baselines: [{ file: "loop.yaml" }] },
      /^bad_usage: .*loop\.yaml is named twice/,
    ],
    "a plan in a plan": [{ generators: [{ file: "plan.yaml" }] }, /^bad_usage: .*plan\.yaml/],
    "a judge as a generator": [
      { generators: [{ file: "sharp.yaml" }] },
      /^bad_usage: .*sharp\.yaml: graph: judge/,
    ],
    "labels that aren't there": [{ labelled: "prompts.jsonl" }, /^bad_input: .*labels/],
    "no such file": [{ produce: { input: "none.jsonl" } }, /^bad_input: .*none\.jsonl/],
  };
  it.each(Object.entries(cases))(
    "%s is refused before anything is sent",
    async (_, [more, message]) => {
      const { space, plan, options } = planned();
      expect(await refusal(study(plan(more), options()))).toMatch(message);
      expect(readdirSync(space.at())).not.toContain("out");
    },
  );
});
