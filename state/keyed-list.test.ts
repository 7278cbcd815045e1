import { StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { keyedList } from "./keyed-list.ts";

const Said = z.object({ who: z.string(), round: z.number(), text: z.string() });
const State = new StateSchema({ said: keyedList(Said, ({ who, round }) => [who, round]) });

async function saidAfter(...updates: z.infer<typeof Said>[][]) {
  const graph = new StateGraph(State);
  const names = updates.map((_, index) => `node-${index}`);
  for (const [index, said] of updates.entries()) {
    graph.addNode(names[index] ?? "", () => ({ said }));
  }
  const edges = graph as unknown as { addEdge(from: string, to: string): void };
  for (const [index, name] of names.entries()) edges.addEdge(names[index - 1] ?? "__start__", name);
  return (await graph.compile().invoke({})).said;
}

describe("a keyed list", () => {
  const first = { who: "a", round: 1, text: "one" };
  const second = { who: "b", round: 1, text: "two" };

  it("adds what is new at the end", async () => {
    expect(await saidAfter([first], [second])).toEqual([first, second]);
  });

  it("puts an item in the place of the one with its key", async () => {
    const edited = { ...first, text: "edited" };
    expect(await saidAfter([first, second], [edited])).toEqual([edited, second]);
  });

  it("is not doubled by a list that comes back whole", async () => {
    const third = { who: "a", round: 2, text: "three" };
    expect(await saidAfter([first, second], [first, second, third])).toEqual([
      first,
      second,
      third,
    ]);
  });
});
