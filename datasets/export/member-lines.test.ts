import { describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { generatorConversation, generatorPromptShape } from "../../nodes/generator.ts";
import { reviewerConversation, reviewerPromptShape } from "../../nodes/reviewer.ts";
import { loadPrompt, promptDirectory } from "../../prompts/load-prompt.ts";
import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import type { Message } from "../../state/message.ts";
import { runChain } from "../../tests/chain-on-gate.ts";
import { loopOn, question, type LoopOnGate } from "../../tests/graphs-on-gate.ts";
import {
  createRecordingGate,
  type Answer,
  type RecordingGate,
} from "../../tests/recording-gate.ts";
import { down, review, scores } from "../../tests/written-answers.ts";
import type { NumberedGeneration } from "./generation-lines.ts";
import { generatorDpo } from "./generator-dpo.ts";
import { generatorKto } from "./generator-kto.ts";
import { reviewerDpo } from "./reviewer-dpo.ts";
import { reviewerKto } from "./reviewer-kto.ts";
import { DpoLine, KtoLine } from "./preference-lines.ts";

const generatorPrompt = loadPrompt(promptDirectory, "generator", generatorPromptShape);
const reviewerPrompt = loadPrompt(promptDirectory, "reviewer", reviewerPromptShape);
const conversations: MemberConversations = {
  generator: (state, round, reviewer) =>
    generatorConversation(state, generatorPrompt, round, reviewer),
  reviewer: (state, reviewer, round) =>
    reviewerConversation(state, reviewerPrompt, reviewer, round),
};

/** The lines of a row for all members, each of its own schema. */
function memberLines(row: NumberedGeneration, settings: MemberConversations) {
  const leftOut = vi.fn<(word: string) => void>();
  const ignored = () => undefined;
  return {
    generatorKto: z.array(KtoLine).parse(generatorKto.linesOf(row, settings, ignored)),
    generatorDpo: z.array(DpoLine).parse(generatorDpo.linesOf(row, settings, ignored)),
    reviewerKto: z.array(KtoLine).parse(reviewerKto.linesOf(row, settings, leftOut)),
    reviewerDpo: z.array(DpoLine).parse(reviewerDpo.linesOf(row, settings, ignored)),
    reviewsLeftOut: leftOut.mock.calls.length,
  };
}

/** Runs a loop on scripted answers, and gives the row with what its members were shown. */
async function runLoop(
  script: Readonly<Record<string, Answer>>,
  options: LoopOnGate = {},
  prompt: readonly Message[] = question,
): Promise<{ row: NumberedGeneration; gate: RecordingGate }> {
  const gate = createRecordingGate(script);
  const row = { number: 3, id: "r" };
  const output = await loopOn(gate, options).invoke(
    { row, prompt: [...prompt] },
    { recursionLimit: 200 },
  );
  return { row: { number: 3, result: { id: "r", input: null, prompt, ...output } }, gate };
}

const own: Readonly<Record<string, Answer>> = {
  "generator 0": "first",
  "generator 1": "second",
  "generator 2": "third",
  "reviewer 0": review("Say more.", 4),
  "reviewer 1": review("Say less.", 7),
};

describe("memberLines", () => {
  it("shows what the members were really shown, and labels by who won", async () => {
    const { row, gate } = await runLoop({
      ...own,
      "judge round-2": scores(3, 8),
      "judge round-3": scores(2, 9),
    });
    const { generatorKto, reviewerKto, generatorDpo, reviewerDpo } = memberLines(
      row,
      conversations,
    );
    expect(generatorKto).toEqual([
      {
        id: "r",
        prompt: gate.shown("generator 1"),
        completion: [{ role: "assistant", content: "second" }],
        label: true,
        source: { row: 3, round: 2, agent: "generator" },
      },
      {
        id: "r",
        prompt: gate.shown("generator 2"),
        completion: [{ role: "assistant", content: "third" }],
        // In round 3 the challenger stands first, and lost.
        label: false,
        source: { row: 3, round: 3, agent: "generator" },
      },
    ]);
    expect(reviewerKto).toEqual([
      {
        id: "r",
        prompt: gate.shown("reviewer 0"),
        completion: [{ role: "assistant", content: own["reviewer 0"] }],
        label: true,
        source: { row: 3, round: 1, agent: "reviewer" },
      },
      {
        id: "r",
        prompt: gate.shown("reviewer 1"),
        completion: [{ role: "assistant", content: own["reviewer 1"] }],
        label: false,
        source: { row: 3, round: 2, agent: "reviewer" },
      },
    ]);
    expect(generatorDpo).toEqual([]);
    expect(reviewerDpo).toEqual([]);
    for (const line of [...generatorKto, ...reviewerKto]) KtoLine.parse(line);
  });

  it("shows conversations of several turns as they were", async () => {
    const prompt: Message[] = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "One?" },
      { role: "assistant", content: "Yes." },
      { role: "user", content: "Two?" },
    ];
    const { row, gate } = await runLoop({ ...own, judge: scores(3, 8) }, {}, prompt);
    const { generatorKto, reviewerKto } = memberLines(row, conversations);
    expect(generatorKto.map((line) => line.prompt)).toEqual([
      gate.shown("generator 1"),
      gate.shown("generator 2"),
    ]);
    expect(reviewerKto.map((line) => line.prompt)).toEqual([
      gate.shown("reviewer 0"),
      gate.shown("reviewer 1"),
    ]);
  });

  it("leaves out ties and undecided comparisons", async () => {
    const script = { ...own, "judge round-2": scores(5, 5), "judge round-3": scores(9, 1) };
    const { row } = await runLoop(script);
    const { generatorKto, reviewerKto } = memberLines(row, conversations);
    expect(generatorKto.map(({ source, label }) => [source.round, label])).toEqual([[3, true]]);
    expect(reviewerKto.map(({ source, label }) => [source.round, label])).toEqual([[2, true]]);
  });

  it("gives every reviewer of a round its line, and none to one that was left out", async () => {
    const { row, gate } = await runLoop(
      {
        ...own,
        "strict 0": review("Name sources.", 3),
        "strict 1": down,
        "judge round-2": scores(3, 8),
        "judge round-3": scores(9, 1),
      },
      { reviewers: ["strict", "reviewer"] },
    );
    const { generatorKto, reviewerKto } = memberLines(row, conversations);
    expect(generatorKto.map((line) => line.prompt)).toEqual([
      gate.shown("generator 1"),
      gate.shown("generator 2"),
    ]);
    expect(reviewerKto.map(({ source, prompt }) => [source.agent, source.round, prompt])).toEqual([
      ["strict", 1, gate.shown("strict 0")],
      ["reviewer", 1, gate.shown("reviewer 0")],
      ["reviewer", 2, gate.shown("reviewer 1")],
    ]);
  });

  describe("of a branching loop", () => {
    /** The second reviewer's branch wins its round against the first's, then the best so far. */
    const branches: Readonly<Record<string, Answer>> = {
      generator: "first",
      "generator branch-quick 0": "quick 2",
      "generator branch-careful 0": "careful 2",
      "generator branch-quick 1": "quick 3",
      "generator branch-careful 1": "careful 3",
      "quick 0": review("Be quick.", 4),
      "careful 0": review("Be careful.", 5),
      "quick 1": review("Be quicker.", 6),
      "careful 1": review("Be more careful.", 6),
      // Shown: quick (incumbent, a), careful.
      "judge round-2.branch-2": scores(2, 7),
      "judge round-2": scores(2, 7),
      // The sides take turns: here the incumbent, quick, is b and wins.
      "judge round-3.branch-2": scores(2, 7),
      "judge round-3": scores(9, 1),
    };
    const reviewers = ["quick", "careful"];

    it("pairs the revisions of a round, and the reviews behind them, as they were shown", async () => {
      const { row, gate } = await runLoop(branches, { reviewers, branch: true });
      const { generatorDpo, reviewerDpo } = memberLines(row, conversations);
      expect(generatorDpo).toEqual([
        {
          id: "r",
          prompt: gate.shown("generator branch-careful 0"),
          chosen: [{ role: "assistant", content: "careful 2" }],
          rejected: [{ role: "assistant", content: "quick 2" }],
          source: {
            row: 3,
            round: 2,
            agent: "generator",
            chosen_agent: "careful",
            rejected_agent: "quick",
            same_prompt: false,
          },
        },
        {
          id: "r",
          prompt: gate.shown("generator branch-quick 1"),
          chosen: [{ role: "assistant", content: "quick 3" }],
          rejected: [{ role: "assistant", content: "careful 3" }],
          source: {
            row: 3,
            round: 3,
            agent: "generator",
            chosen_agent: "quick",
            rejected_agent: "careful",
            same_prompt: false,
          },
        },
      ]);
      expect(
        reviewerDpo.map(({ prompt, chosen, rejected, source }) => ({
          prompt,
          texts: [chosen[0]?.content, rejected[0]?.content],
          source,
        })),
      ).toEqual([
        {
          prompt: gate.shown("careful 0"),
          texts: [branches["careful 0"], branches["quick 0"]],
          source: {
            row: 3,
            round: 1,
            agent: "reviewer",
            chosen_agent: "careful",
            rejected_agent: "quick",
            // Both saw the first response under the same instructions.
            same_prompt: true,
          },
        },
        {
          prompt: gate.shown("quick 1"),
          texts: [branches["quick 1"], branches["careful 1"]],
          source: {
            row: 3,
            round: 2,
            agent: "reviewer",
            chosen_agent: "quick",
            rejected_agent: "careful",
            // By now each has an earlier review of its own before it.
            same_prompt: false,
          },
        },
      ]);
      for (const line of [...generatorDpo, ...reviewerDpo]) DpoLine.parse(line);
    });

    it("labels only the revision that stood against the best so far, with its own review", async () => {
      const { row, gate } = await runLoop(branches, { reviewers, branch: true });
      const { generatorKto, reviewerKto } = memberLines(row, conversations);
      expect(
        generatorKto.map(({ prompt, completion, label }) => [prompt, completion, label]),
      ).toEqual([
        [
          gate.shown("generator branch-careful 0"),
          [{ role: "assistant", content: "careful 2" }],
          true,
        ],
        [gate.shown("generator branch-quick 1"), [{ role: "assistant", content: "quick 3" }], true],
      ]);
      expect(reviewerKto.map(({ prompt, source, label }) => [prompt, source.agent, label])).toEqual(
        [
          [gate.shown("careful 0"), "careful", true],
          [gate.shown("quick 1"), "quick", true],
        ],
      );
    });

    it("makes no pair of equal revisions, though one won", async () => {
      const script = { ...branches, "generator branch-careful 0": "quick 2" };
      const { row } = await runLoop(script, { reviewers, branch: true });
      const { generatorDpo, reviewerDpo } = memberLines(row, conversations);
      expect(generatorDpo.map(({ source }) => source.round)).toEqual([3]);
      expect(reviewerDpo.map(({ source }) => source.round)).toEqual([1, 2]);
    });
  });
});

