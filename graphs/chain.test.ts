import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dpoLines } from "../datasets/export/dpo.ts";
import { ktoLines } from "../datasets/export/kto.ts";
import { sftLine } from "../datasets/export/sft.ts";
import { createRandom } from "../statistics/estimates/seeded-random.ts";
import type { Call } from "../models/call.ts";
import { rewritesOf } from "../state/generation/chain-progress.ts";
import { currentResponse } from "../state/generation/evolved-answer.ts";
import { winnerOf } from "../state/generation/rounds.ts";
import type { GenerationResult } from "../state/row-result.ts";
import {
  chainOn,
  runChain,
  toldOf,
  type ChainOnGate,
  type StepKind,
} from "../tests/chain-on-gate.ts";
import { question } from "../tests/graphs-on-gate.ts";
import { rounds } from "../tests/long-tables.ts";
import { createRecordingGate, type Answer } from "../tests/recording-gate.ts";
import { down, review, scores } from "../tests/written-answers.ts";
import { drawGraph } from "./drawing/draw-graph.ts";

/**
 * Texts that tell where they were written; judges of the loop find A better, and CoEvol's judge the
 * rewrite.
 */
function willing({ address: { agent, part, turn }, expects }: Call): Answer {
  if (expects.kind === "scores") return scores(7, 5);
  if (expects.kind === "compare") return part.endsWith("swapped") ? "Assistant A" : "Assistant B";
  if (expects.kind === "review") return review("Say more.");
  if (agent === "advisor") return "Say less.";
  return `${agent} ${part} ${turn}`;
}

function gateWith(script: Readonly<Record<string, Answer>> = {}) {
  return createRecordingGate((call) => {
    const { agent, part, turn } = call.address;
    const [place] = toldOf([{ agent, part, turn } as never]);
    return script[place ?? ""] ?? script[agent] ?? willing(call);
  });
}

