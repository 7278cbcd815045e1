import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseColumnMap } from "../../datasets/rows/column-map.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { parseYaml } from "../../topologies/load/parse-yaml.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { forecastStudy } from "./forecast-study.ts";
import { study } from "./study.ts";

const root = join(import.meta.dirname, "..", "..");
const example = join(root, "examples", "study");

const single = (model: string) =>
  `graph: single\nagents: { generator: { model: "sim:${model}" } }\n`;

type Plan = Readonly<Record<string, unknown>>;

/** A copy of the example, with a plan of its files. */
function planned(changes: Plan = {}) {
  const space = openWorkspace();
  cpSync(example, space.at(), { recursive: true });
  const { tree } = parseYaml("plan.yaml", space.text("plan.yaml"));
  const plan = (more: Plan = {}) =>
    space.write("plan.yaml", JSON.stringify({ ...(tree as Plan), ...changes, ...more }));
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
    expect(evaluator).toMatchObject({ chosen: "judge.yaml", rows: 24, prompts: 24, folds: 5 });
    expect(evaluator.candidates.map(({ name }: { name: string }) => name)).toEqual([
      "judge.yaml",
      "jury.yaml",
      "noisy-judge.yaml",
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
    expect(loopEntry.rounds).toMatchObject([{ round: 2, n: 10 }]);
    expect(loopEntry.sameTokens.sentence).toMatch(
      /^loop\.yaml was worth it: of 10 comparisons it won \d+ and lost \d against a single model with the same tokens \(the best of 3 answers\), beyond noise\.$/,
    );
    expect(evaluator.candidates[2].behind.p).toBeLessThan(0.05);
    for (const { better, a, b } of generator.differences) {
      expect([a, b]).toContain({ a, b }[better as "a" | "b"]);
    }
    // The page that the documentation shows.
    await expect(space.text("out", "decision.md")).toMatchFileSnapshot(
      "../../examples/study/decision.md",
    );
    expect(space.json("out", "run.json")).toMatchObject({
      command: "study",
      stages: [
        "evaluators/judge",
        "evaluators/jury",
        "evaluators/noisy-judge",
        "generators/loop",
        "generators/loop-same-tokens",
        "generators/strong",
        "generators/weak",
        "comparison",
        "data",
      ],
    });
    expect(space.lines("out", "data", "rows.jsonl")).toHaveLength(12);

    const outputs = () =>
      Object.fromEntries(
        Object.entries(space.outputs("out")).filter(
          ([name]) => !/journal\.|run\.json$|report\.html$/.test(name),
        ),
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
      evaluator: { agents: { judge: { model: "sim:oak?noise=0.05" } } },
    });
  });

  it("switches the single model off, and forecasts every stage without it", async () => {
    const { plan, options } = planned();
    const stagesOf = async (more: Plan) =>
      (await forecastStudy(plan(more), options({ directory: "" }))).map(([stage]) => stage);
    const single = "generator loop.yaml (single model, same tokens)";
    expect(await stagesOf({})).toContain(single);
    expect(await stagesOf({ equalTokens: false })).toEqual([
      "evaluator judge.yaml",
      "evaluator jury.yaml",
      "evaluator noisy-judge.yaml",
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
      evaluators: [{ file: "judge.yaml" }],
      generators: [{ file: "strong.yaml" }],
    });
    space.write("failing.yaml", single("willow?fail=1"));
    const failed = await study(
      plan({ generators: [{ file: "failing.yaml" }], baselines: [] }),
      options(),
    );
    expect(failed.exitCode).toBe(3);
    expect(failed.failures[0]?.detail).toMatch(/^generators\/failing: /);
    expect(failed.summary.decision.evaluator?.reason).toBe("it is the only one");
    expect(failed.summary.decision.evaluator?.chosen).toBe("judge.yaml");
    expect(failed.summary.decision.generator).toBeNull();
    expect(space.lines("out", "evaluators", "judge", "rows.jsonl")).toHaveLength(24);
    const again = await study(plan(), options());
    expect(again.exitCode).toBe(0);
    expect(again.summary.decision.generator?.chosen).toBe("strong.yaml");
  });
});

describe("a study with --map", () => {
  it("reads a mapped field from the inputs that have its column, and refuses one of none", async () => {
    const { space, plan, options } = planned({
      equalTokens: false,
      evaluators: [{ file: "judge.yaml" }],
      generators: [{ file: "strong.yaml" }],
      baselines: [],
    });
    const labelled = space.lines("labelled.jsonl") as Record<string, unknown>[];
    space.write(
      "labelled.jsonl",
      labelled.map(({ label, ...row }) => ({ ...row, preferred: label })),
    );
    const mapped = (...texts: string[]) => {
      const map = texts.map((text) => parseColumnMap(text)!);
      return study(plan(), options({ reading: { map } }));
    };
    const refused = await refusal(mapped("label=favourite"));
    expect(refused).toMatch(
      /^bad_input: --map: expected a column "favourite" in an input of the study, found none\./,
    );
    expect(refused).toMatch(/labelled\.jsonl: .*preferred\n.*prompts\.jsonl: prompt/);

    const end = await mapped("label=preferred");
    expect(end.exitCode).toBe(0);
    expect(space.json("out", "evaluators", "judge", "summary.json").agreement.n).toBe(24);
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
      { generators: [{ file: "judge.yaml" }] },
      /^bad_usage: .*judge\.yaml: graph: judge/,
    ],
    "topologies that aren't there": [
      { evaluators: [{ file: "none.yaml" }], choose: { generator: "nix.yaml" } },
      /^bad_usage: .*plan\.yaml:1: evaluators\.0\.file: no such file: none\.yaml\..*plan\.yaml:1: choose\.generator: no such file: nix\.yaml\./s,
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
