import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import { LangChainTracer } from "@langchain/core/tracers/tracer_langchain";
import { MessagesAnnotation, StateGraph } from "@langchain/langgraph";
import { Client } from "langsmith";
import { describe, expect, it, onTestFinished } from "vitest";
import { askSpeaker, hasty, type AskOptions } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer, type Script } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker, speakers, type Speaker } from "../../tests/loopback/speakers.ts";
import { startTraceCollector } from "../../tests/langsmith/trace-collector.ts";
import { createAgent } from "./agent.ts";
import { createEndpoint } from "../providers/create-endpoint.ts";
import { createGate } from "./gate.ts";
import type { CallJournal } from "./journal.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";

/** Records the callbacks of models. */
class Follower extends BaseCallbackHandler {
  readonly name = "follower";
  override readonly awaitHandlers = true;
  readonly starts: Record<string, unknown>[] = [];
  readonly ends: { result?: LLMResult; error?: Error }[] = [];

  override handleChatModelStart(
    _model: unknown,
    [messages = []]: BaseMessage[][],
    _id: string,
    _parent?: string,
    _extra?: unknown,
    tags?: string[],
    metadata?: Record<string, unknown>,
    name?: string,
  ): void {
    this.starts.push({ ...metadata, name, tags, messages: messages.map(({ text }) => text) });
  }

  override handleLLMEnd(result: LLMResult): void {
    this.ends.push({ result });
  }

  override handleLLMError(error: Error): void {
    this.ends.push({ error });
  }
}

/** Asks inside a graph that is followed. */
async function inGraph(
  ask: () => Promise<unknown>,
  callbacks: readonly BaseCallbackHandler[],
): Promise<void> {
  const graph = new StateGraph(MessagesAnnotation)
    .addNode("node", async () => {
      await ask();
      return { messages: [] };
    })
    .addEdge("__start__", "node")
    .compile();
  await graph.invoke({ messages: [] }, { callbacks: [...callbacks] });
}

async function followed(speaker: Speaker, script: Script, options: AskOptions = {}) {
  const follower = new Follower();
  await withLoopbackServer(script, (server) =>
    inGraph(() => askSpeaker(speaker, server, options), [follower]),
  );
  return follower;
}

