import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Call } from "../../models/call.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { question } from "../../tests/graphs-on-gate.ts";
import { project, workInDirectory } from "../../tests/own-code.ts";
import { createRecordingGate } from "../../tests/recording-gate.ts";
import { review, scores } from "../../tests/written-answers.ts";
import { buildGenerator } from "../build/build-generator.ts";
import { loadTopology } from "./load-topology.ts";
import type { FeedbackLoopTopology } from "../kinds/feedback-loop.ts";

const row = { number: 1, id: "row-1" };
const prompt = [...question];

const loop = (reviewers: string, generator = "{ model: sim:x }") => `
graph: feedback-loop
iterations: 2
agents:
  generator: ${generator}
  reviewers:
${reviewers}
evaluator: { graph: judge, agents: { judge: { model: "sim:x" } } }
`;

const answers = {
  generator: "A response.",
  other: review("More."),
  critic: review("Critic's."),
  judge: scores(4, 6),
};

/** Runs a feedback loop, of whose reviewers the module exports one, on scripted answers. */
async function runLoop(
  module: string,
  {
    reviewers = "    - { name: critic, node: ./own.ts#critic }\n    - { name: other, model: sim:x }",
    generator = "{ model: sim:x }",
    script = answers,
  }: {
    readonly reviewers?: string;
    readonly generator?: string;
    readonly script?: Parameters<typeof createRecordingGate>[0];
  } = {},
) {
  const directory = workInDirectory({ "own.ts": module, "loop.yaml": loop(reviewers, generator) });
  const topology = loadTopology(join(directory, "loop.yaml"), { allowCode: true });
  const gate = createRecordingGate(script);
  const told: string[] = [];
  const built = await buildGenerator(topology as FeedbackLoopTopology, {
    gate,
    environment: {},
    promptDirectory,
    onCode: (notice) => told.push(notice),
  });
  const { recursionLimit } = built;
  const result = await built.graph.invoke({ row, prompt }, { recursionLimit });
  return { topology, built, gate, told, result };
}

/**
 * A critic, by the body of its node; `review` is a good one, in which a test changes what it is
 * about.
 */
const critic = (body: string) => `
export const critic = ({ agent, prompt }) => async function critic(state) {
  const review = { reviewer: "critic", round: 1, text: "Shorter.", evaluation: "", score: 4, feedback: "Shorter." };
  const question = {
    row: state.row, part: "", turn: 0, expects: { kind: "review" }, messages: [{ role: "user", content: "?" }],
  };
  ${body}
};`;
const withModel =
  "    - { name: critic, model: sim:x, node: ./own.ts#critic }\n    - { name: other, model: sim:x }";

describe("a node of one's own", () => {
  it("stands in the place of its role without a model, which is asked for nothing and told of nowhere", async () => {
    const { built, result, gate, told } = await runLoop(critic("return { reviews: [review] };"));
    expect(built.agents).toContainEqual({
      name: "critic",
      role: "reviewer",
      model: "none",
      node: "own.ts#critic",
    });
    expect(gate.addresses()).toEqual(["generator 0", "other 0", "generator 1", "judge round-2 0"]);
    expect(gate.asked("generator 1")).toContain("Shorter.");
    expect(result.failure).toBeUndefined();
    expect(result.reviews.map(({ reviewer }) => reviewer)).toEqual(["critic", "other"]);
    expect(told).toEqual([
      expect.stringMatching(/^Code: own\.ts runs .*SHA-256 [0-9a-f]{64}\)\.$/),
    ]);
    expect(Object.keys(built.code)).toEqual(["own.ts"]);
    expect(told[0]).toContain(built.code["own.ts"]);
  });

  it("may wrap ours, and no call of it is lost whether it returns the transcript or not", async () => {
    const module = (returned: string) => `
import { createReviewer } from "${project}/nodes/reviewer.ts";
export const critic = (options) => {
  const inner = createReviewer(options);
  return async (state) => {
    const { reviews, transcript } = await inner(state);
    return ${returned};
  };
};`;
    for (const returned of [
      "{ transcript, reviews: reviews.map((one) => ({ ...one, score: 1 })) }",
      "{ reviews: reviews.map((one) => ({ ...one, score: 1 })) }",
    ]) {
      const { result } = await runLoop(module(returned), { reviewers: withModel });
      expect(result.failure).toBeUndefined();
      expect(result.reviews[0]).toMatchObject({ reviewer: "critic", score: 1 });
      expect(result.transcript.map(({ agent }) => agent)).toEqual([
        "generator",
        "critic",
        "other",
        "generator",
        "judge",
      ]);
    }
  });

  it("is given a copy of the state", async () => {
    const module = critic(
      "state.responses[0].text = 'Mine.'; state.responses.push(1); return { reviews: [review] };",
    );
    const { result } = await runLoop(module);
    expect(result.responses.map(({ text }) => text)).toEqual(["A response.", "A response."]);
  });

  it("may leave nothing, or end the loop", async () => {
    const nothing = await runLoop(critic("return undefined;"));
    expect(nothing.result.reviews.map(({ reviewer }) => reviewer)).toEqual(["other"]);
    expect(nothing.result.responses).toHaveLength(2);
    const endedEarly = "{ endedEarly: { reason: 'good_enough', detail: 'it is' } }";
    const both =
      "    - { name: critic, node: ./own.ts#critic }\n    - { name: other, node: ./own.ts#critic }";
    const ended = await runLoop(critic(`return ${endedEarly};`), { reviewers: both });
    expect(ended.result).toMatchObject({ endedEarly: { reason: "good_enough" } });
    expect(ended.result.responses).toHaveLength(1);
  });

  it("is one of a kind by its file and name, which are given from the file that names it", async () => {
    const directory = workInDirectory({
      "own.ts": "export const critic = () => (state) => ({});",
      "top.yaml": loop("    - { node: ./own.ts#critic }"),
    });
    const topology = loadTopology(join(directory, "top.yaml"), { allowCode: true });
    expect(topology).toMatchObject({
      agents: { reviewers: [{ name: "reviewer-1", node: "own.ts#critic", model: "none" }] },
    });
  });
});

