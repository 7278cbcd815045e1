import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { getContextVariable, setContextVariable } from "@langchain/core/context";
import { Annotation, END, getConfig, START, StateGraph } from "@langchain/langgraph";
import { getCurrentRunTree } from "langsmith/singletons/traceable";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startTraceCollector } from "../../tests/langsmith/trace-collector.ts";
import { skipRunTrees } from "./skip-run-trees.ts";

const State = Annotation.Root({ seen: Annotation<unknown> });

/** Runs a graph in a graph whose inner node looks around. */
async function lookInside<Seen>(look: () => Seen, config = {}): Promise<Seen> {
  const inner = new StateGraph(State)
    .addNode("inner-node", async () => ({ seen: look() }))
    .addEdge(START, "inner-node")
    .addEdge("inner-node", END)
    .compile();
  const graph = new StateGraph(State)
    .addNode("before", async () => ({}))
    .addNode("inner", inner)
    .addEdge(START, "before")
    .addEdge("before", "inner")
    .addEdge("inner", END)
    .compile({ name: "outer" });
  const { seen } = await graph.invoke({ seen: undefined }, config);
  return seen as Seen;
}

class Names extends BaseCallbackHandler {
  name = "names";
  override awaitHandlers = true;
  readonly seen: (string | undefined)[] = [];
  override handleChainStart(...parts: readonly unknown[]): void {
    this.seen.push(parts[7] as string | undefined);
  }
}

describe("a graph whose run trees are skipped", () => {
  it("makes no run where nothing is traced", async () => {
    skipRunTrees();
    const tree = await lookInside(() => getCurrentRunTree(true));
    expect(tree).not.toHaveProperty("id");
    expect(tree).toMatchObject({ tracingEnabled: false });
  });

  it("gives nodes their config and the context of where it was called", async () => {
    skipRunTrees();
    skipRunTrees();
    const run = async () => {
      setContextVariable("place", "around");
      return lookInside(() => [
        getConfig().metadata?.["langgraph_node"],
        getContextVariable("place"),
      ]);
    };
    expect(await run()).toEqual(["inner-node", "around"]);
  });

  it("reports everything to callbacks as before", async () => {
    skipRunTrees();
    const names = new Names();
    await lookInside(() => null, { callbacks: [names] });
    expect(names.seen).toEqual(expect.arrayContaining(["outer", "before", "inner", "inner-node"]));
  });

  it("is traced by LangChain itself where the environment asks for that", async () => {
    skipRunTrees();
    const collector = await startTraceCollector();
    onTestFinished(() => collector.close());
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("LANGSMITH_TRACING", "true");
    vi.stubEnv("LANGSMITH_ENDPOINT", collector.url);
    vi.stubEnv("LANGSMITH_API_KEY", "k");
    await lookInside(() => null);
    await expect.poll(() => collector.traces().length, { timeout: 10_000 }).toBe(1);
  });
});
