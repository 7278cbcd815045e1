import { MemorySaver, type CompiledStateGraph } from "@langchain/langgraph";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cascade, chain, coevol, debate, feedbackLoop, judge, jury, single } from "./graphs.ts";

const graphs = { cascade, chain, coevol, debate, feedbackLoop, judge, jury, single };

beforeEach(() => {
  vi.stubEnv("FELLOWSHIP_STUDIO_MODELS", '["sim:studio"]');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

type Graph = Pick<
  CompiledStateGraph<object, object, string>,
  "invoke" | "getState" | "getStateHistory" | "updateState" | "checkpointer"
>;
type Thread = { readonly configurable: { readonly thread_id: string } };

/** A graph as the server has it, its threads in memory. */
async function served(name: keyof typeof graphs): Promise<Graph> {
  const graph = (await graphs[name]({})) as unknown as Graph;
  graph.checkpointer = new MemorySaver();
  return graph;
}

let threads = 0;
function newThread(): Thread {
  return { configurable: { thread_id: `thread-${(threads += 1)}` } };
}

/** As a client gets it. */
function told(values: unknown): unknown {
  return JSON.parse(JSON.stringify(values));
}

async function allOf(graph: Graph, thread: Thread): Promise<unknown> {
  return told((await graph.getState(thread)).values);
}

async function lastStep(graph: Graph, thread: Thread, before: string) {
  for await (const { next, config } of graph.getStateHistory(thread)) {
    if (next[0] === before) return config;
  }
  throw new Error(`no step before ${before}`);
}

const ask = (content: string) => [{ role: "user", content }];
const first = { prompt: ask("Why is the sky blue?") };
const second = { prompt: ask("Why is grass green?") };
const firstPair = { ...first, pair: { a: { text: "It scatters." }, b: { text: "It reflects." } } };
const secondPair = { ...second, pair: { a: { text: "Chlorophyll." }, b: { text: "Paint." } } };
const answered = { ...first, response: "It is." };
const answeredAgain = { ...second, response: "It grows." };

describe("a second input in a thread", () => {
  it.each([
    ["judge", firstPair, secondPair],
    ["jury", firstPair, secondPair],
    ["debate", firstPair, secondPair],
    ["cascade", firstPair, secondPair],
    ["single", first, second],
    ["feedbackLoop", first, second],
    ["coevol", answered, answeredAgain],
    ["chain", first, second],
  ] as const)("leaves what it leaves in a fresh one: %s", async (name, before, input) => {
    const graph = await served(name);
    const [used, fresh] = [newThread(), newThread()];
    await graph.invoke(before, used);
    const later = told(await graph.invoke(input, used));
    expect(later).toEqual(told(await graph.invoke(input, fresh)));
    expect(await allOf(graph, used)).toEqual(await allOf(graph, fresh));
  });

  it.each([
    ["jury", "conclude", firstPair, secondPair],
    ["feedbackLoop", "choose", first, second],
    ["coevol", "editor", answered, answeredAgain],
  ] as const)("puts an end to one that was held: %s", async (name, node, before, input) => {
    const graph = await served(name);
    const thread = newThread();
    await graph.invoke(before, { ...thread, interruptBefore: [node] });
    expect((await graph.getState(thread)).next).toEqual([node]);
    const later = told(await graph.invoke(input, thread));
    expect(later).toEqual(told(await graph.invoke(input, newThread())));
  });

  it("is run again from the step before it was taken in", async () => {
    const graph = await served("feedbackLoop");
    const thread = newThread();
    await graph.invoke(first, thread);
    const later = told(await graph.invoke(second, thread));
    const before = await lastStep(graph, thread, "__start__");
    expect(told(await graph.invoke(null, before))).toEqual(later);
  });

  it("begins anew where it is edited in the thread's history", async () => {
    const graph = await served("feedbackLoop");
    const thread = newThread();
    await graph.invoke(first, thread);
    await graph.invoke(first, thread);
    const before = await lastStep(graph, thread, "__start__");
    const fork = await graph.updateState(before, second, "__start__");
    const after = told(await graph.invoke(null, fork));
    expect(after).toEqual(told(await graph.invoke(second, newThread())));
  });

  it("has the settings it is given, or the topology's own", async () => {
    const graph = await served("feedbackLoop");
    const thread = newThread();
    const responses = async (input: object) =>
      ((await graph.invoke(input, thread)) as { responses: object[] }).responses;
    expect(await responses({ ...first, settings: { iterations: 1 } })).toHaveLength(1);
    expect(await responses(second)).toHaveLength(3);
  });

  it("lacks what the first one had, and goes on after an error", async () => {
    const graph = await served("judge");
    const thread = newThread();
    await graph.invoke(firstPair, thread);
    await expect(graph.invoke(second, thread)).rejects.toThrow("pair: is missing");
    const settings = { models: { judge: "mistral:small" } };
    await expect(graph.invoke({ ...secondPair, settings }, thread)).rejects.toThrow("has no price");
    const later = told(await graph.invoke(secondPair, thread));
    expect(later).toEqual(told(await graph.invoke(secondPair, newThread())));
  });

  it("is not needed by a fork, also one of what an earlier input left", async () => {
    const graph = await served("feedbackLoop");
    const thread = newThread();
    await graph.invoke({ ...first, settings: { iterations: 2 } }, thread);
    await graph.invoke({ ...second, settings: { iterations: 2 } }, thread);
    type Step = { prompt: object; reviews: { feedback: string }[]; responses: object[] };
    const reviewed = [];
    for await (const { next, config, values } of graph.getStateHistory(thread)) {
      const step = values as Step;
      if (next[0] === "generator" && step.reviews?.length === 1) reviewed.push({ config, step });
    }
    expect(reviewed.map(({ step }) => step.prompt)).toEqual([second.prompt, first.prompt]);
    for (const { config, step } of reviewed) {
      const edited = { ...step.reviews[0], feedback: "Say it for a child." };
      const fork = await graph.updateState(config, { reviews: [edited] }, "collect-reviews");
      const after = told(await graph.invoke(null, fork)) as Step;
      expect(after.reviews).toEqual([edited]);
      expect(after.responses[0]).toEqual(step.responses[0]);
      expect(after.responses).toHaveLength(2);
    }
  });
});

describe("an input", () => {
  it.each([
    ["judge", first, "pair: is missing; the input of judge holds prompt and pair."],
    ["jury", {}, "prompt: is missing; the input of jury holds prompt and pair."],
    ["coevol", first, "response: is missing; the input of coevol holds prompt and response."],
    ["single", { prompt: [] }, "prompt: is missing; the input of single holds prompt."],
  ] as const)("is refused by what it lacks: %s", async (name, input, why) => {
    await expect((await served(name)).invoke(input, newThread())).rejects.toThrow(why);
  });

  it("puts nothing into the state but what it is asked for", async () => {
    const graph = await served("single");
    const responses = [{ round: 1, text: "Smuggled." }];
    const after = told(await graph.invoke({ ...first, responses, part: "x" }, newThread()));
    expect(after).toEqual(told(await graph.invoke(first, newThread())));
  });
});

describe("nodes side by side", () => {
  const ofJury = ["gpt-4o", "gemma-2-27b", "llama-3.1-70b"];
  const noPrice = "settings.models: compatible:x has no price";
  const noKey = 'Model "groq:gemma2-9b-it" needs a key';

  it.each([
    ["jury", firstPair, ofJury, "compatible:x", noPrice],
    ["jury", firstPair, ofJury, "groq:gemma2-9b-it", noKey],
    ["coevol", answered, ["positive", "critical"], "compatible:x", noPrice],
    ["coevol", answered, ["positive", "critical"], "groq:gemma2-9b-it", noKey],
  ] as const)("that fail for one reason name it: %s %#", async (name, input, agents, spec, why) => {
    vi.stubEnv("GROQ_API_KEY", "");
    const graph = await served(name);
    const models = Object.fromEntries(agents.map((agent) => [agent, spec]));
    const run = graph.invoke({ ...input, settings: { models } }, newThread());
    await expect(run).rejects.toThrow(why);
  });
});