describe("what a node of one's own does that it may not fails its row, and nothing else", () => {
  const bad: Record<string, [body: string, reason: string, ...words: string[]]> = {
    "an unknown key": [
      "return { revews: [review] };",
      "bad_node",
      "critic (own.ts#critic)",
      'unknown key "revews"; it may leave failure, endedEarly, reviews, transcript',
    ],
    "a key of another role": ["return { best: 3 };", "bad_node", 'unknown key "best"'],
    "a list that is none": ["return { reviews: review };", "bad_node", "reviews", "expected array"],
    "a wrong type": [
      "return { reviews: [{ ...review, score: 'ten' }] };",
      "bad_node",
      "reviews.0.score: Invalid input: expected number",
      "(got 'ten')",
    ],
    "a score out of range": [
      "return { reviews: [{ ...review, score: 11 }] };",
      "bad_node",
      "reviews.0.score",
      "(got 11)",
    ],
    "a score that is no number": [
      "return { reviews: [{ ...review, score: NaN }] };",
      "bad_node",
      "reviews.0.score",
      "(got NaN)",
    ],
    "a key too many in a review": [
      "return { reviews: [{ ...review, grade: 1 }] };",
      "bad_node",
      'unknown key "reviews.0.grade"',
    ],
    "a key too few": [
      "const { text, ...rest } = review; return { reviews: [rest] };",
      "bad_node",
      "reviews.0.text",
      "(got undefined)",
    ],
    "a review under another's name": [
      "return { reviews: [{ ...review, reviewer: 'other' }] };",
      "bad_node",
      'reviews.0.reviewer: Invalid input: expected "critic"',
      "(got 'other')",
    ],
    "a review of another round": [
      "return { reviews: [{ ...review, round: 2 }] };",
      "bad_node",
      "reviews.0.round",
      "(got 2)",
    ],
    "two reviews": ["return { reviews: [review, review] };", "bad_node", "reviews"],
    "a reason that is no word": [
      "return { failure: { reason: 'It failed!', detail: '' } };",
      "bad_node",
      "failure.reason: expected a word such as no_answer",
    ],
    "a text": ["return 'Shorter.';", "bad_node", "returned 'Shorter.'; expected an update"],
    "a list": ["return [review];", "bad_node", "expected an update of the state"],
    "an object that can't be read": [
      "return { get reviews() { throw new Error('no'); } };",
      "bad_node",
      "left what can't be read: no",
    ],
    "a call that was never made": [
      "return { transcript: [{ agent: 'critic', part: '', turn: 0, content: '' }] };",
      "bad_node",
      "transcript: expected the records of its calls alone",
    ],
    "an error": [
      String.raw`throw new Error("no\u001b[31m luck\ntoday");`,
      "node_failed",
      "critic (own.ts#critic): threw no [31m luck today",
    ],
    "nothing that was thrown": ["throw undefined;", "node_failed", "threw undefined"],
    "an object that was thrown": ["throw { code: 7 };", "node_failed", "threw { code: 7 }"],
    "an error that can't be read": [
      "throw Object.defineProperty(new Error(), 'message', { get() { throw 1; } });",
      "node_failed",
      "threw something that can't be shown",
    ],
    "a question without a model": [
      "await agent.ask(question); return { reviews: [review] };",
      "bad_node",
      'the agent "critic" has no model to ask',
      "--model critic=SPEC",
    ],
    "a question without a model that it gets over": [
      "await agent.ask(question).catch(() => null); return { reviews: [review] };",
      "bad_node",
      "has no model to ask",
    ],
  };

  it.each(Object.entries(bad))("%s", async (_, [body, reason, ...words]) => {
    const { result, gate } = await runLoop(critic(body));
    expect(result.failure?.reason).toBe(reason);
    for (const word of words) expect(result.failure?.detail).toContain(word);
    // oxlint-disable-next-line no-control-regex -- that there is none is what is tested
    expect(result.failure?.detail).not.toMatch(/[\u0000-\u001f]/);
    // Its sibling is not lost, and no further call is made.
    expect(result.reviews.map(({ reviewer }) => reviewer)).toEqual(["other"]);
    expect(gate.addresses()).toEqual(["generator 0", "other 0"]);
    expect(result.transcript).toHaveLength(2);
  });

  const asking: Record<string, [body: string, ...words: string[]]> = {
    "the same address twice": [
      "await agent.ask(question); await agent.ask(question);",
      '"critic" was asked twice in part "", turn 0',
    ],
    "the same address twice, and it gets over it": [
      "await agent.ask(question); await agent.ask(question).catch(() => null); return {};",
      "was asked twice",
    ],
    "a question of a wrong shape": [
      "await agent.ask(question); await agent.ask({ ...question, turn: 1, messages: 'hello' });",
      '"critic" was asked with messages',
    ],
    "a part that is none": [
      "await agent.ask(question); await agent.ask({ ...question, part: 'a b' });",
      "asked with part: expected letters",
    ],
  };

  it.each(Object.entries(asking))(
    "%s, and the call that was made is kept",
    async (_, [body, ...words]) => {
      const { result } = await runLoop(critic(body), { reviewers: withModel });
      expect(result.failure?.reason).toBe("bad_node");
      for (const word of words) expect(result.failure?.detail).toContain(word);
      expect(result.transcript.map(({ agent }) => agent)).toEqual(["generator", "critic", "other"]);
    },
  );

  it("a question without an await", async () => {
    const script = async ({ address: { agent } }: Call) => {
      if (agent === "critic") await new Promise((resolve) => setTimeout(resolve, 20));
      return answers[agent as keyof typeof answers] ?? "";
    };
    const body = "void agent.ask(question); return { reviews: [review] };";
    const { result } = await runLoop(critic(body), { reviewers: withModel, script });
    expect(result.failure).toMatchObject({ reason: "bad_node" });
    expect(result.failure?.detail).toContain("returned before its call was answered");
    expect(result.transcript.map(({ agent }) => agent)).toContain("critic");
  });

  it("asking several times in turns and parts of its own is no mistake", async () => {
    const { result, gate } = await runLoop(
      critic(`
        await Promise.all([agent.ask(question), agent.ask({ ...question, part: "check" })]);
        await agent.ask({ ...question, turn: 1 });
        return { reviews: [review] };`),
      { reviewers: withModel },
    );
    expect(result.failure).toBeUndefined();
    expect(gate.addresses().filter((one) => one.startsWith("critic"))).toEqual([
      "critic 0",
      "critic check 0",
      "critic 1",
    ]);
    expect(result.transcript.filter(({ agent }) => agent === "critic")).toHaveLength(3);
  });

  it("to be waited for longer than a day, which no timer can", async () => {
    const patient = withModel.replace("sim:x,", "sim:x, timeoutMs: 86400001,");
    await expect(runLoop(critic("return {};"), { reviewers: patient })).rejects.toThrow(
      /agents\.reviewers\.0\.timeoutMs: .*86400000/,
    );
  });

  it("not to return within its time, without waiting for an answer", async () => {
    const patient = withModel.replace("sim:x,", "sim:x, timeoutMs: 40,");
    const never = await runLoop(critic("await new Promise(() => {});"), { reviewers: patient });
    expect(never.result.failure).toMatchObject({ reason: "node_failed" });
    expect(never.result.failure?.detail).toContain("did not return within 0.04 seconds");
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 120));
      return review("Slowly.");
    };
    const script = async ({ address: { agent } }: Call) =>
      agent === "critic" ? slow() : (answers[agent as keyof typeof answers] ?? "");
    const waiting = await runLoop(critic("await agent.ask(question); return {};"), {
      reviewers: patient,
      script,
    });
    expect(waiting.result.failure).toBeUndefined();
  });

  it("to fail once the run is over, whose row stays pending by its calls", async () => {
    const script = { ...answers, critic: { outcome: "over_budget", content: "" } as const };
    const body = "const { content } = await agent.ask(question); JSON.parse(content); return {};";
    const { result } = await runLoop(critic(body), { reviewers: withModel, script });
    expect(result.failure?.reason).toBe("node_failed");
    expect(result.transcript.map(({ outcome }) => outcome)).toContain("over_budget");
  });

  it("is a bug of ours, and no failure of the node, where the gate itself breaks", async () => {
    const script = ({ address: { agent } }: Call) => {
      if (agent === "critic") throw new TypeError("the gate is broken");
      return answers[agent as keyof typeof answers] ?? "";
    };
    const broken = runLoop(critic("await agent.ask(question).catch(() => null); return {};"), {
      reviewers: withModel,
      script,
    });
    await expect(broken).rejects.toThrow("the gate is broken");
  });
});

