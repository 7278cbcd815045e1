import { FakeListChatModel, FakeLLM } from "@langchain/core/utils/testing";
import { RunnableLambda } from "@langchain/core/runnables";
import { tool } from "@langchain/core/tools";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { GraphTracer } from "./graph-tracer.ts";
import type { TracedRun } from "./traced-run.ts";

const State = new StateSchema({
  row: z.object({ number: z.number(), id: z.string() }),
  prompt: z.string(),
  said: z.string().default(""),
  transcript: z.array(z.string()).default(() => []),
});

/** A graph of one custom node, with a router after it. */
function graphOf(node: (state: typeof State.State) => Promise<typeof State.Update>) {
  function whereNext() {
    return END;
  }
  const router = RunnableLambda.from(whereNext);
  router.name = "whereNext";
  return new StateGraph(State)
    .addNode("own", node)
    .addEdge(START, "own")
    .addConditionalEdges("own", router, [END])
    .compile({ name: "graph" });
}

async function traceOf(
  node: (state: typeof State.State) => Promise<typeof State.Update>,
  tracer = new GraphTracer(() => true),
): Promise<readonly TracedRun[]> {
  await graphOf(node)
    .invoke(
      { row: { number: 7, id: "seven" }, prompt: "Why?" },
      {
        callbacks: [tracer],
        runName: "graph seven",
        tags: ["graph"],
        metadata: { row: 7, row_id: "seven" },
      },
    )
    .catch(() => undefined);
  return tracer.take(7);
}

/** Names, indented by where they stand. */
function outline(runs: readonly TracedRun[]): string[] {
  return runs.map((run) => {
    let depth = 0;
    for (let at = run.parent; at !== null; at = at.parent) depth += 1;
    return `${"  ".repeat(depth)}${run.type} ${run.name}`;
  });
}

const answer = async () => ({ said: "Because.", transcript: ["Because."] });

describe("a tracer of graphs", () => {
  it("gives a row's runs once, parents first, without LangGraph's own steps", async () => {
    const tracer = new GraphTracer(() => true);
    const runs = await traceOf(answer, tracer);
    expect(outline(runs)).toEqual(["chain graph seven", "  chain own", "    chain whereNext"]);
    expect(tracer.take(7)).toEqual([]);
    for (const { endedMs, startedMs } of runs) expect(endedMs).toBeGreaterThanOrEqual(startedMs);
  });

  it("shows what went in and came out, the calls' transcript left out, and where a router leads", async () => {
    const [graph, node, router] = await traceOf(answer);
    const row = { number: 7, id: "seven" };
    expect(graph?.inputs).toEqual({ row, prompt: "Why?" });
    expect(graph?.outputs).toEqual({ row, prompt: "Why?", said: "Because." });
    expect(node?.inputs).toEqual({ row, prompt: "Why?", said: "" });
    expect(node?.outputs).toEqual({ said: "Because." });
    expect(router).toMatchObject({ inputs: {}, outputs: { output: END } });
  });

  it("keeps the row's tags and metadata, and of LangGraph's what tells something", async () => {
    const [graph, node] = await traceOf(answer);
    expect(graph).toMatchObject({ tags: ["graph"], metadata: { row: 7, row_id: "seven" } });
    expect(node?.tags).toEqual(["graph"]);
    expect(node?.metadata).toEqual({
      row: 7,
      row_id: "seven",
      langgraph_node: "own",
      langgraph_step: 1,
      iteration: 1,
    });
  });

  it("follows custom models and tools inside a node", async () => {
    const count = tool(async ({ text }: { text: string }) => String(text.length), {
      name: "count",
      description: "counts",
      schema: z.object({ text: z.string() }),
    });
    const runs = await traceOf(async ({ prompt }) => {
      const { text } = await new FakeListChatModel({ responses: ["Hm."] }).invoke([
        ["system", "Be brief."],
        ["user", prompt],
      ]);
      await count.invoke({ text });
      await new FakeLLM({ response: "Oh." }).invoke("Once more");
      return { said: text };
    });
    expect(outline(runs).slice(2, 5)).toEqual([
      "    llm FakeListChatModel",
      "    tool count",
      "    llm FakeLLM",
    ]);
    expect(runs[2]?.inputs).toEqual({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Why?" },
      ],
    });
    expect(runs[2]?.outputs).toMatchObject({ messages: [{ role: "assistant", content: "Hm." }] });
    expect(runs[4]).toMatchObject({
      inputs: { prompts: ["Once more"] },
      endedMs: expect.any(Number),
    });
  });

  it("tells an error of a node by its name and message, and not by the places in our files", async () => {
    const runs = await traceOf(async () => {
      throw new RangeError("too much");
    });
    const [graph, node] = runs;
    expect(node?.error).toEqual({ word: "RangeError", detail: "too much" });
    expect(graph?.error).toEqual({ word: "RangeError", detail: "too much" });
  });

  it("keeps nothing of a row that is not asked for, or of a graph that is no row's", async () => {
    const tracer = new GraphTracer((row) => row !== 7);
    expect(await traceOf(answer, tracer)).toEqual([]);
    await graphOf(answer).invoke(
      { row: { number: 8, id: "" }, prompt: "" },
      { callbacks: [tracer] },
    );
    expect(tracer.take(8)).toEqual([]);
  });

  it("keeps rows apart that run side by side", async () => {
    const tracer = new GraphTracer(() => true);
    const graph = graphOf(answer);
    await Promise.all(
      [1, 2, 3].map((number) =>
        graph.invoke(
          { row: { number, id: `${number}` }, prompt: `Prompt ${number}` },
          { callbacks: [tracer], metadata: { row: number } },
        ),
      ),
    );
    for (const number of [2, 3, 1]) {
      const runs = tracer.take(number);
      expect(runs).toHaveLength(3);
      expect(runs.map(({ row }) => row)).toEqual([number, number, number]);
      expect(runs[1]?.inputs).toMatchObject({ prompt: `Prompt ${number}` });
    }
  });
});
