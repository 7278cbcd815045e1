import { describe, expect, it } from "vitest";
import type { Call } from "../../models/call.ts";
import { createGate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { recordCassette, type RecordedAnswer } from "../../tests/cassette.ts";
import { pair, question } from "../../tests/graphs-on-gate.ts";
import { createRecordingGate } from "../../tests/recording-gate.ts";
import { choice, review, score, scores, votes } from "../../tests/written-answers.ts";
import { buildEvaluator } from "./build-evaluator.ts";
import { buildGenerator } from "./build-generator.ts";
import { evaluatorTopology } from "../kinds/evaluators.ts";
import { topology } from "../kinds/kinds.ts";
import type { FeedbackLoopTopology } from "../kinds/feedback-loop.ts";

const row = { number: 1, id: "row-1" };
const prompt = [...question];
const context = { gate: createGate(), environment: {}, promptDirectory };
const sim = { model: "sim:anyone" };
const named = (...names: string[]) => names.map((name) => ({ name, ...sim }));

/** Fills in the defaults, as loading a file does. */
const generatorOf = (tree: object) => topology.parse(tree) as FeedbackLoopTopology;
const evaluatorOf = (tree: object) => evaluatorTopology.parse(tree);

const judge = { graph: "judge", agents: { judge: { name: "judge", ...sim } } };
const loop = {
  graph: "feedback-loop",
  agents: { generator: { name: "generator", ...sim }, reviewers: named("kind", "strict") },
  evaluator: judge,
};

describe("a built topology", () => {
  it("tells who takes part in the topology's order, and the hash of each prompt in use", async () => {
    const { agents, prompts } = await buildGenerator(generatorOf(loop), context);
    expect(agents).toEqual([
      { name: "generator", role: "generator", model: "sim:anyone" },
      { name: "kind", role: "reviewer", model: "sim:anyone" },
      { name: "strict", role: "reviewer", model: "sim:anyone" },
      { name: "judge", role: "judge", model: "sim:anyone" },
    ]);
    expect(Object.keys(prompts).sort()).toEqual(["generator", "judge-combined", "reviewer"]);
    for (const hash of Object.values(prompts)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("uses the prompt file that an agent names in place of its role's own", async () => {
    const debaters = [{ name: "anybody", prompt: "critic", ...sim }];
    const tree = evaluatorOf({ graph: "debate", agents: { debaters } });
    const { prompts } = await buildEvaluator(tree, context);
    expect(Object.keys(prompts).sort()).toEqual(["critic", "debater"]);
  });

  it.each([
    [{ name: "nobody", ...sim }, /No prompt file .*nobody\.md/],
    [{ name: "critic", prompt: "judge-direct", ...sim }, /judge-direct\.md: unknown variable/],
    [{ name: "critic", prompt: "../secret", ...sim }, /No prompt file \.\.\/secret/],
  ])("is refused for a prompt file that is not there or does not fit", async (debater, found) => {
    const tree = evaluatorOf({ graph: "debate", agents: { debaters: [debater] } });
    await expect(buildEvaluator(tree, context)).rejects.toThrow(found);
  });

  it("is refused for a missing key, naming the variable, also deep in its evaluator", async () => {
    const agents = { judge: { model: "openai:gpt-4o" } };
    const tree = generatorOf({ ...loop, evaluator: { graph: "judge", agents } });
    await expect(buildGenerator(tree, context)).rejects.toThrow("OPENAI_API_KEY");
  });

  it("gives back what the loop's members were shown, for their training data", async () => {
    const gate = createRecordingGate(({ address: { agent, turn } }) =>
      agent === "judge"
        ? scores(5, 7)
        : agent === "generator"
          ? `response ${turn}`
          : review("More."),
    );
    const { graph, members } = await buildGenerator(generatorOf(loop), { ...context, gate });
    const result = { prompt, ...(await graph.invoke({ row, prompt })) };
    for (const round of [1, 2, 3]) {
      expect(members?.generator(result, round)).toEqual(gate.shown(`generator ${round - 1}`));
    }
    for (const round of [1, 2]) {
      expect(members?.reviewer(result, "kind", round)).toEqual(gate.shown(`kind ${round - 1}`));
    }
    expect(members?.reviewer(result, "nobody", 1)).toEqual([]);
  });

  it("gives back the conversation of each branch", async () => {
    const gate = createRecordingGate(({ address: { agent, part, turn } }) =>
      agent === "judge"
        ? scores(5, 7)
        : agent === "generator"
          ? `response ${part} ${turn}`
          : review(`${agent} says more.`),
    );
    const tree = generatorOf({ ...loop, branch: true });
    const { graph, members } = await buildGenerator(tree, { ...context, gate });
    const output = await graph.invoke({ row, prompt }, { recursionLimit: 60 });
    const result = { prompt, ...output };
    for (const name of ["kind", "strict"]) {
      for (const round of [2, 3]) {
        const shown = gate.shown(`generator branch-${name} ${round - 2}`);
        expect(members?.generator(result, round, name)).toEqual(shown);
      }
    }
  });
});

describe("the recursion limit of a built topology", () => {
  /** Answers of any form: all reviews and verdicts can be read. */
  const anyone = ({ expects }: Call) => {
    if (expects.kind === "review") return review("More.");
    if (expects.kind === "choice") return choice("B");
    if (expects.kind === "score") return score(5);
    return expects.kind === "scores" ? `${scores(5, 6)}\n\n${votes(5, 6)}` : "A text.";
  };
  const personas = named(
    "general-public",
    "psychologist",
    "critic",
    "domain-expert",
    "careful-user",
  );
  const longestDebate = { graph: "debate", rounds: 20, agents: { debaters: personas } };

  it.each([
    ["twenty rounds with one reviewer", { ...loop, iterations: 20 }, 20, 19],
    [
      "twenty rounds of five branches",
      {
        ...loop,
        iterations: 20,
        branch: true,
        agents: { ...loop.agents, reviewers: named("r1", "r2", "r3", "r4", "r5") },
      },
      1 + 19 * 5,
      19 * 5,
    ],
    [
      "64 samples",
      { graph: "single", samples: 64, agents: { generator: sim }, evaluator: judge },
      64,
      63,
    ],
    ["one sample", { graph: "single", agents: { generator: sim } }, 1, 0],
    ["one round", { ...loop, iterations: 1 }, 1, 0],
  ])("is enough for %s", async (_, tree, responses, contests) => {
    const gate = createRecordingGate(anyone);
    const { graph, recursionLimit } = await buildGenerator(generatorOf(tree), { ...context, gate });
    const result = await graph.invoke({ row, prompt }, { recursionLimit });
    expect(result.responses).toHaveLength(responses);
    expect(result.comparisons).toHaveLength(contests);
  });

  it("is enough for the longest debate, alone and as an evaluator", async () => {
    const gate = createRecordingGate(anyone);
    const alone = await buildEvaluator(evaluatorOf(longestDebate), { ...context, gate });
    const { transcript } = await alone.graph.invoke(
      { row, prompt, pair },
      { recursionLimit: alone.recursionLimit },
    );
    expect(transcript).toHaveLength(5 * 21);
    const tree = generatorOf({ ...loop, iterations: 2, evaluator: longestDebate });
    const inside = await buildGenerator(tree, { ...context, gate });
    const { recursionLimit } = inside;
    const result = await inside.graph.invoke({ row, prompt }, { recursionLimit });
    expect(result.comparisons).toHaveLength(1);
  });
});

describe("a topology on a cassette", () => {
  const byAgent = (agent: string, contents: readonly string[], part = ""): RecordedAnswer[] =>
    contents.map((content, turn) => ({ agent, part, turn, content }));

  const recorded: readonly RecordedAnswer[] = [
    ...byAgent("generator", ["one", "two", "three"]),
    ...byAgent("kind", [review("Kinder."), review("Kinder still.")]),
    ...byAgent("strict", [review("Stricter."), review("Stricter still.")]),
    { agent: "judge", part: "round-2", content: scores(4, 8) },
    { agent: "judge", part: "round-3", content: scores(4, 8) },
  ];

  async function replay(tree: object, answers: readonly RecordedAnswer[]) {
    const model = recordCassette(answers);
    const replayed = JSON.parse(JSON.stringify(tree).replaceAll("sim:anyone", model)) as object;
    const { graph, recursionLimit } = await buildGenerator(generatorOf(replayed), context);
    return graph.invoke({ row, prompt }, { recursionLimit });
  }

  it("answers a feedback loop by row, agent, part and turn", async () => {
    const result = await replay(loop, recorded);
    expect(result.responses.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    expect(result.comparisons.map(({ won }) => won)).toEqual([1, 1]);
    expect(result.best).toBe(1);
    expect(result.transcript.every(({ outcome }) => outcome === "answered")).toBe(true);
  });

  it("answers any agent from a line without one", async () => {
    const anyone: RecordedAnswer[] = [
      ...recorded.filter(({ agent }) => agent === "generator"),
      { turn: 0, content: review("Anyone's.") },
      { turn: 1, content: review("Anyone's again.") },
      { part: "round-2", content: scores(4, 8) },
      { part: "round-3", content: scores(4, 8) },
    ];
    const result = await replay(loop, anyone);
    expect(result.reviews.map(({ feedback }) => feedback)).toEqual([
      "Anyone's.",
      "Anyone's.",
      "Anyone's again.",
      "Anyone's again.",
    ]);
  });

  it.each(["length", "content_filter"])(
    "leaves out a reviewer whose recorded answer ended with %s",
    async (finish) => {
      const broken = recorded.map((line) =>
        line.agent === "strict" && line.turn === 0 ? { ...line, finish } : line,
      );
      const result = await replay(loop, broken);
      expect(result.reviews.map(({ reviewer, round }) => `${reviewer} ${round}`)).toEqual([
        "kind 1",
        "kind 2",
        "strict 2",
      ]);
      expect(result.responses).toHaveLength(3);
    },
  );

  it("leaves out a reviewer whose recorded answer is blank", async () => {
    const broken = recorded.map((line) =>
      line.agent === "strict" ? { ...line, content: " \n" } : line,
    );
    const result = await replay(loop, broken);
    expect(result.reviews.map(({ reviewer }) => reviewer)).toEqual(["kind", "kind"]);
  });

  it("says in the transcript which call was not recorded", async () => {
    const holed = recorded.filter(({ part }) => part !== "round-3");
    const result = await replay(loop, holed);
    const hole = result.transcript.find(({ outcome }) => outcome === "not_recorded");
    expect(hole).toMatchObject({ agent: "judge", part: "round-3", turn: 0 });
    expect(result.failure?.reason).toBe("not_recorded");
  });

  it("answers every evaluator in the parts and turns of the contract", async () => {
    const evaluate = async (tree: object, answers: readonly RecordedAnswer[]) => {
      const model = recordCassette(answers);
      const text = JSON.stringify(tree).replaceAll("sim:anyone", model);
      const { graph, recursionLimit } = await buildEvaluator(
        evaluatorOf(JSON.parse(text) as object),
        context,
      );
      const result = await graph.invoke({ row, prompt, pair }, { recursionLimit });
      expect(result.transcript.every(({ outcome }) => outcome === "answered")).toBe(true);
      return result.verdict;
    };
    const one = { name: "judge", ...sim };
    const independent = { graph: "judge", strategy: "independent", agents: { judge: one } };
    expect(
      await evaluate(independent, [
        { agent: "judge", part: "a", content: score(3) },
        { agent: "judge", part: "b", content: score(4) },
      ]),
    ).toMatchObject({ winner: "b", scores: { a: 3, b: 4 } });
    const both = { graph: "judge", strategy: "direct", orders: "both", agents: { judge: one } };
    expect(
      await evaluate(both, [
        { agent: "judge", content: choice("A") },
        { agent: "judge", part: "swapped", turn: 0, content: "Hm." },
        { agent: "judge", part: "swapped", turn: 1, content: choice("A") },
      ]),
    ).toMatchObject({ winner: "tie", flipped: true });
    const debate = {
      graph: "debate",
      rounds: 1,
      agents: { debaters: named("critic", "psychologist") },
    };
    expect(
      await evaluate(debate, [
        ...byAgent("critic", ["A.", votes(9, 1)]),
        ...byAgent("psychologist", ["B.", votes(4, 5)]),
      ]),
    ).toMatchObject({ winner: "a", scores: { a: 6.5, b: 3 } });
  });
});
