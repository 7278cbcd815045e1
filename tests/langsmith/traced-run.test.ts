import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { withLoopbackServer, type ReceivedRequest } from "../loopback/loopback-server.ts";
import { openAiSpeaker } from "../loopback/speakers.ts";
import { openWorkspace, type Workspace } from "../workspace.ts";
import { review, scores } from "../written-answers.ts";
import {
  bytesSentTo,
  endOf,
  outline,
  rowOf,
  runTraced,
  runsIn,
  startTraced,
} from "./start-traced.ts";
import {
  startTraceCollector,
  type CollectorOptions,
  type TraceCollector,
} from "./trace-collector.ts";

const preset = (name: string) =>
  join(import.meta.dirname, "..", "..", "topologies", `${name}.yaml`);
const rows = 6;

async function collect(options?: CollectorOptions): Promise<TraceCollector> {
  const collector = await startTraceCollector(options);
  onTestFinished(() => collector.close());
  return collector;
}

function withPairs(): Workspace {
  const space = openWorkspace();
  const labels = ["a", "b", "tie"];
  space.write(
    "pairs.jsonl",
    Array.from({ length: rows }, (_, index) => ({
      id: `pair-${index}`,
      prompt: `Question ${index}?`,
      a: { text: `One answer ${index}.` },
      b: { text: `Another answer ${index}.` },
      label: labels[index % 3],
    })),
  );
  return space;
}

function withPrompts(count = rows): Workspace {
  const space = openWorkspace();
  space.write(
    "prompts.jsonl",
    Array.from({ length: count }, (_, index) => ({
      id: `p-${index}`,
      prompt: `Question ${index}?`,
    })),
  );
  return space;
}

const judging = {
  command: "evaluate",
  topology: preset("judge"),
  input: "pairs.jsonl",
  options: ["--model", "sim:oak"],
} as const;
const looping = {
  command: "generate",
  topology: preset("feedback-loop"),
  input: "prompts.jsonl",
  options: ["--model", "sim:oak", "--set", "iterations=2"],
} as const;

describe("a traced evaluation", () => {
  it("is one trace a row, whole, with the verdict and people's as feedback", async () => {
    const [space, collector] = [withPairs(), await collect()];
    const { code, text } = await runTraced(space, collector, judging);
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).toContain(`go to LangSmith (${collector.url}, project fellowship)`);
    expect(text).not.toContain("did not reach");
    expect(collector.complaints).toEqual([]);
    const traces = collector.traces();
    expect(new Set(traces.map(rowOf))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect(traces).toHaveLength(rows);
    for (const trace of traces) {
      const { run_id: runId } = trace.run.extra.metadata;
      const id = String(trace.run.extra.metadata["row_id"]);
      expect(outline(trace)).toEqual([`judge ${id}`, "  judge", "    judge", "  conclude"]);
      expect(runId).toMatch(/^[0-9a-f]{16}$/);
      for (const run of runsIn(trace)) {
        expect(run.session_name).toBe("fellowship");
        expect(run.extra.metadata).toMatchObject({ row_id: id, run_id: runId });
        expect(run.error).toBeUndefined();
      }
    }
    expect(new Set(traces.map(({ run }) => run.extra.metadata["run_id"])).size).toBe(1);
    for (const { id, winner, scores: given, label } of space.lines("out", "rows.jsonl")) {
      const root = traces.find(({ run }) => run.extra.metadata["row_id"] === id)?.run;
      const told = collector.feedback.filter(({ trace_id: trace }) => trace === root?.id);
      const by = new Map(told.map((one) => [one.key, one]));
      expect(by.get("winner")?.value).toBe(winner);
      expect(by.get("verdict_margin")?.score).toBeCloseTo(given.a - given.b, 4);
      expect(by.get("agrees_with_people")?.score).toBe(winner === label ? 1 : 0);
      expect(told.every(({ run_id: run }) => run === root?.id)).toBe(true);
    }
  });

  it("writes the same files as one that is not traced", async () => {
    const [space, collector] = [withPairs(), await collect()];
    await runTraced(space, collector, judging);
    const environment = { LANGSMITH_TRACING: "false" };
    await runTraced(space, collector, { ...judging, out: "plain", environment });
    expect(space.outputs("out")).toEqual(space.outputs("plain"));
    expect(collector.traces()).toHaveLength(rows);
  });
});

