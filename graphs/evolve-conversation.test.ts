import { describe, expect, it } from "vitest";
import { countTokens } from "../models/cost/count-tokens.ts";
import type { Message } from "../state/message.ts";
import { createRecordingGate } from "../tests/recording-gate.ts";
import { evolveOn } from "../tests/evolution-on-gate.ts";
import {
  better,
  iteration,
  runRecorded,
  verdict,
  worse,
  type Recording,
} from "../tests/recorded-evolution.ts";

/** A conversation of so many exchanges. */
function exchanges(count: number, first: readonly Message[] = []): Message[] {
  const turns = Array.from({ length: count }, (_, index) => index + 1);
  return [
    ...first,
    ...turns.flatMap((turn): Message[] => [
      { role: "user", content: `question ${turn}` },
      { role: "assistant", content: `answer ${turn}` },
    ]),
  ];
}

const down = { outcome: "provider_error", detail: "the server is down" } as const;

/** Everybody's answers in the first iteration of turns that are improved once. */
function improving(...turns: readonly number[]): Recording {
  const parts = turns.map((turn) => (turn === 1 ? "" : `turn-${turn}`));
  return Object.assign(
    {},
    ...parts.map((part) => ({ ...iteration(1, part), ...verdict(1, ...better, part) })),
  ) as Recording;
}

const once = ["maxIterations=1"];

describe("a conversation", () => {
  it("has its answers improved one after another, each turn's calls under a part of its own", async () => {
    const { conversation, answers, addresses, transcript } = await runRecorded({
      conversation: exchanges(2),
      recording: improving(1, 2),
      sets: once,
    });
    expect(conversation.map(({ content }) => content)).toEqual([
      "question 1",
      "rewrite 1",
      "question 2",
      "rewrite 1 of turn-2",
    ]);
    expect(answers).toMatchObject([
      { turn: 1, before: "answer 1", after: "rewrite 1", rounds: 1 },
      { turn: 2, before: "answer 2", after: "rewrite 1 of turn-2", rounds: 1 },
    ]);
    expect(addresses).toEqual(Object.keys(improving(1, 2)).sort());
    expect(transcript).toHaveLength(16);
  });

  it("keeps an answer that fails and ends there, with the answers before it improved", async () => {
    const { conversation, answers, addresses } = await runRecorded({
      conversation: exchanges(3),
      recording: { ...improving(1), ...iteration(1, "turn-2"), "editor turn-2 0": down },
      sets: once,
    });
    expect(conversation.map(({ content }) => content)).toEqual([
      "question 1",
      "rewrite 1",
      "question 2",
      "answer 2",
      "question 3",
      "answer 3",
    ]);
    expect(answers).toMatchObject([
      { turn: 1, rounds: 1 },
      {
        turn: 2,
        before: "answer 2",
        after: "answer 2",
        rounds: 0,
        rewrites: [],
        endedEarly: { reason: "provider_error" },
      },
    ]);
    expect(answers).toHaveLength(2);
    expect(addresses.filter((address) => address.includes("turn-3"))).toEqual([]);
  });

  it("goes on after an answer that was kept, be it worse or not to be judged", async () => {
    for (const [plain, swapped] of [worse, ["Hm.", "Well."]] as const) {
      const { conversation, answers } = await runRecorded({
        conversation: exchanges(2),
        recording: { ...improving(2), ...iteration(1), ...verdict(1, plain, swapped) },
        sets: once,
      });
      expect(conversation.map(({ content }) => content)).toEqual([
        "question 1",
        "answer 1",
        "question 2",
        "rewrite 1 of turn-2",
      ]);
      expect(answers[0]?.endedEarly?.reason).toBe(plain === "Hm." ? "unparsed_verdict" : undefined);
      expect(answers[1]?.endedEarly).toBeUndefined();
    }
  });

  it("without an answer comes out as it is", async () => {
    const alone: Message[] = [{ role: "user", content: "Hello?" }];
    const { conversation, answers, transcript } = await runRecorded({
      conversation: alone,
      recording: {},
    });
    expect({ conversation, answers, transcript }).toEqual({
      conversation: alone,
      answers: [],
      transcript: [],
    });
  });

  it("is improved in as many answers as maxTurns says, however long they are", async () => {
    const { answers } = await runRecorded({
      conversation: exchanges(4),
      recording: improving(1, 2),
      sets: [...once, "conversation.maxTurns=2", "conversation.maxTokens=1"],
    });
    expect(answers.map(({ turn }) => turn)).toEqual([1, 2]);
  });

  it("is improved until it holds maxTokens tokens, the improved ones counted", async () => {
    const tokens = ["question 1", "rewrite 1", "question 2", "rewrite 1 of turn-2"].map(
      countTokens,
    );
    const twoTurns = tokens.reduce((sum, count) => sum + count, 0);
    for (const [maxTokens, turns] of [
      [1, [1]],
      [twoTurns, [1, 2]],
      [twoTurns + 1, [1, 2, 3]],
    ] as const) {
      const { answers } = await runRecorded({
        conversation: exchanges(3),
        recording: improving(1, 2, 3),
        sets: [...once, `conversation.maxTokens=${maxTokens}`],
      });
      expect(answers.map(({ turn }) => turn)).toEqual(turns);
    }
  });

  it("ends even where its messages hold no word", async () => {
    const silent = exchanges(40).map((message) => ({ ...message, content: "" }));
    const everyone = { positive: "+", critical: "-", advisor: "Write.", editor: "text" };
    const gate = createRecordingGate({ ...everyone, judge: "Assistant A" });
    const { answers } = await evolveOn(gate, { conversation: silent, maxTokens: 20 });
    // Of each exchange the question counts one token for a message, the answer one as well.
    expect(answers).toHaveLength(10);
  });
});