describe("memberLines of other kinds of loops", () => {
  it("hold no review of a debate, and count them", async () => {
    const { row } = await runLoop(
      { ...own, kind: review("Say it kindly."), critics: review("Say more."), judge: scores(3, 8) },
      { reviewers: ["kind", "critics"] },
    );
    const debated: MemberConversations = {
      ...conversations,
      reviewer: (state, reviewer, round) =>
        reviewer === "critics" ? [] : conversations.reviewer(state, reviewer, round),
    };
    const { reviewerKto, generatorKto, reviewsLeftOut } = memberLines(row, debated);
    expect(reviewerKto.map(({ source }) => source.agent)).toEqual(["kind", "kind"]);
    expect(generatorKto).toHaveLength(2);
    expect(reviewsLeftOut).toBe(2);
    expect(memberLines(row, conversations).reviewsLeftOut).toBe(0);
  });

  it("hold no pair of which one review is a debate's", async () => {
    const { row } = await runLoop(
      {
        ...own,
        generator: "a text",
        "generator branch-kind": "kind text",
        kind: review("Say it kindly."),
        critics: review("Say more."),
        judge: scores(3, 8),
      },
      { reviewers: ["kind", "critics"], branch: true, iterations: 2 },
    );
    const debated = { ...conversations, reviewer: () => [] };
    expect(memberLines(row, conversations).reviewerDpo).toHaveLength(1);
    expect(memberLines(row, debated).reviewerDpo).toEqual([]);
  });

  it("are of a chain's first step alone", async () => {
    const steps = ["feedback-loop", "feedback-loop"] as const;
    const gate = createRecordingGate(({ address: { agent, part, turn } }) =>
      agent === "judge" ? scores(3, 8) : agent === "reviewer" ? review("More.") : `${part} ${turn}`,
    );
    const output = await runChain(gate, { steps, loop: { iterations: 2 } });
    const result = { id: "r", input: null, prompt: question, ...output };
    const lines = memberLines({ number: 3, result }, conversations);
    expect(result.comparisons).toHaveLength(2);
    expect(lines.generatorKto.map(({ prompt }) => prompt)).toEqual([gate.shown("generator 1")]);
    expect(lines.reviewerKto.map(({ prompt }) => prompt)).toEqual([gate.shown("reviewer 0")]);
  });
});