describe("a chain", () => {
  it("goes on from the best response, each step's calls in a part of its own", async () => {
    const gate = gateWith();
    const steps = ["feedback-loop", "coevol", "feedback-loop"] as const;
    const { transcript } = await runChain(gate, {
      steps,
      loop: { iterations: 2 },
      maxIterations: 1,
    });
    expect(toldOf(transcript)).toEqual([
      "generator 0",
      "reviewer 0",
      "generator 1",
      "judge round-2 0",
      "critical step-2 0",
      "positive step-2 0",
      "critical step-2 1",
      "positive step-2 1",
      "advisor step-2 0",
      "editor step-2 0",
      "judge step-2 0",
      "judge step-2.swapped 0",
      "reviewer step-3 0",
      "generator step-3 0",
      "judge step-3.round-2 0",
    ]);
    // Round 2 shows the incumbent as A, so the first response stood; CoEvol's rewrite of it, then,
    // goes into the last loop.
    expect(gate.asked("positive step-2 0")).toContain("generator  0");
    expect(gate.asked("reviewer step-3 0")).toContain("editor step-2 0");
    expect(gate.shown("generator step-3 0").slice(0, -1)).toEqual([
      ...question,
      { role: "assistant", content: "editor step-2 0" },
    ]);
    expect(gate.asked("generator step-3 0")).toContain("Say more.");
  });

  it("numbers responses and comparisons on, and says of each later one which step wrote it and who", async () => {
    const steps = ["single", "coevol", "single"] as const;
    const result = await runChain(gateWith(), { steps, maxIterations: 1 });
    expect(result.responses).toEqual([
      { round: 1, text: "generator  0" },
      { round: 2, text: "generator  1" },
      { round: 3, text: "editor step-2 0", suggestions: ["Say less."], agent: "editor", step: 2 },
      { round: 4, text: "generator step-3 0", agent: "generator of 3", step: 3 },
      { round: 5, text: "generator step-3 1", agent: "generator of 3", step: 3 },
    ]);
    const told = result.comparisons.map((one) => [
      one.part,
      one.incumbent,
      one.challenger,
      one.won,
    ]);
    expect(told).toEqual([
      ["round-2", 0, 1, 0],
      ["step-2", 0, 2, 2],
      ["step-3.round-2", 2, 3, 2],
      ["step-3.round-3", 2, 4, 4],
    ]);
    expect(result.best).toBe(4);
  });

  it("keeps each step's own rule of ties: a loop the later response, CoEvol the one there was", async () => {
    const gate = gateWith({ judge: "Equal", "judge round-2 0": scores(5, 5) });
    const steps = ["feedback-loop", "coevol"] as const;
    const result = await runChain(gate, { steps, loop: { iterations: 2 } });
    expect(result.comparisons.map(winnerOf)).toEqual([1, 1]);
    expect(result.best).toBe(1);
    expect(result.responses).toHaveLength(3);
  });

  it("numbers a review of a later step as one of the response that was best", async () => {
    const steps = ["feedback-loop", "feedback-loop"] as const;
    const { reviews } = await runChain(gateWith(), { steps, loop: { iterations: 3 } });
    expect(reviews.map(({ round, step }) => [round, step])).toEqual([
      [1, undefined],
      [2, undefined],
      // Of the third round, which had won; the next response is the fourth.
      [3, 2],
      [4, 2],
    ]);
  });

  it("fails where its first step does, and asks no more", async () => {
    const gate = gateWith({ generator: down });
    const { failure, responses } = await runChain(gate, { steps: ["single", "coevol"] });
    expect(failure?.reason).toBe("provider_error");
    expect(responses).toEqual([]);
    expect(gate.addresses()).toEqual(["generator 0"]);
  });

  it.each([
    ["an editor", { editor: down }, "provider_error"],
    ["an advisor without suggestions", { advisor: "" }, "no_suggestion"],
    ["an evaluator", { "judge step-2 0": down, "judge step-2.swapped 0": down }, "provider_error"],
  ])("goes on from what there is where a later step fails: %s", async (_, script, reason) => {
    const steps = ["single", "coevol", "single"] as const;
    const { failure, endedEarly, responses } = await runChain(gateWith(script), {
      steps,
      samples: 2,
    });
    expect(failure).toBeUndefined();
    expect(endedEarly?.reason).toBe(reason);
    expect(responses.filter(({ step }) => step === 3)).toHaveLength(2);
  });

  it("leaves a row its responses where the evaluator of a later loop fails", async () => {
    const script = { "judge step-2.round-2 0": down };
    const result = await runChain(gateWith(script), {
      steps: ["feedback-loop", "feedback-loop"],
      loop: { iterations: 2 },
    });
    expect(result.failure).toBeUndefined();
    expect(result.endedEarly?.reason).toBe("provider_error");
    expect(result.best).toBe(0);
    expect(result.responses).toHaveLength(3);
  });

  it("may begin with an answer that is there, of which all that follows are rewrites", async () => {
    const gate = gateWith();
    const steps = ["coevol", "feedback-loop"] as const;
    const options = { steps, improves: true, maxIterations: 1, loop: { iterations: 2 } };
    const result = await runChain(gate, options);
    expect(gate.addresses()).toContain("positive 0");
    expect(gate.addresses()).toContain("generator step-2 0");
    const rewrites = rewritesOf(result);
    expect(rewrites).toMatchObject([
      { iteration: 1, suggestions: ["Say less."], accepted: true, agent: "editor" },
      { iteration: 2, suggestions: ["Say more."], accepted: false, agent: "generator of 2" },
    ]);
    expect(currentResponse({ response: "the answer", rewrites })).toBe("editor  0");
  });

  it("is drawn as its steps, and each step opened as what it is", async () => {
    const chain = chainOn(gateWith(), { steps: ["single", "coevol", "feedback-loop"] });
    expect((await drawGraph(chain)).split("\n").slice(1).sort()).toEqual([
      "\t__start__ --> step-1_single;",
      "\tstep-1_single -.-> __end__;",
      "\tstep-1_single -.-> step-2_coevol;",
      '\tstep-1_single["step-1.single"];',
      "\tstep-2_coevol --> step-3_feedback-loop;",
      '\tstep-2_coevol["step-2.coevol"];',
      "\tstep-3_feedback-loop --> __end__;",
      '\tstep-3_feedback-loop["step-3.feedback-loop"];',
    ]);
    const { nodes } = await chain.getGraphAsync({ xray: true });
    expect(Object.keys(nodes)).toEqual(
      expect.arrayContaining([
        "step-1.single:evaluator:judge",
        "step-2.coevol:judge:conclude",
        "step-3.feedback-loop:evaluator:judge",
      ]),
    );
  });

  it("needs a step", () => {
    expect(() => chainOn(gateWith(), { steps: [] })).toThrow("A chain needs a step.");
  });
});

const later = fc.constantFrom<StepKind>("single", "feedback-loop", "coevol");
const anyChain = fc.record({
  first: fc.constantFrom<StepKind>("single", "feedback-loop"),
  rest: fc.array(later, { minLength: 1, maxLength: 3 }),
  improves: fc.boolean(),
  branch: fc.boolean(),
  iterations: fc.integer({ min: 2, max: 3 }),
  /** Of what is said, call by call. */
  seed: fc.nat({ max: 100_000 }),
});

