import { describe, expect, it } from "vitest";
import {
  better,
  equal,
  iteration,
  oneAnswer,
  runRecorded,
  verdict,
  worse,
} from "../../tests/recorded-evolution.ts";

/** The calls of one iteration, from 1, sorted. */
function callsOf(number: number, part = ""): string[] {
  return Object.keys({ ...iteration(number, part), ...verdict(number, "", "", part) });
}

const sorted = (...calls: string[][]) => calls.flat().sort();

describe("a recorded evolution of one answer", () => {
  it("takes a rewrite that is better, and ends where the next is not", async () => {
    const recording = {
      ...iteration(1),
      ...verdict(1, ...better),
      ...iteration(2),
      ...verdict(2, ...worse),
    };
    const { conversation, answers, addresses } = await runRecorded({ recording });
    expect(answers).toMatchObject([
      { turn: 1, before: "It scatters.", after: "rewrite 1", rounds: 1, unparsed: 0, flips: 0 },
    ]);
    expect(answers[0]?.endedEarly).toBeUndefined();
    expect(answers[0]?.rewrites.map(({ text, accepted }) => [text, accepted])).toEqual([
      ["rewrite 1", true],
      ["rewrite 2", false],
    ]);
    expect(answers[0]?.rewrites[0]?.suggestions).toEqual(["Say more 1.", "Give an example 1."]);
    expect(conversation.at(-1)).toEqual({ role: "assistant", content: "rewrite 1" });
    expect(addresses).toEqual(sorted(callsOf(1), callsOf(2)));
  });

  it("goes on to the limit and no further, with eight calls an iteration", async () => {
    const numbers = [1, 2, 3];
    const all = numbers.map((number) => ({ ...iteration(number), ...verdict(number, ...better) }));
    const { answers, addresses } = await runRecorded({ recording: Object.assign({}, ...all) });
    expect(answers).toMatchObject([{ after: "rewrite 3", rounds: 3 }]);
    expect(addresses).toEqual(sorted(...numbers.map((number) => callsOf(number))));
    expect(addresses).toHaveLength(24);
  });

  it.each([
    ["an equal rewrite", equal],
    ["a worse rewrite", worse],
    ["a rewrite better in one order and worse in the other", ["Assistant B", "Assistant B"]],
    ["a rewrite worse in one order and equal in the other", ["Assistant A", "Equal"]],
  ] as const)("keeps the response against %s", async (_, [plain, swapped]) => {
    const recording = { ...iteration(1), ...verdict(1, plain, swapped) };
    const { conversation, answers, addresses } = await runRecorded({ recording });
    expect(answers).toMatchObject([
      { before: "It scatters.", after: "It scatters.", rounds: 0, unparsed: 0 },
    ]);
    expect(answers[0]?.endedEarly).toBeUndefined();
    expect(answers[0]?.rewrites).toMatchObject([{ text: "rewrite 1", accepted: false }]);
    expect(conversation).toEqual(oneAnswer);
    expect(addresses).toEqual(sorted(callsOf(1)));
  });

  it("takes a rewrite that is better in one order and equal in the other", async () => {
    const recording = { ...iteration(1), ...verdict(1, "Equal", "Assistant A") };
    const { answers } = await runRecorded({ recording, sets: ["maxIterations=1"] });
    expect(answers).toMatchObject([{ after: "rewrite 1", rounds: 1, flips: 0 }]);
  });

  it("counts a flip between the two orders", async () => {
    const recording = { ...iteration(1), ...verdict(1, "Assistant A", "Assistant A") };
    const { answers } = await runRecorded({ recording });
    expect(answers).toMatchObject([{ rounds: 0, flips: 1 }]);
    expect(answers[0]?.rewrites[0]?.verdict).toMatchObject({ winner: "tie", flipped: true });
  });

  it.each([
    ["better", "Assistant B", "Hm.", 1],
    ["better, in the other order", "Hm.", "Assistant A", 1],
    ["worse", "Hm.", "Assistant B", 0],
    ["equal", "Equal", "Hm.", 0],
  ] as const)(
    "lets a reading stand alone where the other can't be read: %s",
    async (_, plain, swapped, rounds) => {
      const recording = { ...iteration(1), ...verdict(1, plain, swapped) };
      const { answers } = await runRecorded({ recording, sets: ["maxIterations=1"] });
      expect(answers).toMatchObject([{ rounds, unparsed: 1, flips: 0 }]);
      expect(answers[0]?.endedEarly).toBeUndefined();
    },
  );

  it("keeps the response it had and says why where neither reading can be read", async () => {
    const recording = {
      ...iteration(1),
      ...verdict(1, ...better),
      ...iteration(2),
      ...verdict(2, "Hm.", "Well."),
    };
    const { answers, addresses } = await runRecorded({ recording });
    expect(answers).toMatchObject([
      {
        after: "rewrite 1",
        rounds: 1,
        unparsed: 2,
        endedEarly: { reason: "unparsed_verdict" },
      },
    ]);
    expect(answers[0]?.rewrites).toHaveLength(2);
    expect(addresses).toEqual(sorted(callsOf(1), callsOf(2)));
  });

  it("asks for an unreadable verdict again where it may, and counts the turns on", async () => {
    const recording = {
      ...iteration(1),
      ...verdict(1, "Hm.", "Assistant A"),
      "judge 1": "Assistant B",
      ...iteration(2),
      "judge 2": "Assistant A",
      "judge swapped 1": "Assistant B",
    };
    const { answers, addresses } = await runRecorded({ recording, sets: ["reasks=1"] });
    expect(answers).toMatchObject([{ after: "rewrite 1", rounds: 1, unparsed: 0 }]);
    expect(addresses.filter((address) => address.startsWith("judge"))).toEqual([
      "judge 0",
      "judge 1",
      "judge 2",
      "judge swapped 0",
      "judge swapped 1",
    ]);
  });

  it("reads scores out of 10 and averages their margins", async () => {
    const scores = (a: string, b: string) =>
      `### Score Assistant A: ${a}/10\n### Score Assistant B: ${b}/10`;
    const judged = (plain: string, swapped: string) => ({
      recording: { ...iteration(1), "judge 0": plain, "judge swapped 0": swapped },
      sets: ["verdict=score", "maxIterations=1"],
    });
    // +2 for the rewrite in the one order and -1 in the other, then the other way round
    const won = await runRecorded(judged(scores("6", "8"), scores("7", "8")));
    expect(won.answers).toMatchObject([{ rounds: 1, flips: 1 }]);
    expect(won.answers[0]?.rewrites[0]?.verdict?.scores).toEqual({ a: 7, b: 7.5 });
    const lost = await runRecorded(judged(scores("8", "6"), scores("8", "7")));
    expect(lost.answers).toMatchObject([{ rounds: 0 }]);
    const alone = await runRecorded(judged("7 8\nBecause.", "X/10"));
    expect(alone.answers).toMatchObject([{ rounds: 1, unparsed: 1 }]);
  });
});

