import { describe, expect, it } from "vitest";
import { createJudgeGraph } from "../../graphs/judge.ts";
import { createSingle } from "../../graphs/single.ts";
import { createJudge } from "../../nodes/judge.ts";
import { createSampleResponse } from "../../nodes/sample-response.ts";
import { defineEvaluator, defineGenerator, defineTopology, kindOf } from "./define-topology.ts";

const writer = { role: "generator", model: "sim:oak" } as const;
const judge = { role: "judge", model: "sim:yew" } as const;
const evaluator = { graph: "judge", agents: { judge: { model: "sim:yew" } } } as const;
const asking = { strategy: "combined", scale: 10, orders: "ab", reasks: 0 } as const;

/**
 * The compiler is what tests these: a line that is right where an error is expected does not
 * compile.
 */
describe("a definition", () => {
  it("knows its agents by name, and whether it has an evaluator", () => {
    const alone = defineGenerator({
      graph: "alone",
      agents: { writer },
      build: ({ members }) =>
        createSingle({
          generator: createSampleResponse(members.writer),
          samples: 1,
          evaluator: null,
        }),
    });
    const judged = defineGenerator({
      graph: "judged",
      agents: { writer },
      evaluator,
      calls: { writer: 4 },
      build: ({ members, evaluator }) =>
        createSingle({ generator: createSampleResponse(members.writer), samples: 4, evaluator }),
    });
    const judging = defineEvaluator({
      graph: "judging",
      agents: { judge },
      build: ({ members: { judge } }) => {
        const node = createJudge({ ...judge, ...asking });
        return createJudgeGraph({ judge: { name: "judge", node }, onUnparsed: "tie" });
      },
    });
    expect([alone, judged, judging].map(kindOf)).toEqual(["generator", "generator", "evaluator"]);
    expect([null, 1, {}, { definition: {} }].map(kindOf)).toEqual([null, null, null, null]);
  });

  it("may name its kind as a value", () => {
    const named = defineTopology("evaluator", {
      graph: "judging",
      agents: { judge },
      build: ({ members: { judge } }) => {
        const node = createJudge({ ...judge, ...asking });
        return createJudgeGraph({ judge: { name: "judge", node }, onUnparsed: "tie" });
      },
    });
    expect(kindOf(named)).toBe("evaluator");
  });

  it("is a type error where it does not fit", () => {
    const agents = { writer };
    const graph = "mine";
    const generator = createSampleResponse({} as never);
    const single = () => createSingle({ generator, samples: 1, evaluator: null });
    const build = single;
    const [poet, nobody] = [{ ...writer, role: "poet" } as const, { role: "editor" } as const];
    const odd = { ...evaluator, scale: 7 } as const;
    const wrong = [
      // @ts-expect-error -- no such agent
      () => defineGenerator({ graph, agents, build: ({ agents }) => agents.reader && single() }),
      // @ts-expect-error -- there is no evaluator
      () => defineGenerator({ graph, agents, build: (p) => p.evaluator.invoke && single() }),
      // @ts-expect-error -- an evaluator is no generator
      () => defineGenerator({ graph, agents, build: () => createJudgeGraph({} as never) }),
      // @ts-expect-error -- nor a generator an evaluator
      () => defineEvaluator({ graph, agents, build }),
      // @ts-expect-error -- calls of an unknown agent
      () => defineGenerator({ graph, agents, calls: { reader: 1 }, build }),
      // @ts-expect-error -- a role that there is not
      () => defineGenerator({ graph, agents: { poet }, build }),
      // @ts-expect-error -- an agent without a model
      () => defineGenerator({ graph, agents: { nobody }, build }),
      // @ts-expect-error -- a scale that there is not
      () => defineGenerator({ graph, agents, evaluator: odd, build }),
    ];
    expect(wrong).toHaveLength(8);
  });
});
