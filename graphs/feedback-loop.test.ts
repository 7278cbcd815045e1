import { describe, expect, it } from "vitest";
import {
  debateOn,
  juryOn,
  loopOn,
  question,
  runLoop,
  type LoopOnGate,
} from "../tests/graphs-on-gate.ts";
import { createRecordingGate, type Answer } from "../tests/recording-gate.ts";
import { cut, down, empty, filtered, review, scores, votes } from "../tests/written-answers.ts";

const row = { number: 1, id: "row-1" };

/** Four responses, reviews of 6/10, and a judge who always finds A better. */
const willing: Readonly<Record<string, Answer>> = {
  "generator 0": "first response",
  "generator 1": "second response",
  "generator 2": "third response",
  "generator 3": "fourth response",
  "generator 4": "fifth response",
  reviewer: review("Say more."),
  kind: review("Say it kindly."),
  strict: review("Say it exactly."),
  judge: scores(7, 5),
};

const run = (script: Readonly<Record<string, Answer>>, options: LoopOnGate = {}) =>
  runLoop({ ...willing, ...script }, options);

describe("a feedback loop", () => {
  it("answers, has it reviewed, revises and judges, round by round", async () => {
    const { gate, result } = await run({});
    expect(gate.addresses()).toEqual([
      "generator 0",
      "reviewer 0",
      "generator 1",
      "judge round-2 0",
      "reviewer 1",
      "generator 2",
      "judge round-3 0",
    ]);
    expect(result.responses).toEqual([
      { round: 1, text: "first response" },
      { round: 2, text: "second response" },
      { round: 3, text: "third response" },
    ]);
    expect(result.failure).toBeUndefined();
    expect(result.endedEarly).toBeUndefined();
  });

  it("asks two reviewers side by side about the same response", async () => {
    const { gate, result } = await run({}, { reviewers: ["kind", "strict"] });
    expect(gate.addresses()).toEqual([
      "generator 0",
      "kind 0",
      "strict 0",
      "generator 1",
      "judge round-2 0",
      "kind 1",
      "strict 1",
      "generator 2",
      "judge round-3 0",
    ]);
    expect(gate.asked("kind 1")).toContain("second response");
    expect(gate.asked("strict 1")).toContain("second response");
    expect(result.reviews.map(({ reviewer, round }) => `${reviewer} ${round}`)).toEqual([
      "kind 1",
      "strict 1",
      "kind 2",
      "strict 2",
    ]);
  });

  it("takes as many rounds as it is told, and a whole number of them", async () => {
    const generators = Array.from({ length: 12 }, (_, turn) => [`generator ${turn}`, `${turn}`]);
    const { result } = await run(Object.fromEntries(generators), { iterations: 12 });
    expect(result.responses).toHaveLength(12);
    for (const iterations of [0, 1.5, Number.NaN]) {
      await expect(run({}, { iterations })).rejects.toThrow(/iterations: .*whole number from 1/);
    }
  });

  it("does not review the last response, and neither reviews nor judges an only one", async () => {
    const { gate, result } = await run({}, { iterations: 1 });
    expect(gate.addresses()).toEqual(["generator 0"]);
    expect(result.responses).toHaveLength(1);
    expect(result.comparisons).toEqual([]);
    expect(result.best).toBe(0);
  });

  it("keeps in the transcript each call once, in the order they were made", async () => {
    const { gate, result } = await run({}, { reviewers: ["kind", "strict"], iterations: 4 });
    const told = result.transcript.map(({ agent, part, turn }) =>
      [agent, part, turn].filter((word) => word !== "").join(" "),
    );
    expect(told).toEqual(gate.addresses());
    expect(new Set(told).size).toBe(told.length);
  });

  it("takes the reviewers in the order of the topology, whatever their names", async () => {
    const { gate, result } = await run({}, { reviewers: ["strict", "kind"], iterations: 2 });
    expect(result.reviews.map(({ reviewer }) => reviewer)).toEqual(["strict", "kind"]);
    const feedback = gate.asked("generator 1");
    expect(feedback.indexOf("### Feedback of strict")).toBeLessThan(
      feedback.indexOf("### Feedback of kind"),
    );
  });

  it("waits for the slowest reviewer, and lets the others answer meanwhile", async () => {
    const finished: string[] = [];
    const gate = createRecordingGate(async ({ address: { agent, part, turn } }) => {
      if (agent === "strict") await new Promise((resolve) => setTimeout(resolve, 20));
      finished.push(agent);
      return willing[`${agent} ${turn}`] ?? willing[agent] ?? part;
    });
    const loop = loopOn(gate, { reviewers: ["kind", "strict"], iterations: 2 });
    await loop.invoke({ row, prompt: [...question] });
    expect(finished).toEqual(["generator", "kind", "strict", "generator", "judge"]);
    expect(gate.asked("generator 1")).toContain("Say it exactly.");
  });
});