describe("a recorded evolution in which somebody fails", () => {
  const cut = { content: "half a", finish: "length" };
  const down = { outcome: "provider_error", detail: "the server is down" } as const;

  it("keeps the response where the editor fails or is cut", async () => {
    for (const [said, reason] of [
      [cut, "cut_at_length"],
      [down, "provider_error"],
    ] as const) {
      const recording = { ...iteration(1), "editor 0": said };
      const { conversation, answers, addresses } = await runRecorded({ recording });
      expect(answers).toMatchObject([{ after: "It scatters.", rounds: 0, rewrites: [] }]);
      expect(answers[0]?.endedEarly).toMatchObject({
        reason,
        detail: expect.stringContaining("editor, iteration 1"),
      });
      expect(conversation).toEqual(oneAnswer);
      expect(addresses).toEqual(sorted(Object.keys(iteration(1))));
    }
  });

  it("keeps the rewrites accepted before the editor failed", async () => {
    const recording = {
      ...iteration(1),
      ...verdict(1, ...better),
      ...iteration(2),
      "editor 1": down,
    };
    const { answers } = await runRecorded({ recording });
    expect(answers).toMatchObject([
      { after: "rewrite 1", rounds: 1, endedEarly: { reason: "provider_error" } },
    ]);
  });

  it("ends where the advisor fails or suggests nothing", async () => {
    for (const [said, reason] of [
      [down, "provider_error"],
      ["---\n\n", "no_suggestion"],
    ] as const) {
      const recording = { ...iteration(1), "advisor 0": said };
      const { answers, addresses } = await runRecorded({ recording });
      expect(answers).toMatchObject([{ rounds: 0, endedEarly: { reason } }]);
      expect(addresses).not.toContain("editor 0");
    }
  });

  it("goes on with one debater's position, without a review of it", async () => {
    const recording = { ...iteration(1), "positive 0": down, ...verdict(1, ...better) };
    const { answers, addresses } = await runRecorded({ recording, sets: ["maxIterations=1"] });
    expect(answers).toMatchObject([{ after: "rewrite 1", rounds: 1 }]);
    expect(answers[0]?.endedEarly).toBeUndefined();
    expect(addresses).toEqual(
      sorted(callsOf(1)).filter((call) => call !== "positive 1" && call !== "critical 1"),
    );
  });

  it("goes on without a cross-review that fails", async () => {
    const recording = { ...iteration(1), "critical 1": cut, ...verdict(1, ...better) };
    const { answers } = await runRecorded({ recording, sets: ["maxIterations=1"] });
    expect(answers).toMatchObject([{ after: "rewrite 1", rounds: 1 }]);
  });

  it("ends unasked where no debater said anything", async () => {
    const recording = { ...iteration(1), "positive 0": down, "critical 0": down };
    const { answers, addresses } = await runRecorded({ recording });
    expect(answers).toMatchObject([{ rounds: 0, endedEarly: { reason: "no_argument" } }]);
    expect(addresses).toEqual(["critical 0", "positive 0"]);
  });

  it("lets one order stand alone where the other's call is lost, and keeps the response without both", async () => {
    const one = { ...iteration(1), "judge 0": "Assistant B", "judge swapped 0": down };
    const { answers } = await runRecorded({ recording: one, sets: ["maxIterations=1"] });
    expect(answers).toMatchObject([{ rounds: 1, unparsed: 1 }]);
    const none = { ...iteration(1), "judge 0": down, "judge swapped 0": down };
    const lost = await runRecorded({ recording: none });
    expect(lost.answers).toMatchObject([
      { rounds: 0, rewrites: [{ accepted: false }], endedEarly: { reason: "provider_error" } },
    ]);
  });
});
