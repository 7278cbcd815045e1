import { describe, expect, it } from "vitest";
import {
  withLoopbackServer,
  type ReceivedRequest,
  type Script,
} from "../../tests/loopback/loopback-server.ts";
import type { Reply } from "../../tests/loopback/reply.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { evaluate } from "./evaluate.ts";

const usage = { prompt_tokens: 9, total_tokens: 9, completion_tokens: 0 };

/** How each server answers with a reward, and where it finds the response. */
const apis = [
  {
    api: "classify",
    answer: (reward: unknown) => ({ data: [{ index: 0, probs: [reward] }], usage }),
    two: { data: [{ probs: [0.4, 0.6] }], usage },
    asked: { model: "test-model", messages: conversation("good") },
  },
  {
    api: "pooling",
    answer: (reward: unknown) => ({ data: [{ index: 0, data: [[reward]] }], usage }),
    two: { data: [{ data: [[0.1], [0.2]] }], usage },
    asked: { model: "test-model", messages: conversation("good") },
  },
  {
    api: "score",
    answer: (reward: unknown) => ({ data: [{ index: 0, score: reward }], usage }),
    two: { data: [{ score: 1 }, { score: 2 }], usage },
    asked: { model: "test-model", text_1: "Why?", text_2: "good" },
  },
  {
    api: "get_reward",
    answer: (reward: unknown) => ({ rewards: [reward] }),
    two: { rewards: [1, 2] },
    asked: { query: ["User: Why?\nAssistant: good"], prompts: ["User: Why?\nAssistant: "] },
  },
];

function conversation(response: string) {
  return [
    { role: "user", content: "Why?" },
    { role: "assistant", content: response },
  ];
}

const rewards: Readonly<Record<string, number>> = { good: 3.25, bad: -1.5, dull: -1.5 };

function responseIn(body: unknown): string {
  const text = JSON.stringify(body);
  return Object.keys(rewards).find((name) => text.includes(name)) ?? "";
}

type Pair = { readonly prompt: string; readonly a: string; readonly b: string };

async function judged(script: Script, topology: object, pairs: readonly Pair[]) {
  const space = openWorkspace();
  space.write("pairs.jsonl", [...pairs]);
  space.write("reward.json", JSON.stringify(topology));
  return withLoopbackServer(script, async (server) => {
    const environment = openAiSpeaker.environment(server.url);
    const options = space.options("pairs.jsonl", "out", { environment });
    const { exitCode } = await evaluate(space.at("reward.json"), options);
    const lines = (name: string) => space.lines("out", name);
    return { exitCode, rows: lines("rows.jsonl"), failed: lines("failed.jsonl"), server, space };
  });
}

function judge(api: string) {
  return { graph: "judge", agents: { judge: { model: openAiSpeaker.spec, api, temperature: 0 } } };
}