describe("the choice of the best", () => {
  const sidesOf = (gate: ReturnType<typeof createRecordingGate>, round: number) => {
    const shown = gate.asked(`judge round-${round} 0`);
    const [, a, b] =
      /Assistant A \w+>>>\n(.*?)\n<<<[^]*?Assistant B \w+>>>\n(.*?)\n<<</.exec(shown) ?? [];
    return [a, b];
  };

  it("shows the incumbent as A in round 2, as B in round 3, and so on in turn", async () => {
    // The judge finds A better: the incumbent stays in rounds 2 and 4, the challenger comes in 3
    // and 5.
    const { gate, result } = await run({}, { iterations: 5 });
    expect(sidesOf(gate, 2)).toEqual(["first response", "second response"]);
    expect(sidesOf(gate, 3)).toEqual(["third response", "first response"]);
    expect(sidesOf(gate, 4)).toEqual(["third response", "fourth response"]);
    expect(sidesOf(gate, 5)).toEqual(["fifth response", "third response"]);
    expect(result.comparisons.map(({ incumbentIs, won }) => [incumbentIs, won])).toEqual([
      ["a", 0],
      ["b", 2],
      ["a", 2],
      ["b", 4],
    ]);
    expect(result.best).toBe(4);
  });

  const verdicts = { a: scores(8, 4), b: scores(4, 8), tie: scores(6, 6) } as const;
  it.each([
    // [round 2, round 3, won in 2, won in 3, best]; in round 2 A is the first response, in round 3
    // the third
    ["a", "a", 0, 2, 2],
    ["a", "b", 0, 0, 0],
    ["a", "tie", 0, null, 2],
    ["b", "a", 1, 2, 2],
    ["b", "b", 1, 1, 1],
    ["b", "tie", 1, null, 2],
    ["tie", "a", null, 2, 2],
    ["tie", "b", null, 1, 1],
    ["tie", "tie", null, null, 2],
  ] as const)(
    "after %s in round 2 and %s in round 3 knows winner and best",
    async (second, third, wonInSecond, wonInThird, best) => {
      const { gate, result } = await run({
        "judge round-2": verdicts[second],
        "judge round-3": verdicts[third],
      });
      expect(result.comparisons.map(({ won }) => won)).toEqual([wonInSecond, wonInThird]);
      expect(result.best).toBe(best);
      const incumbent = second === "a" ? "first response" : "second response";
      expect(sidesOf(gate, 3)).toEqual(["third response", incumbent]);
    },
  );

  it("revises the latest response, also when an earlier one is the best so far", async () => {
    const { gate } = await run({ "judge round-2": verdicts.a });
    expect(gate.asked("reviewer 1")).toContain("second response");
    expect(gate.shown("generator 2").map(({ content }) => content)).toContain("second response");
  });

  it("keeps the incumbent where the verdict stays unreadable and onUnparsed says fail", async () => {
    const gate = createRecordingGate({
      ...willing,
      "judge round-2": "Hard to say.",
      judge: verdicts.tie,
    });
    const evaluator = juryOn(gate, ["judge"], { onUnparsed: "fail" });
    const loop = loopOn(gate, { evaluator, iterations: 2 });
    const result = await loop.invoke({ row, prompt: [...question] });
    expect(result.best).toBe(0);
    expect(result.comparisons).toMatchObject([{ won: null, verdict: { winner: "none" } }]);
    expect(result.failure).toBeUndefined();
  });

  it("fails the row with the reason where the evaluator cannot be asked", async () => {
    const { gate, result } = await run({ "judge round-2": down });
    expect(result.failure).toEqual({
      reason: "provider_error",
      detail: "judge: the server is down",
    });
    expect(result.comparisons).toEqual([]);
    expect(result.responses).toHaveLength(2);
    expect(gate.addresses().at(-1)).toBe("judge round-2 0");
  });
});

describe("the end of a loop by score", () => {
  const stopped = async (script: Readonly<Record<string, Answer>>, reviewers = ["reviewer"]) => {
    const { result } = await run(script, { stopScore: 9, reviewers });
    return { rounds: result.responses.length, endedEarly: result.endedEarly };
  };

  it("comes when the reviewer's score is at the bound or above it, and is an ordinary end", async () => {
    expect(await stopped({ reviewer: review("Fine.", 9) })).toEqual({ rounds: 1 });
    expect(await stopped({ reviewer: review("Fine.", 9.5) })).toEqual({ rounds: 1 });
  });

  it("does not come below the bound, nor where the score is missing", async () => {
    expect(await stopped({ reviewer: review("Fine.", 8.9) })).toEqual({ rounds: 3 });
    expect(await stopped({ reviewer: review("Fine.", null) })).toEqual({ rounds: 3 });
  });

  it("comes in the round in which the score is reached, after that round was judged", async () => {
    const { gate, result } = await run({ "reviewer 1": review("Fine.", 10) }, { stopScore: 9 });
    expect(gate.addresses().slice(-2)).toEqual(["judge round-2 0", "reviewer 1"]);
    expect(result.responses).toHaveLength(2);
    expect(result.comparisons).toHaveLength(1);
  });

  it("needs every reviewer's score", async () => {
    const both = ["kind", "strict"];
    const kind = review("Fine.", 9.5);
    expect((await stopped({ kind, strict: review("No.", 8) }, both)).rounds).toBe(3);
    expect((await stopped({ kind, strict: down }, both)).rounds).toBe(3);
    expect((await stopped({ kind, strict: review("Fine.", 9) }, both)).rounds).toBe(1);
  });
});

