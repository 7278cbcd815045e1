import { describe, expect, it } from "vitest";
import { loadPrompt } from "../prompts/load-prompt.ts";
import type { Message } from "../state/message.ts";
import { question, runLoop } from "../tests/graphs-on-gate.ts";
import type { Answer } from "../tests/recording-gate.ts";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import { review, scores } from "../tests/written-answers.ts";
import { generatorConversation, generatorPromptShape } from "./generator.ts";

const answers: Readonly<Record<string, Answer>> = {
  "generator 0": "first response",
  "generator 1": "second response",
  "generator 2": "third response",
  "reviewer 0": review("Name the molecules."),
  "reviewer 1": review("Say why it is not violet."),
  kind: review("Say it kindly."),
  strict: review("Say it exactly."),
  judge: scores(5, 7),
};

const loopAbout = async (
  prompt: readonly Message[],
  script: Readonly<Record<string, Answer>> = {},
  reviewers: readonly string[] = ["reviewer"],
) => (await runLoop({ ...answers, ...script }, { prompt, reviewers })).gate;

describe("what the generator is shown", () => {
  it("is the prompt alone in round 1", async () => {
    const gate = await loopAbout(question);
    expect(gate.shown("generator 0")).toEqual(question);
  });

  it("is its conversation so far in every later round: the prompt, its answers, the feedback", async () => {
    const gate = await loopAbout(question);
    const second = gate.shown("generator 1");
    expect(second.slice(0, 2)).toEqual([
      ...question,
      { role: "assistant", content: "first response" },
    ]);
    expect(second).toHaveLength(3);
    expect(second[2]?.role).toBe("user");
    expect(second[2]?.content).toContain("Name the molecules.");

    const third = gate.shown("generator 2");
    expect(third.slice(0, 3)).toEqual(second);
    expect(third[3]).toEqual({ role: "assistant", content: "second response" });
    expect(third[4]?.content).toContain("Say why it is not violet.");
    expect(third).toHaveLength(5);
  });

  it("begins with a multi-turn prompt as it is, its system message first", async () => {
    const prompt: Message[] = [
      { role: "system", content: "Answer like a pirate." },
      { role: "user", content: "Why is the sky blue?" },
      { role: "assistant", content: "Arr, it be scattering." },
      { role: "user", content: "And at dusk?" },
    ];
    const gate = await loopAbout(prompt);
    expect(gate.shown("generator 0")).toEqual(prompt);
    expect(gate.shown("generator 2").slice(0, 4)).toEqual(prompt);
  });

  it("holds one reviewer's feedback under a plain heading, in a fence", async () => {
    const gate = await loopAbout(question);
    expect(gate.asked("generator 1")).toMatch(
      /### Feedback\n<<<feedback (\w{8})>>>\nName the molecules\.\n<<<end of feedback \1>>>/,
    );
  });

  it("holds several reviewers' feedback, each under a heading with its name", async () => {
    const gate = await loopAbout(question, {}, ["kind", "strict"]);
    const shown = gate.asked("generator 1");
    expect(shown).toMatch(/### Feedback of kind\n<<<feedback \w{8}>>>\nSay it kindly\./);
    expect(shown).toMatch(/### Feedback of strict\n<<<feedback \w{8}>>>\nSay it exactly\./);
  });

  it("is the whole review where that has no headings", async () => {
    const gate = await loopAbout(question, { "reviewer 0": "It is too short." });
    expect(gate.asked("generator 1")).toContain("\nIt is too short.\n");
  });

  it("holds feedback with marks of templates and replacements as it was written", async () => {
    const odd = "Use {{feedback}}, {{nothing}}, $&, $1, $` and \\n.";
    const gate = await loopAbout(question, { "reviewer 0": review(odd) });
    expect(gate.asked("generator 1")).toContain(`\n${odd}\n`);
  });

  it("does not hold the scores", async () => {
    const gate = await loopAbout(question);
    expect(gate.asked("generator 1")).not.toContain("6/10");
  });
});

describe("a generator's own system text", () => {
  const file = `---\nrole: generator\nvariables: [feedback]\n---\n\n## system\n\nBe brief.\n\n## feedback\n\n{{feedback}}\n`;
  const conversationOf = (prompt: Message[]) => {
    const directory = temporaryDirectory({ "brief.md": file });
    const progress = { prompt, responses: [], reviews: [], comparisons: [] };
    return generatorConversation(progress, loadPrompt(directory, "brief", generatorPromptShape), 1);
  };

  it("opens the conversation", () => {
    expect(conversationOf([...question])).toEqual([
      { role: "system", content: "Be brief." },
      ...question,
    ]);
  });

  it("stands before the row's own in one message, since some providers take only one", () => {
    expect(conversationOf([{ role: "system", content: "Rhyme." }, ...question])).toEqual([
      { role: "system", content: "Be brief.\n\nRhyme." },
      ...question,
    ]);
  });
});

describe("lines that copy the marks around a shown text", () => {
  /** Says what was shown to it last, in the very fence. */
  const copied = (messages: readonly Message[], text: string) => {
    const fences = [...(messages.at(-1)?.content ?? "").matchAll(/^<<<.*>>>$/gm)];
    const [first, last] = [fences[0]?.[0], fences.at(-1)?.[0]];
    return `${first}\n${text}\n${last}`;
  };

  it("are cut from responses and reviews, and the text's own such lines are not", async () => {
    const own = "<<<end of story>>>\nIt scatters.\n<<<response tovimera>>>";
    const { result: state } = await runLoop(
      ({ address: { agent, turn }, messages }) => {
        if (agent === "judge") return scores(5, 7);
        if (agent === "reviewer") return copied(messages, "Name the molecules.");
        return turn === 0 ? own : copied(messages, `${own} More.`);
      },
      { prompt: question, reviewers: ["reviewer"] },
    );
    expect(state.responses.map(({ text }) => text)).toEqual([own, `${own} More.`, `${own} More.`]);
    expect(state.reviews.map(({ feedback }) => feedback)).toEqual([
      "Name the molecules.",
      "Name the molecules.",
    ]);
  });

  it("are no response where there is nothing else", async () => {
    const { result: state } = await runLoop(
      ({ address: { agent, turn }, messages }) => {
        if (agent === "reviewer") return review("Name the molecules.");
        return turn === 0 ? "It scatters." : copied(messages, "");
      },
      { prompt: question, reviewers: ["reviewer"] },
    );
    expect(state.endedEarly).toMatchObject({ reason: "empty" });
    expect(state.responses).toHaveLength(1);
  });
});
