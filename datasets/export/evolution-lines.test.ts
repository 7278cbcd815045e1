import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { EvolvedAnswer, Rewrite } from "../../state/generation/evolved-answer.ts";
import type { Message } from "../../state/message.ts";
import type { EvolutionResult } from "../../state/row-result.ts";
import type { Verdict } from "../../state/verdict.ts";
import { evolutionDpoLines } from "./improved-pairs.ts";
import { answersOf, evolutionRowLine, evolvedRow } from "./evolution-lines.ts";
import { DpoLine } from "./preference-lines.ts";

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });
const system = (content: string): Message => ({ role: "system", content });

function rewrite(iteration: number, text: string, accepted: boolean): Rewrite {
  const verdict: Verdict = {
    winner: accepted ? "b" : "a",
    scores: null,
    votes: [],
    flipped: false,
  };
  return { iteration, suggestions: ["Say more."], text, accepted, verdict };
}

function answer(turn: number, before: string, ...rewrites: Rewrite[]): EvolvedAnswer {
  const accepted = rewrites.filter((one) => one.accepted);
  return {
    turn,
    before,
    after: accepted.at(-1)?.text ?? before,
    rounds: accepted.length,
    rewrites,
    unparsed: 0,
    flips: 0,
  };
}

const call: CallRecord = {
  agent: "positive",
  part: "",
  turn: 0,
  model: "replay:x",
  outcome: "answered",
  content: "Good.",
  finish: "stop",
  tokens: null,
};

/**
 * A conversation of three answers of which the first was improved twice, the second once, the third
 * never taken up.
 */
const given = ["one", "two", "three"];
const result: EvolutionResult = {
  id: "x",
  input: {
    conversations: [
      { from: "system", value: "Count." },
      ...given.flatMap((value) => [
        { from: "human", value: "Next?" },
        { from: "gpt", value },
      ]),
    ],
  },
  shape: "sharegpt",
  conversation: [
    system("Count."),
    user("Next?"),
    assistant("One!"),
    user("Next?"),
    assistant("Two."),
    user("Next?"),
    assistant("three"),
  ],
  answers: [
    answer(1, "one", rewrite(1, "One", true), rewrite(2, "One!", true), rewrite(3, "1", false)),
    answer(2, "two", rewrite(1, "Two.", true)),
  ],
  transcript: [call],
};

describe("evolutionDpoLines", () => {
  it("pairs each improved answer with what it was, after the conversation as the editor met it", () => {
    const lines = evolutionDpoLines({ number: 4, result }, "editor");
    expect(lines).toEqual([
      {
        id: "x",
        prompt: [system("Count."), user("Next?")],
        chosen: [assistant("One!")],
        rejected: [assistant("one")],
        source: { row: 4, turn: 1, round: 2, chosen_agent: "editor" },
      },
      {
        id: "x",
        prompt: [system("Count."), user("Next?"), assistant("One!"), user("Next?")],
        chosen: [assistant("Two.")],
        rejected: [assistant("two")],
        source: { row: 4, turn: 2, round: 1, chosen_agent: "editor" },
      },
    ]);
    for (const line of lines) expect(DpoLine.parse(line)).toEqual(line);
  });

  it("makes no pair of an answer that was kept, or of equal texts", () => {
    const answers = [
      answer(1, "one", rewrite(1, "1", false)),
      answer(2, "two", rewrite(1, "2", true), rewrite(2, "two", true)),
    ];
    expect(evolutionDpoLines({ number: 4, result: { ...result, answers } }, "editor")).toEqual([]);
  });
});

describe("answersOf", () => {
  it("tells every answer as it was and as it is", () => {
    expect(answersOf(result)).toEqual([
      ["one", "One!"],
      ["two", "Two."],
      ["three", "three"],
    ]);
  });
});