describe("a reviewer that fails", () => {
  it.each([
    ["is cut at its length", cut],
    ["is filtered", filtered],
    ["is empty", empty],
    ["cannot be reached", down],
  ])(
    "is left out of its round when its answer %s, and comes back in the next",
    async (_, failed) => {
      const { gate, result } = await run({ "strict 0": failed }, { reviewers: ["kind", "strict"] });
      expect(gate.asked("generator 1")).toContain("Say it kindly.");
      expect(gate.asked("generator 1")).not.toContain("strict");
      expect(gate.asked("generator 2")).toContain("### Feedback of strict");
      expect(result.reviews.map(({ reviewer, round }) => `${reviewer} ${round}`)).toEqual([
        "kind 1",
        "kind 2",
        "strict 2",
      ]);
      expect(result.transcript.find(({ agent }) => agent === "strict")?.outcome).toBe(
        (failed as { outcome: string }).outcome,
      );
      expect(result.endedEarly).toBeUndefined();
    },
  );

  it("ends the loop with what it has where no other is left", async () => {
    const { result } = await run({ "reviewer 1": empty });
    expect(result.endedEarly).toEqual({
      reason: "no_review",
      detail: "no reviewer answered in round 2",
    });
    expect(result.responses).toHaveLength(2);
    expect(result.comparisons).toHaveLength(1);
    expect(result.failure).toBeUndefined();
  });
});

describe("a generator that fails", () => {
  it("fails the row in round 1", async () => {
    const { gate, result } = await run({ "generator 0": filtered });
    expect(result.failure).toEqual({
      reason: "filtered",
      detail: "generator, round 1: filtered",
    });
    expect(result.responses).toEqual([]);
    expect(gate.addresses()).toEqual(["generator 0"]);
    expect(result.transcript).toHaveLength(1);
  });

  it.each([
    [2, 1],
    [3, 2],
  ])("ends the loop in round %i with the %i responses it has, judged", async (round, kept) => {
    const { result } = await run({ [`generator ${round - 1}`]: cut });
    expect(result.failure).toBeUndefined();
    expect(result.endedEarly?.reason).toBe("cut_at_length");
    expect(result.endedEarly?.detail).toContain(`generator, round ${round}`);
    expect(result.responses).toHaveLength(kept);
    expect(result.comparisons).toHaveLength(kept - 1);
  });
});

describe("a loop with another evaluator", () => {
  it("has every contest judged by a jury, in the part of its round", async () => {
    const gate = createRecordingGate({
      ...willing,
      one: scores(8, 4),
      two: scores(3, 9),
      three: scores(3, 9),
    });
    const evaluator = juryOn(gate, ["one", "two", "three"]);
    const result = await loopOn(gate, { evaluator }).invoke({ row, prompt: [...question] });
    const jurors = gate.addresses().filter((address) => address.includes("round"));
    expect(jurors.slice(0, 3).sort()).toEqual([
      "one round-2 0",
      "three round-2 0",
      "two round-2 0",
    ]);
    expect(jurors.slice(3).sort()).toEqual(["one round-3 0", "three round-3 0", "two round-3 0"]);
    expect(result.comparisons.map(({ won }) => won)).toEqual([1, 1]);
    expect(result.comparisons[0]?.verdict.votes).toMatchObject([
      { agent: "one", part: "round-2", winner: "a" },
      { agent: "two", part: "round-2", winner: "b" },
      { agent: "three", part: "round-2", winner: "b" },
    ]);
  });

  it("holds a new debate in every contest, of which none hears the one before", async () => {
    const talk: Readonly<Record<string, Answer>> = {
      "pro round-2 0": "A has it.",
      "con round-2 0": "B has it.",
      "pro round-3 0": "A once more.",
      "con round-3 0": "B once more.",
      pro: votes(7, 5),
      con: votes(6, 5),
    };
    const gate = createRecordingGate({ ...willing, ...talk });
    const evaluator = debateOn(gate, ["pro", "con"], { rounds: 1 });
    const result = await loopOn(gate, { evaluator }).invoke(
      { row, prompt: [...question] },
      { recursionLimit: 60 },
    );
    expect(gate.addresses().filter((address) => address.includes("round-3"))).toEqual([
      "pro round-3 0",
      "con round-3 0",
      "con round-3 1",
      "pro round-3 1",
    ]);
    expect(gate.asked("pro round-3 0")).not.toContain("A has it.");
    expect(result.comparisons.map(({ won }) => won)).toEqual([0, 2]);
  });
});