describe("a traced loop", () => {
  it("names runs by role, and tells agent, model, part and iteration of every call", async () => {
    const [space, collector] = [withPrompts(1), await collect()];
    const options = [...looping.options, "--set", "agents.reviewers.0.name=gemma"];
    await runTraced(space, collector, { ...looping, options });
    const [trace] = collector.traces();
    if (trace === undefined) throw new Error("no trace");
    expect(outline(trace)).toEqual([
      "feedback-loop p-0",
      "  generator",
      "    generator",
      "    afterResponse",
      "  reviewer.gemma",
      "    reviewer.gemma",
      "  collect-reviews",
      "    afterReviews",
      "  generator",
      "    generator",
      "    afterResponse",
      "  challenge",
      "  evaluator",
      "    judge",
      "      judge",
      "        judge.round-2",
      "      conclude",
      "  choose",
      "    afterResponse",
    ]);
    const calls = runsIn(trace).filter(({ run_type: type }) => type === "llm");
    const facts = ["agent", "role", "model", "part", "turn", "iteration", "attempt", "outcome"];
    expect(calls.map(({ extra: { metadata } }) => facts.map((fact) => metadata[fact]))).toEqual([
      ["generator", "generator", "sim:oak", "", 0, 1, 1, "answered"],
      ["gemma", "reviewer", "sim:oak", "", 0, 1, 1, "answered"],
      ["generator", "generator", "sim:oak", "", 1, 2, 1, "answered"],
      ["judge", "judge", "sim:oak", "round-2", 0, 2, 1, "answered"],
    ]);
    expect(calls.map(({ tags }) => tags)).toEqual([
      ["feedback-loop", "generator", "sim:oak"],
      ["feedback-loop", "reviewer", "sim:oak"],
      ["feedback-loop", "generator", "sim:oak"],
      ["feedback-loop", "judge", "sim:oak"],
    ]);
    const node = runsIn(trace).find(
      ({ name, run_type: type }) => name === "reviewer.gemma" && type === "chain",
    );
    expect(node).toMatchObject({
      tags: ["feedback-loop", "reviewer", "sim:oak"],
      extra: { metadata: { iteration: 1, model: "sim:oak", role: "reviewer" } },
    });
    expect(collector.feedback.map(({ key, comment }) => [key, comment])).toEqual([
      ["winner", "round-2"],
      ["verdict_margin", "round-2"],
      ["best_round", undefined],
    ]);
  });

  it("shows what a served model was told, said and took, and its refusals, and no key", async () => {
    const modelKey = "sk-canary-0123456789abcdef";
    const [space, collector] = [withPrompts(3), await collect()];
    const refused = new Set<string>();
    const answer = ({ body }: ReceivedRequest) => {
      const text = JSON.stringify(body);
      if (!refused.has(text) && text.includes("Question 1?")) {
        refused.add(text);
        return openAiSpeaker.refusal(429, `Slow down, ${modelKey}.`);
      }
      return openAiSpeaker.answer({ content: said(text) });
    };
    await withLoopbackServer(answer, async ({ url }) => {
      const { code, text } = await runTraced(space, collector, {
        ...looping,
        options: ["--model", "compatible:test-model", "--set", "iterations=2"],
        environment: {
          OPENAI_COMPATIBLE_BASE_URL: `${url}/v1`,
          OPENAI_COMPATIBLE_API_KEY: modelKey,
        },
      });
      expect({ code, text }).toMatchObject({ code: 0 });
      expect(text).not.toContain("canary");
    });
    expect(bytesSentTo(collector)).not.toContain("canary");
    const trace = collector.traces().find((one) => rowOf(one) === 2);
    if (trace === undefined) throw new Error("no trace of row 2");
    const calls = runsIn(trace).filter(({ run_type: type }) => type === "llm");
    expect(
      calls.map(({ extra }) => [extra.metadata["attempt"], extra.metadata["outcome"]]),
    ).toEqual(
      [1, 2, 3, 4].flatMap(() => [
        [1, "rate_limited"],
        [2, "answered"],
      ]),
    );
    const [first, second] = calls;
    expect(first?.error).toBe("rate_limited: HTTP 429: Slow down, [key].");
    expect(second).toMatchObject({
      inputs: { messages: [{ role: "user", content: "Question 1?" }] },
      outputs: {
        messages: [{ role: "assistant", content: "A plain answer." }],
        usage_metadata: { input_tokens: 11, output_tokens: 7, total_tokens: 18 },
      },
      extra: {
        metadata: {
          finish: "stop",
          ls_provider: "compatible",
          ls_model_name: "test-model",
          usage_metadata: { total_tokens: 18 },
        },
      },
    });
  });

  it("leaves no text of a row in any byte where inputs and outputs are hidden", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [
      { id: "p-0", prompt: "canary-prompt?" },
      { id: "p-1", prompt: "canary-prompt with refusal?" },
      { id: "p-2", prompt: "canary-prompt with cut?" },
    ]);
    const collector = await collect();
    const answer = ({ body }: ReceivedRequest) => {
      const text = JSON.stringify(body);
      if (text.includes("with refusal")) return openAiSpeaker.refusal(400, "Bad: canary-prompt");
      if (text.includes("with cut")) return { body: "canary-answer, no JSON" };
      return openAiSpeaker.answer({ content: `canary-answer ${said(text)}` });
    };
    await withLoopbackServer(answer, async ({ url }) => {
      const { code } = await runTraced(space, collector, {
        ...looping,
        options: ["--model", "compatible:test-model"],
        environment: {
          OPENAI_COMPATIBLE_BASE_URL: `${url}/v1`,
          LANGSMITH_HIDE_INPUTS: "true",
          LANGSMITH_HIDE_OUTPUTS: "true",
        },
      });
      expect(code).toBe(3);
    });
    const traces = collector.traces();
    expect(traces).toHaveLength(3);
    expect(bytesSentTo(collector)).not.toContain("canary");
    const errors = traces.map(({ run }) => [run.extra.metadata["row_id"], run.error]);
    expect(Object.fromEntries(errors)).toEqual({
      "p-0": undefined,
      "p-1": "invalid_request",
      "p-2": "bad_response",
    });
    expect(collector.feedback.length).toBeGreaterThan(0);
  });
});