describe("the window", () => {
  const everyone = { positive: "+", critical: "-", advisor: "Say more.", editor: "rewrite" };

  async function requestOf(turn: number, window: number, conversation: readonly Message[]) {
    const gate = createRecordingGate({ ...everyone, judge: "Assistant B", "judge 0": "Equal" });
    await evolveOn(gate, { conversation, window, maxIterations: 1 });
    const part = turn === 1 ? "" : ` turn-${turn}`;
    const [, request] =
      /<<<request \w+>>>\n([^]*?)\n<<<end of request/.exec(gate.asked(`editor${part} 0`)) ?? [];
    return request?.split(/\n+/);
  }

  it("shows so many exchanges before the answer's own turn, as they are by now", async () => {
    const conversation = exchanges(4);
    expect(await requestOf(1, 2, conversation)).toEqual(["question 1"]);
    expect(await requestOf(4, 0, conversation)).toEqual(["question 4"]);
    expect(await requestOf(4, 1, conversation)).toEqual([
      "[user]",
      "question 3",
      "[assistant]",
      "answer 3",
      "[user]",
      "question 4",
    ]);
    expect(await requestOf(3, 2, conversation)).toHaveLength(10);
    expect(await requestOf(4, 2, conversation)).toHaveLength(10);
  });

  it("holds answers that were improved", async () => {
    const gate = createRecordingGate({
      ...everyone,
      judge: "Assistant B",
      "judge swapped": "Assistant A",
    });
    await evolveOn(gate, { conversation: exchanges(2), maxIterations: 1 });
    expect(gate.asked("positive turn-2 0")).toContain("[assistant]\nrewrite\n\n[user]\nquestion 2");
  });

  it("always holds what opens the conversation", async () => {
    const system: Message = { role: "system", content: "Be brief." };
    const conversation = exchanges(3, [system]);
    expect(await requestOf(3, 0, conversation)).toEqual([
      "[system]",
      "Be brief.",
      "[user]",
      "question 3",
    ]);
  });
});