describe.each(apis)("a reward model behind $api", ({ api, answer, two, asked }) => {
  const replying = (bodyOf: (request: ReceivedRequest) => unknown) => (request: ReceivedRequest) =>
    ({ body: bodyOf(request) }) satisfies Reply;
  const byText = replying(({ body }) => answer(rewards[responseIn(body)]));

  it("decides by the sign of the margin, and equal rewards are a tie", async () => {
    const pairs = [
      { prompt: "Why?", a: "good", b: "bad" },
      { prompt: "Why?", a: "bad", b: "good" },
      { prompt: "Why?", a: "bad", b: "dull" },
    ];
    const { exitCode, rows, server } = await judged(byText, judge(api), pairs);
    expect(exitCode).toBe(0);
    expect(rows.map(({ winner, scores }) => [winner, scores])).toEqual([
      ["a", { a: 3.25, b: -1.5 }],
      ["b", { a: -1.5, b: 3.25 }],
      ["tie", { a: -1.5, b: -1.5 }],
    ]);
    expect(new Set(server.requests.map(({ path }) => path))).toEqual(new Set([`/${api}`]));
    expect(server.requests.map(({ body }) => body)).toContainEqual(asked);
    expect(rows[0].transcript.map(({ part }: { part: string }) => part)).toEqual(["a", "b"]);
  });

  it("is unreadable where the server has no number, and is not asked again", async () => {
    const script = replying(() => answer(null));
    const pairs = [{ prompt: "Why?", a: "good", b: "bad" }];
    const { exitCode, rows, server } = await judged(script, judge(api), pairs);
    expect(exitCode).toBe(0);
    expect(rows[0]).toMatchObject({ winner: "tie", scores: null, votes: [{ parsed: false }] });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ["two rewards", { body: two }, "bad_response", "expected one reward"],
    ["a number that JSON does not know", { body: '{"data": [NaN]}' }, "bad_response", "no JSON"],
    ["another body", { body: { choices: [] } }, "bad_response", "no list"],
    [
      "a text that is too long",
      { status: 400, body: { error: { message: "maximum context length is 512 tokens" } } },
      "context_overflow",
      "maximum context length",
    ],
  ])("fails the row for %s", async (_what, reply, reason, detail) => {
    const pairs = [{ prompt: "Why?", a: "good", b: "bad" }];
    const { exitCode, failed } = await judged(() => reply, judge(api), pairs);
    expect(exitCode).toBe(3);
    expect(failed).toMatchObject([{ reason, detail: expect.stringContaining(detail) }]);
  });
});

describe("a jury with a reward model", () => {
  const jury = (aggregate: string) => ({
    graph: "jury",
    aggregate,
    orders: "both",
    agents: {
      jurors: [
        { name: "reward", model: openAiSpeaker.spec, api: "classify" },
        { name: "steady", model: "sim:steady?skill=1" },
        { name: "other", model: "sim:other?skill=1" },
      ],
    },
  });
  const script: Script = ({ body }) => ({
    body: { data: [{ probs: [1000 * (rewards[responseIn(body)] ?? 0)] }], usage },
  });
  const pairs = Array.from({ length: 8 }, () => ({ prompt: "Why?", a: "good", b: "bad" }));

  it("is calibrated on the run's own margins, and its verdict has no mean of scores", async () => {
    const { exitCode, rows, space } = await judged(script, jury("calibrated"), pairs);
    expect(exitCode).toBe(0);
    const summary = space.json("out", "summary.json");
    expect(summary.jury.jurors[0]).toMatchObject({ name: "reward", scale: 4750, read: 8 });
    for (const { scores, votes } of rows) {
      expect(scores).toBeNull();
      expect(votes[0]).toMatchObject({ agent: "reward", scores: { a: 3250, b: -1500 } });
    }
  });

  it("has no mean of its margins", async () => {
    await expect(judged(script, jury("mean"), pairs)).rejects.toThrow(
      "a reward model (api) has its own",
    );
  });
});

describe("the api of an agent", () => {
  const pairs = [{ prompt: "Why?", a: "good", b: "bad" }];
  const noServer: Script = () => ({ status: 500, body: {} });

  it.each([
    [{ api: "rewards" }, "api"],
    [{ api: "score", prompt: "judge-direct" }, "is not for a reward model"],
    [{ api: "score", model: "anthropic:claude" }, "serves no reward models"],
  ])("is refused as in %j", async (given, message) => {
    const agent = { model: openAiSpeaker.spec, ...given };
    const topology = { graph: "judge", agents: { judge: agent } };
    await expect(judged(noServer, topology, pairs)).rejects.toThrow(message);
  });

  it("lets a simulated model stand in, with two calls a row", async () => {
    const agent = { model: "sim:reward?skill=1", api: "pooling" };
    const topology = { graph: "judge", agents: { judge: agent } };
    const { rows, server } = await judged(noServer, topology, pairs);
    expect(rows[0].votes).toMatchObject([{ agent: "judge", parsed: true }]);
    expect(rows[0].transcript).toHaveLength(2);
    expect(server.requests).toHaveLength(0);
  });
});