describe("a traced evolution", () => {
  it("counts the iterations of each answer from 1, and says what became of the rewrites", async () => {
    const [space, collector] = [openWorkspace(), await collect()];
    const talk = ["Why?", "Because.", "And then?", "Then that."].map((value, index) => ({
      from: index % 2 === 0 ? "human" : "gpt",
      value,
    }));
    space.write("data.json", JSON.stringify([{ id: "talk", conversations: talk }]));
    const { code } = await runTraced(space, collector, {
      command: "evolve",
      topology: preset("coevol"),
      input: "data.json",
      options: ["--model", "sim:oak?skill=0.2&gain=0.9"],
    });
    expect(code).toBe(0);
    const [trace] = collector.traces();
    if (trace === undefined) throw new Error("no trace");
    const calls = runsIn(trace).filter(({ run_type: type }) => type === "llm");
    const editors = calls.filter(({ name }) => name.startsWith("editor"));
    expect(new Set(editors.map(({ name }) => name))).toEqual(new Set(["editor", "editor.turn-2"]));
    for (const { extra } of editors) {
      expect(extra.metadata["iteration"]).toBe(Number(extra.metadata["turn"]) + 1);
    }
    for (const { extra } of calls.filter(({ name }) => name.startsWith("debater"))) {
      const { iteration, turn } = extra.metadata;
      expect(iteration).toBe(Math.floor(Number(turn) / 2) + 1);
    }
    const accepted = collector.feedback.find(({ key }) => key === "accepted_rewrites")?.score;
    const kept = collector.feedback.filter(({ value }) => value === "rewrite");
    expect(accepted).toBe(kept.length);
  });
});

