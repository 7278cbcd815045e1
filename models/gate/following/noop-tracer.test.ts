import { MessagesAnnotation, StateGraph } from "@langchain/langgraph";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startTraceCollector } from "../../../tests/langsmith/trace-collector.ts";
import { untraced } from "./noop-tracer.ts";

async function runGraph(callbacks: (typeof untraced)[]) {
  await new StateGraph(MessagesAnnotation)
    .addNode("node", async () => ({ messages: [] }))
    .addEdge("__start__", "node")
    .compile()
    .invoke({ messages: [] }, { callbacks });
}

describe("LangChain, where the environment asks it to trace,", () => {
  it("does so, but not where a tracer stands in place of its own", async () => {
    const collector = await startTraceCollector();
    onTestFinished(() => collector.close());
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("LANGSMITH_TRACING", "true");
    vi.stubEnv("LANGSMITH_ENDPOINT", collector.url);
    vi.stubEnv("LANGSMITH_API_KEY", "k");
    await runGraph([untraced]);
    // LangChain's own client is made, with the address of that moment, when it is first needed.
    await runGraph([]);
    await expect.poll(() => collector.traces().length, { timeout: 10_000 }).toBe(1);
  });
});