describe.each(speakers)("who follows a call to $name", (speaker) => {
  it("is told once of each call: the agent, the request, the answer and its cost", async () => {
    const { starts, ends } = await followed(speaker, () => speaker.answer(), {
      settings: { temperature: 0, maxTokens: 99 },
    });
    const model = speaker.spec.slice(speaker.spec.indexOf(":") + 1);
    expect(starts).toEqual([
      expect.objectContaining({
        name: "generator",
        tags: ["generator", speaker.spec],
        messages: ["A question?"],
        row: 1,
        row_id: "row-1",
        agent: "generator",
        role: "generator",
        model: speaker.spec,
        part: "",
        turn: 0,
        attempt: 1,
        ls_provider: speaker.name === "Gemini" ? "google_genai" : "compatible",
        ls_model_name: model,
        ls_model_type: "chat",
        ls_temperature: 0,
        ls_max_tokens: 99,
      }),
    ]);
    expect(ends).toHaveLength(1);
    const generation = ends[0]?.result?.generations[0]?.[0];
    expect(generation).toMatchObject({
      text: "An answer.",
      message: {
        content: "An answer.",
        usage_metadata: { input_tokens: 11, output_tokens: 7, total_tokens: 18 },
        response_metadata: { model_name: model, finish_reason: speaker.finish.whole },
      },
    });
    expect(ends[0]?.result?.llmOutput).toEqual({
      outcome: "answered",
      finish: speaker.finish.whole,
    });
  });

  it("is told of every send, with its outcome", async () => {
    const { starts, ends } = await followed(speaker, ({ number }) =>
      number < 3 ? speaker.refusal(503, "Too much to do.") : speaker.answer(),
    );
    expect(starts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(ends.map(({ error }) => error?.name)).toEqual([
      "provider_error",
      "provider_error",
      undefined,
    ]);
    expect(ends[0]?.error?.message).toBe("HTTP 503: Too much to do.");
  });

  it("sees the text and the cost of an answer that is no good one", async () => {
    const { ends } = await followed(speaker, () =>
      speaker.answer({ content: "An ans", finish: speaker.finish.cut }),
    );
    expect(ends[0]?.result?.generations[0]?.[0]).toMatchObject({
      text: "An ans",
      message: { usage_metadata: { output_tokens: 7 } },
    });
    expect(ends[0]?.result?.llmOutput).toMatchObject({ outcome: "cut_at_length" });
  });

  it("is told of an answer out of the journal, as such", async () => {
    // Each call of this test has a server, so its request, of its own; one answer is for both.
    let kept: RawAnswer | undefined;
    const journal: CallJournal = {
      find: async () => kept,
      intend: async () => undefined,
      keep: async (_, answer) => void (kept = answer),
      giveUp: async () => undefined,
    };
    const gate = createGate({ ...hasty, journal: () => journal });
    const first = await followed(speaker, () => speaker.answer(), { gate });
    const again = await followed(speaker, () => speaker.refusal(500, "no"), { gate });
    expect(first.starts).toMatchObject([{ attempt: 1 }]);
    expect(again.starts).toMatchObject([{ from: "journal" }]);
    expect(again.starts[0]).not.toHaveProperty("attempt");
    expect(again.ends[0]?.result?.generations[0]?.[0]?.text).toBe("An answer.");
  });
});

describe("a followed call", () => {
  it("is named by role, agent and part", async () => {
    const gate = createGate();
    const endpoint = await createEndpoint("sim:oak", {}, {});
    const names: unknown[] = [];
    for (const [name, role, part] of [
      ["reviewer", "reviewer", ""],
      ["gemma", "reviewer", ""],
      ["judge", "judge", "round-2"],
      ["gpt-4o", "juror", "round-3.swapped"],
    ] as const) {
      const agent = createAgent({ name, role, endpoint }, gate);
      const follower = new Follower();
      const row = { number: 1, id: "1" };
      const expects = { kind: "text" } as const;
      await inGraph(() => agent.ask({ row, part, turn: 0, messages: [], expects }), [follower]);
      names.push(follower.starts[0]?.["name"]);
    }
    expect(names).toEqual([
      "reviewer",
      "reviewer.gemma",
      "judge.round-2",
      "juror.gpt-4o.round-3.swapped",
    ]);
  });

  it("that never leaves is ended all the same", async () => {
    const gate = createGate({ ...hasty, retryMs: 60_000 });
    const follower = new Follower();
    await withLoopbackServer(
      () => openAiSpeaker.refusal(500, "no"),
      (server) =>
        inGraph(async () => {
          const asked = askSpeaker(openAiSpeaker, server, { gate });
          await expect.poll(() => follower.ends).toHaveLength(1);
          gate.halt({ outcome: "interrupted", detail: "stopped" });
          await asked;
        }, [follower]),
    );
    expect(follower.starts).toHaveLength(follower.ends.length);
  });

  it("stands once in a trace of LangChain's own tracer too, as Studio has it", async () => {
    const collector = await startTraceCollector();
    onTestFinished(() => collector.close());
    const client = new Client({ apiUrl: collector.url, apiKey: "k" });
    const tracer = new LangChainTracer({ client, projectName: "studio" });
    await withLoopbackServer(
      () => openAiSpeaker.answer(),
      (server) => inGraph(() => askSpeaker(openAiSpeaker, server), [tracer]),
    );
    await client.awaitPendingTraceBatches();
    expect(collector.complaints).toEqual([]);
    const calls = [...collector.runs.values()].filter(({ run_type }) => run_type === "llm");
    expect(calls).toMatchObject([
      {
        name: "generator",
        extra: {
          metadata: { ls_model_name: "test-model", usage_metadata: { total_tokens: 18 } },
        },
      },
    ]);
  });
});
