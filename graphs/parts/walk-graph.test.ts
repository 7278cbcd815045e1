import { END, GraphRecursionError, START, StateGraph, StateSchema } from "@langchain/langgraph";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { keyedList } from "../../state/keyed-list.ts";
import { router } from "./router.ts";
import { isWalked, walkerOf } from "./walk-graph.ts";

const Visit = z.object({ node: z.string(), seen: z.number() });
const visits = keyedList(Visit, ({ node, seen }) => [node, seen]);
const State = new StateSchema({
  visits,
  steps: z.number().default(0),
  last: z.string().optional(),
});
type Visited = typeof State.State;

/** What a node does, and where it leads. */
type Shape = {
  readonly writesLast: boolean;
  readonly inner: boolean;
  /** Whether a layer that begins with it is left by a conditional edge. */
  readonly branches: boolean;
};

/** Layers of nodes, each joined before the next; the last may lead back to the first. */
function graphOf(layers: readonly (readonly Shape[])[], turns: number) {
  const output = new StateSchema({ visits });
  const inner = new StateGraph({ state: State, input: State, output })
    .addNode("inside", ({ visits: { length } }: Visited) => ({
      visits: [{ node: "inside", seen: length }],
    }))
    .addEdge(START, "inside")
    .addEdge("inside", END)
    .compile();
  const graph = new StateGraph({ state: State, input: State, output: State }) as unknown as {
    addNode(name: string, node: unknown): unknown;
    addEdge(from: string | string[], to: string): unknown;
    addConditionalEdges(from: string, route: unknown, ends: string[]): unknown;
    compile(): { invoke(input: object, config?: object): Promise<unknown> };
  };
  const nameOf = (layer: number, at: number) => `node-${layer}-${at}`;
  for (const [layer, shapes] of layers.entries()) {
    for (const [at, shape] of shapes.entries()) {
      const node = nameOf(layer, at);
      const visit = ({ visits: { length }, steps }: Visited) => ({
        visits: [{ node, seen: length }],
        ...(shape.writesLast && shapes.length === 1 ? { last: node, steps: steps + 1 } : {}),
      });
      graph.addNode(node, shape.inner ? inner : visit);
    }
    const gate = `gate-${layer}`;
    graph.addNode(gate, ({ steps }: Visited) => ({ steps: steps + 1 }));
    const names = shapes.map((_, at) => nameOf(layer, at));
    graph.addEdge(names, gate);
    const next = layers[layer + 1]?.map((_, at) => nameOf(layer + 1, at)) ?? [];
    const first = layers[0]?.map((_, at) => nameOf(0, at)) ?? [];
    const onwards = ({ steps }: Visited) => {
      if (next.length > 0) return next;
      return steps < turns ? first : END;
    };
    if (next.length > 0 && shapes[0]?.branches === false)
      for (const name of next) graph.addEdge(gate, name);
    else graph.addConditionalEdges(gate, router(onwards), [...next, ...first, END]);
  }
  for (const [at] of (layers[0] ?? []).entries()) graph.addEdge(START, nameOf(0, at));
  return graph.compile();
}

const shape = fc.record({
  writesLast: fc.boolean(),
  inner: fc.boolean(),
  branches: fc.boolean(),
});

describe("walkerOf", () => {
  it("comes to the same state as LangGraph, over any layers, joins and rounds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(shape, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 8 }),
        async (layers, turns) => {
          const graph = graphOf(layers, turns);
          expect(isWalked(graph)).toBe(true);
          const config = { recursionLimit: 200 };
          expect(await walkerOf(graph)({}, config)).toEqual(await graph.invoke({}, config));
        },
      ),
      { numRuns: 25 },
    );
  });

  const looping = () =>
    new StateGraph(State)
      .addNode("again", ({ steps }) => ({ steps: steps + 1 }))
      .addEdge(START, "again")
      .addConditionalEdges(
        "again",
        router(({ steps }: Visited) => (steps < 9 ? "again" : END)),
        ["again", END],
      )
      .compile();

  it("stops at the recursion limit where LangGraph does", async () => {
    for (const recursionLimit of [8, 9, 10]) {
      const ends = await Promise.all(
        [walkerOf(looping()), looping().invoke.bind(looping())].map((invoke) =>
          invoke({}, { recursionLimit }).then(
            () => "done",
            (error: unknown) => (error as Error).constructor,
          ),
        ),
      );
      expect(ends[0]).toBe(ends[1]);
    }
    await expect(walkerOf(looping())({}, { recursionLimit: 3 })).rejects.toThrow(
      GraphRecursionError,
    );
  });

  it("refuses what the schema refuses", async () => {
    const graph = new StateGraph(State)
      .addNode("wrong", () => ({ steps: "three" }) as never)
      .addEdge(START, "wrong")
      .addEdge("wrong", END)
      .compile();
    await expect(graph.invoke({})).rejects.toThrow(/steps/);
    await expect(walkerOf(graph)({})).rejects.toThrow(/steps/);
    await expect(walkerOf(looping())({ steps: "two" as never })).rejects.toThrow(/steps/);
  });

  it("leaves a graph to LangGraph that has more than nodes and edges", async () => {
    const graph = new StateGraph(State)
      .addNode("again", () => ({ steps: 1 }), { retryPolicy: { maxAttempts: 2 } })
      .addEdge(START, "again")
      .addEdge("again", END)
      .compile();
    expect(isWalked(graph)).toBe(false);
    expect(await walkerOf(graph)({})).toMatchObject({ steps: 1 });
  });
});