/** An answer in the form that is asked for. */
function said(request: string): string {
  if (request.includes("Score Assistant A")) return scores(4, 7);
  if (request.includes("Overall Score")) return review("Say more.", 5);
  return "A plain answer.";
}

/** Answers so many requests, and the others only when it is released. */
function holdingBack(answers: number) {
  let asked = 0;
  let release = () => undefined as void;
  const released = new Promise<void>((resolve) => (release = resolve));
  const answer = async ({ body }: ReceivedRequest) => {
    asked += 1;
    if (asked > answers) await released;
    return openAiSpeaker.answer({ content: said(JSON.stringify(body)) });
  };
  return { answer, release: () => release(), held: () => Math.max(0, asked - answers) };
}

describe("a traced run that is stopped", () => {
  const served = (url: string) => ({
    ...looping,
    options: ["--model", "compatible:m", "--set", "iterations=2", "--concurrency", "2"],
    environment: { OPENAI_COMPATIBLE_BASE_URL: `${url}/v1` },
  });

  it("has one trace a row after Ctrl-C and going on, answers from before among them", async () => {
    const [space, collector, server] = [withPrompts(30), await collect(), holdingBack(50)];
    await withLoopbackServer(server.answer, async ({ url }) => {
      const first = startTraced(space, collector, served(url));
      await expect.poll(() => collector.traces().length).toBeGreaterThan(1);
      // Both rows in flight wait for a call by now, and one of them has had an answer.
      await expect.poll(() => server.held()).toBe(2);
      first.process.kill("SIGINT");
      await expect.poll(() => first.printed.stderr).toContain("waiting for the calls");
      server.release();
      expect((await endOf(first)).code).toBe(130);
      await goesOn(space, collector, served(url));
    });
  });

  async function goesOn(
    space: Workspace,
    collector: TraceCollector,
    command: ReturnType<typeof served>,
  ) {
    const before = collector.traces().map(rowOf);
    expect(before.length).toBeLessThan(30);
    expect((await runTraced(space, collector, command)).code).toBe(0);
    const traces = collector.traces();
    expect(traces).toHaveLength(30);
    expect(new Set(traces.map(rowOf)).size).toBe(30);
    expect(new Set(traces.map(({ run }) => run.extra.metadata["run_id"])).size).toBe(1);
    const resumed = traces.filter((trace) => !before.includes(rowOf(trace))).flatMap(runsIn);
    expect(resumed.some(({ extra }) => extra.metadata["from"] === "journal")).toBe(true);
    for (const trace of traces) {
      expect(runsIn(trace).filter(({ run_type: type }) => type === "llm")).toHaveLength(4);
    }
  }

  it("still reports after kill -9, and no row twice", async () => {
    const [space, collector] = [withPrompts(10), await collect()];
    const slow = {
      ...looping,
      options: ["--model", "sim:oak?latencyMs=40", "--set", "iterations=2", "--concurrency", "2"],
    };
    const first = startTraced(space, collector, slow);
    await expect.poll(() => collector.traces().length).toBeGreaterThan(1);
    first.process.kill("SIGKILL");
    await first.ended;
    const before = collector.traces().length;
    expect((await runTraced(space, collector, slow)).code).toBe(0);
    const traced = collector.traces().map(rowOf);
    expect(new Set(traced).size).toBe(traced.length);
    expect(traced.length).toBeGreaterThan(before);
    // What was gathered when it was killed, a quarter of a second's rows and those under way to
    // LangSmith, is gone.
    expect(traced.length).toBeGreaterThanOrEqual(5);
  });
});