describe("evolutionRowLine", () => {
  it("holds the row, its accepted rewrites, every response, every verdict and the whole transcript", () => {
    const line = evolutionRowLine({ number: 4, result });
    expect(line).toMatchObject({ id: "x", row: 4, input: result.input, rounds: 3 });
    expect(line.responses.map(({ turn, round, text }) => [turn, round, text])).toEqual([
      [1, 0, "one"],
      [1, 1, "One"],
      [1, 2, "One!"],
      [1, 3, "1"],
      [2, 0, "two"],
      [2, 1, "Two."],
    ]);
    expect(line.responses[3]).toMatchObject({ accepted: false, suggestions: ["Say more."] });
    expect(line.verdicts.map(({ turn, round, winner }) => [turn, round, winner])).toEqual([
      [1, 1, "b"],
      [1, 2, "b"],
      [1, 3, "a"],
      [2, 1, "b"],
    ]);
    expect(line.transcript).toEqual([call]);
    expect(line).not.toHaveProperty("endedEarly");
  });

  it("says which answer ended before its time, and why", () => {
    const endedEarly = { reason: "refused", detail: "no" };
    const answers = [...result.answers.slice(0, 1), { ...answer(2, "two"), endedEarly }];
    const line = evolutionRowLine({ number: 4, result: { ...result, answers } });
    expect(line.answers).toEqual([
      { turn: 1, rounds: 2 },
      { turn: 2, rounds: 0, endedEarly },
    ]);
    expect(line).toMatchObject({ rounds: 2, endedEarly });
  });
});

describe("evolvedRow", () => {
  it("is the record with its improved answers", () => {
    expect(evolvedRow(result)?.value).toEqual({
      conversations: [
        { from: "system", value: "Count." },
        ...["One!", "Two.", "three"].flatMap((value) => [
          { from: "human", value: "Next?" },
          { from: "gpt", value },
        ]),
      ],
    });
  });

  it("is the row as it was given where the row failed, or could never be used", () => {
    const failure = { reason: "not_recorded", detail: "turn 3" };
    expect(evolvedRow({ ...result, failure })).toEqual({ value: result.input });
    expect(evolvedRow({ ...result, shape: null, input: 5, failure })).toEqual({ value: 5 });
    expect(evolvedRow({ ...result, shape: null, input: null, failure })).toEqual({ value: null });
  });

  it("is nothing where the row could not be read", () => {
    const failure = { reason: "bad_input", detail: "line 3: no JSON" };
    expect(evolvedRow({ ...result, shape: null, input: undefined, failure })).toBeNull();
  });
});

describe("the answer of a chain", () => {
  const tied = (iteration: number, text: string): Rewrite => ({
    ...rewrite(iteration, text, true),
    verdict: { winner: "tie", scores: null, votes: [] },
    agent: "generator",
  });
  const pairsOf = (...rewrites: Rewrite[]) => {
    const row = { ...result, answers: [answer(1, "before", ...rewrites)] };
    return evolutionDpoLines({ number: 1, result: row }, "nobody");
  };

  it("that only ties led to makes no pair", () => {
    expect(pairsOf(tied(1, "as good"), tied(2, "as good too"))).toEqual([]);
  });

  it("that was better once makes one, of the writer who came last", () => {
    const editor = { ...rewrite(2, "better", true), agent: "editor" };
    const [pair] = pairsOf(tied(1, "as good"), editor, tied(3, "as good as that"));
    expect(pair?.source).toMatchObject({ chosen_agent: "generator", round: 3 });
    expect(pair?.chosen).toEqual([assistant("as good as that")]);
    expect(pair?.rejected).toEqual([assistant("before")]);
  });

  it("shows who wrote each rewrite, and how revisions of one round stood against each other", () => {
    const verdict: Verdict = { winner: "a", scores: null, votes: [] };
    const lost = {
      ...rewrite(2, "the other", false),
      verdict: null,
      agent: "generator",
      siblings: [{ against: 1, verdict }],
    };
    const answers = [answer(1, "before", tied(1, "one"), lost)];
    const { responses, verdicts } = evolutionRowLine({ number: 1, result: { ...result, answers } });
    expect(responses.slice(1)).toMatchObject([{ agent: "generator" }, { accepted: false }]);
    expect(verdicts).toMatchObject([
      { round: 1, winner: "tie" },
      { round: 2, against: 1, winner: "a" },
    ]);
  });
});