describe("a generator of one's own", () => {
  const others = "    - { name: other, model: sim:x }";
  const run = (body: string, more = "") =>
    runLoop(`export const own = ({ agent, reviewer }) => async (state) => { ${body} };`, {
      reviewers: others,
      generator: `{ node: ./own.ts#own ${more}}`,
    });

  it("leaves the response of each round", async () => {
    const { result } = await run(
      "const round = state.responses.length + 1; return { responses: [{ round, text: 'v' + round }] };",
    );
    expect(result.responses.map(({ text }) => text)).toEqual(["v1", "v2"]);
    expect(result.best).toBe(1);
  });

  it.each([
    ["return {};", "left nothing; expected responses, failure or endedEarly"],
    ["return { responses: [] };", "left nothing"],
    ["return { responses: [{ round: 2, text: '' }] };", "responses.0.round"],
    ["return { responses: [{ round: 1, text: '', reviewer: 'x' }] };", "responses.0.reviewer"],
    ["return { responses: [{ round: 1, text: null }] };", "responses.0.text"],
  ])("fails its row with %s", async (body, words) => {
    const { result } = await run(body);
    expect(result.failure?.reason).toBe("bad_node");
    expect(result.failure?.detail).toContain(words);
  });

  it("is made once more for each branch, told whose it is", async () => {
    const directory = workInDirectory({
      "own.ts": `export const own = ({ reviewer }) => (state) =>
        reviewer === undefined
          ? { responses: [{ round: 1, text: "first" }] }
          : { responses: [{ round: state.reviews[0].round + 1, text: "after " + reviewer, reviewer }] };`,
      "loop.yaml": `branch: true${loop(
        "    - { name: kind, model: sim:x }\n    - { name: strict, model: sim:x }",
        "{ node: ./own.ts#own }",
      )}`,
    });
    const topology = loadTopology(join(directory, "loop.yaml"), { allowCode: true });
    const gate = createRecordingGate({
      kind: review("K."),
      strict: review("S."),
      judge: scores(4, 6),
    });
    const built = await buildGenerator(topology as FeedbackLoopTopology, {
      gate,
      environment: {},
      promptDirectory,
    });
    const { recursionLimit } = built;
    const result = await built.graph.invoke({ row, prompt }, { recursionLimit });
    expect(result.responses.map(({ text }) => text)).toEqual([
      "first",
      "after kind",
      "after strict",
    ]);
    expect(result.comparisons).toHaveLength(2);
    // Only the node knows what it was shown: it has no conversation to learn from.
    const progress = { prompt, ...result };
    expect(built.members?.generator(progress, 2, "kind")).toEqual([]);
    expect(built.members?.reviewer(progress, "kind", 1)).not.toEqual([]);
  });
});
