import { describe, expect, it } from "vitest";
import { loadPrompt, promptDirectory } from "../prompts/load-prompt.ts";
import { createAdvisor, type AdvisorFactory } from "./advisor.ts";
import { createSide, type SideFactory } from "./cross-review.ts";
import { createDebaterNodes, type DebaterFactory } from "./debater.ts";
import { createEditor, type EditorFactory } from "./editor.ts";
import { createGenerator, type GeneratorFactory } from "./generator.ts";
import { createJudge, type JudgeFactory } from "./judge.ts";
import { createReviewer, type ReviewerFactory } from "./reviewer.ts";
import { roleNamed, roles, rolesInCode } from "./roles.ts";
import { createSampleResponse } from "./sample-response.ts";

/**
 * The compiler is what tests these: a line that is right where an error is expected does not
 * compile, nor does the other way round.
 */
describe("the types of factories", () => {
  it("are those of our own", () => {
    const generators: GeneratorFactory[] = [createGenerator, createSampleResponse];
    const reviewer: ReviewerFactory = createReviewer;
    const judge: JudgeFactory = createJudge;
    const debater: DebaterFactory = createDebaterNodes;
    const side: SideFactory = createSide;
    const advisor: AdvisorFactory = createAdvisor;
    const editor: EditorFactory = createEditor;
    expect([...generators, reviewer, judge, debater, side, advisor, editor]).toHaveLength(8);
  });

  it("take what fits, with a model or without, at once or later", () => {
    const review = { reviewer: "x", round: 1, text: "", evaluation: "", score: null, feedback: "" };
    const fitting: ReviewerFactory[] = [
      () => () => ({}),
      () => async () => ({ reviews: [review] }),
      ({ agent }) =>
        (state) => ({
          reviews: [{ ...review, reviewer: agent.name, round: state.responses.length }],
        }),
      ({ agent, prompt }) => createReviewer({ agent, prompt }),
    ];
    expect(fitting).toHaveLength(4);
  });

  it("refuse what does not", () => {
    const review = { reviewer: "x", round: 1, text: "", evaluation: "", feedback: "" };
    const wrong: unknown[] = [
      // @ts-expect-error -- no node, but an update
      (() => ({ reviews: [] })) satisfies ReviewerFactory,
      // @ts-expect-error -- a key that the state has not
      (() => () => ({ revews: [] })) satisfies ReviewerFactory,
      // @ts-expect-error -- the same, later
      (() => async () => ({ revews: [] })) satisfies ReviewerFactory,
      // @ts-expect-error -- a review that lacks its text
      (() => () => ({ reviews: [{ reviewer: "x", round: 1 }] })) satisfies ReviewerFactory,
      // @ts-expect-error -- a score that is no number
      (() => () => ({ reviews: [{ ...review, score: "9" }] })) satisfies ReviewerFactory,
      // @ts-expect-error -- nothing of the kind is among a reviewer's options
      (({ strategy }) =>
        () => ({ endedEarly: strategy })) satisfies ReviewerFactory,
      // @ts-expect-error -- a judge leaves readings, and no reviews
      (() => () => ({ reviews: [] })) satisfies JudgeFactory,
      // @ts-expect-error -- a debater has two nodes
      (() => () => ({})) satisfies DebaterFactory,
      // @ts-expect-error -- CoEvol's debater has other ones
      (() => ({ talk: () => ({}), vote: () => ({}) })) satisfies SideFactory,
      // @ts-expect-error -- suggestions are texts
      (() => () => ({ suggestions: [1] })) satisfies AdvisorFactory,
      // @ts-expect-error -- our judge reviews nothing
      createJudge satisfies ReviewerFactory,
    ];
    expect(wrong).toHaveLength(11);
  });
});

describe("every role", () => {
  it.each(Object.entries(roles))("%s has a prompt file that fits", (_, { prompt, persona }) => {
    expect(loadPrompt(promptDirectory, prompt.name, prompt.shape).name).toBe(prompt.name);
    if (persona === undefined) return;
    expect(loadPrompt(promptDirectory, persona.name, persona.shape).has("persona")).toBe(true);
  });

  it.each(Object.entries(roles))("%s is found by its name", (_, { name, form, usualTokens }) => {
    // Two roles are debaters; what is looked up by name is the same of both.
    expect(roleNamed(name)).toMatchObject({ name, form, usualTokens });
    expect(rolesInCode.has(name)).toBe(true);
  });

  it("is all there are: another name is a bug", () => {
    expect(() => roleNamed("poet")).toThrow('no role "poet" in nodes/roles.ts');
  });
});