describe("tracing", () => {
  it("is off unless asked for, and then nothing at all is sent", async () => {
    const [space, collector] = [withPairs(), await collect()];
    for (const LANGSMITH_TRACING of ["false", ""]) {
      const environment = { LANGSMITH_TRACING, LANGCHAIN_TRACING_V2: "" };
      const { text } = await runTraced(space, collector, { ...judging, environment });
      expect(text).not.toContain("LangSmith");
    }
    expect(collector.requests).toEqual([]);
  });

  it("is asked for by the names of before too, once and not by LangChain beside", async () => {
    const [space, collector] = [withPairs(), await collect()];
    const environment = { LANGSMITH_TRACING: "", LANGCHAIN_TRACING_V2: "true" };
    await runTraced(space, collector, { ...judging, environment });
    expect(collector.traces()).toHaveLength(rows);
  });

  it("is refused without a key, before anything is sent or written", async () => {
    const [space, collector] = [withPairs(), await collect()];
    const environment = { LANGSMITH_API_KEY: "", LANGSMITH_ENDPOINT: "" };
    const { code, text } = await runTraced(space, collector, { ...judging, environment });
    expect(code).toBe(2);
    expect(text).toContain("set LANGSMITH_API_KEY");
    expect(space.files()).toEqual(["pairs.jsonl"]);
  });

  it("sends nothing of a dry run", async () => {
    const [space, collector] = [withPairs(), await collect()];
    const options = [...judging.options, "--dry-run"];
    expect((await runTraced(space, collector, { ...judging, options })).code).toBe(0);
    expect(collector.requests).toEqual([]);
  });

  it("samples whole rows, and tells how many", async () => {
    const [space, collector] = [withPrompts(40), await collect()];
    const environment = { LANGSMITH_TRACING_SAMPLING_RATE: "0.5" };
    const { text } = await runTraced(space, collector, { ...looping, environment });
    expect(text).toContain("Traces of 50 % of the rows");
    const traces = collector.traces();
    expect(traces.length).toBeGreaterThan(8);
    expect(traces.length).toBeLessThan(32);
    for (const trace of traces) expect(outline(trace)).toHaveLength(19);
    // Two verdicts' worth and the best round, of sampled rows alone.
    expect(collector.feedback).toHaveLength(3 * traces.length);
  });

  it("of several evaluators in one command says of each trace which it is", async () => {
    const [space, collector] = [withPairs(), await collect()];
    const options = ["--model", "sim:oak", "--limit", "2"];
    const argv = [preset("jury"), ...options];
    await runTraced(space, collector, { ...judging, options: argv });
    const tags = collector.traces().map(({ run }) => run.tags);
    expect(tags).toEqual([["judge"], ["judge"], ["jury"], ["jury"]]);
    expect(new Set(collector.traces().map(({ run }) => run.extra.metadata["run_id"])).size).toBe(2);
  });
});

describe("a LangSmith that is no help", () => {
  const hang = () => ({ hang: true });
  const troubles: [string, CollectorOptions, string][] = [
    ["hangs", { take: hang }, "no answer in time"],
    ["takes no traces", { take: ({ path }) => ({ hang: path !== "/info" }) }, "no answer in time"],
    ["is broken", { take: () => ({ status: 500 }) }, "HTTP 500"],
    [
      "has too much to do",
      { take: () => ({ status: 429, headers: { "retry-after": "60" } }) },
      "HTTP 429",
    ],
    ["refuses the key", { take: () => ({ status: 403 }) }, "HTTP 403"],
  ];
  it.each(troubles)(
    "(it %s) changes nothing, and does not hold up the end for good",
    async (_, options, why) => {
      const [space, collector] = [withPairs(), await collect(options)];
      // What hangs may hold up the end of a process, not of a function.
      const { code, text } =
        options.take === hang
          ? await endOf(startTraced(space, collector, judging))
          : await runTraced(space, collector, judging);
      expect(code).toBe(0);
      expect(text).toContain(`6 of 6 traces did not reach LangSmith (${collector.url}: ${why}).`);
      expect(text).not.toContain("canary");
      expect(space.json("out", "summary.json")).toMatchObject({ done: rows, failed: 0 });
    },
  );

  it("(no server listens) is told once while the run goes on", async () => {
    const [space, collector] = [withPrompts(20), await collect()];
    await collector.close();
    const options = ["--model", "sim:oak?latencyMs=20"];
    const { code, text } = await runTraced(space, collector, { ...looping, options });
    expect(code).toBe(0);
    expect(text.match(/does not take traces \(.*ECONNREFUSED\); the run goes on/g)).toHaveLength(1);
    expect(text).toContain("20 of 20 traces did not reach LangSmith");
  });
});