/** Verdicts of all kinds, failures, texts that come twice. */
function unsteady(seed: number) {
  const random = createRandom(seed);
  let calls = 0;
  return createRecordingGate((call) => {
    calls += 1;
    const draw = random();
    // The first answer is there, so that there is something to go on from.
    if (draw < 0.04 && calls > 1) return down;
    if (call.expects.kind === "scores")
      return draw < 0.08 ? "no scores" : scores(Math.ceil(draw * 5), 3);
    if (call.expects.kind === "compare")
      return ["Assistant A", "Assistant B", "Equal", "hm"][Math.floor(draw * 4)] ?? "";
    if (call.expects.kind === "review") return review("Say more.");
    return draw < 0.15 ? "the same text" : `text ${calls}`;
  });
}

describe("the rows of any chain", () => {
  const anyRow = async (options: typeof anyChain extends fc.Arbitrary<infer One> ? One : never) => {
    const { first, rest, improves, branch, iterations, seed } = options;
    const gate = unsteady(seed);
    const chain: ChainOnGate = {
      steps: [first, ...rest],
      improves,
      loop: { branch, iterations, reviewers: ["kind", "strict"] },
    };
    return { gate, result: await runChain(gate, chain) };
  };

  it("hold each call once, under an address of its own", async () => {
    await fc.assert(
      fc.asyncProperty(anyChain, async (options) => {
        const { gate, result } = await anyRow(options);
        const told = toldOf(result.transcript);
        expect(new Set(told).size).toBe(told.length);
        expect([...told].sort()).toEqual(gate.addresses().sort());
      }),
      { seed: 1, numRuns: rounds(10, 40) },
    );
  });

  it("lead from the first response to the best by comparisons, each of two that are there", async () => {
    await fc.assert(
      fc.asyncProperty(anyChain, async (options) => {
        const { result } = await anyRow(options);
        const { responses, comparisons, best, failure } = result;
        if (failure !== undefined) return;
        let standing = 0;
        for (const comparison of comparisons) {
          const { incumbent, challenger, won, siblings, round } = comparison;
          expect(responses[incumbent]).toBeDefined();
          expect(responses[challenger]?.round).toBe(round);
          expect([incumbent, challenger, null]).toContain(won);
          expect(incumbent).not.toBe(challenger);
          if (siblings) continue;
          expect(incumbent).toBe(standing);
          standing = winnerOf(comparison);
        }
        expect(best).toBe(standing);
        const places = responses.map(({ round, reviewer }) => `${round} ${reviewer}`);
        expect(new Set(places).size).toBe(places.length);
        const rounds = responses.map(({ round }) => round);
        expect(rounds).toEqual([...rounds].sort((one, other) => one - other));
      }),
      { seed: 2, numRuns: rounds(10, 40) },
    );
  });

  it("become pairs of two texts, one of which won, and end in the best", async () => {
    await fc.assert(
      fc.asyncProperty(anyChain, async (options) => {
        const { result: output } = await anyRow({ ...options, improves: false });
        if (output.failure !== undefined) return;
        const prompt = [...question];
        const result: GenerationResult = { id: "row-1", input: null, prompt, ...output };
        const row = { number: 1, result };
        for (const mode of ["comparisons", "best-first"] as const) {
          for (const { chosen, rejected } of dpoLines(row, mode))
            expect(chosen).not.toEqual(rejected);
        }
        const decided = result.comparisons.filter(({ won, incumbent, challenger }) => {
          const differ = result.responses[incumbent]?.text !== result.responses[challenger]?.text;
          return won !== null && differ;
        });
        expect(dpoLines(row, "comparisons")).toHaveLength(decided.length);
        const bestText = result.responses[result.best]?.text;
        expect(ktoLines(row).filter(({ label }) => label)).toMatchObject([
          { completion: [{ content: bestText }] },
        ]);
        expect(sftLine(row).messages.at(-1)?.content).toBe(bestText);
      }),
      { seed: 3, numRuns: rounds(10, 40) },
    );
  });

  it("come to the same answer as rewrites of the one that was given", async () => {
    await fc.assert(
      fc.asyncProperty(anyChain, async (options) => {
        const { result } = await anyRow({ ...options, improves: true });
        const rewrites = rewritesOf(result);
        expect(rewrites).toHaveLength(result.responses.length - 1);
        const answer = currentResponse({ response: "the answer", rewrites });
        expect(answer).toBe(result.responses[result.best]?.text);
        for (const { verdict, accepted } of rewrites) {
          if (accepted) expect(["b", "tie"]).toContain(verdict?.winner);
        }
      }),
      { seed: 4, numRuns: rounds(10, 40) },
    );
  });
});
