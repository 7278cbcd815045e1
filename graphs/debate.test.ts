import { describe, expect, it } from "vitest";
import { asked, debateOn, type DebateOnGate } from "../tests/graphs-on-gate.ts";
import { createRecordingGate, type Answer } from "../tests/recording-gate.ts";
import { cut, down, votes } from "../tests/written-answers.ts";

/** Two debaters who talk twice, then vote: the third turn of each is its scores. */
const talk: Readonly<Record<string, Answer>> = {
  "pro 0": "A names the cause.",
  "con 0": "B is shorter.",
  "pro 1": "Shorter is not better.",
  "con 1": "I see your point.",
  "pro 2": votes(8, 4),
  "con 2": votes(6, 7),
};

async function debate(
  script: Readonly<Record<string, Answer>> = {},
  options: DebateOnGate & { part?: string } = {},
) {
  const gate = createRecordingGate({ ...talk, ...script });
  const { part = "", ...settings } = options;
  const graph = debateOn(gate, ["pro", "con"], settings);
  const { verdict, transcript } = await graph.invoke({ ...asked, part }, { recursionLimit: 60 });
  if (verdict === undefined) throw new Error("no verdict");
  return { gate, verdict, transcript };
}

describe("a debate", () => {
  it("lets each speak in turn, round by round, then asks each for its scores", async () => {
    const { gate, verdict, transcript } = await debate();
    expect(gate.addresses().slice(0, 4)).toEqual(["pro 0", "con 0", "pro 1", "con 1"]);
    expect(gate.addresses().slice(4).sort()).toEqual(["con 2", "pro 2"]);
    expect(transcript).toHaveLength(6);
    expect(verdict).toEqual({
      winner: "a",
      scores: { a: 7, b: 5.5 },
      votes: [
        { agent: "pro", model: "test:model", winner: "a", scores: { a: 8, b: 4 }, parsed: true },
        { agent: "con", model: "test:model", winner: "b", scores: { a: 6, b: 7 }, parsed: true },
      ],
    });
  });

  it("speaks in the order of the topology, whatever the names", async () => {
    const gate = createRecordingGate((call) => (call.address.turn < 1 ? "Hm." : votes(5, 5)));
    await debateOn(gate, ["zoe", "adam", "mia"], { rounds: 1 }).invoke(asked);
    expect(gate.addresses().slice(0, 3)).toEqual(["zoe 0", "adam 0", "mia 0"]);
  });

  it("lets everyone read all that was said before, each statement in a fence under its speaker", async () => {
    const { gate } = await debate();
    expect(gate.asked("pro 0")).toContain("Nobody has spoken yet.");
    expect(gate.asked("con 0")).toMatch(
      /pro, round 1:\n<<<statement (\w{8})>>>\nA names the cause\.\n<<<end of statement \1>>>/,
    );
    expect(gate.asked("con 0")).not.toContain("B is shorter.");
    expect(gate.asked("con 1")).toMatch(
      /pro, round 1:[^]*con, round 1:[^]*pro, round 2:\n<<<statement \w+>>>\nShorter is not better\./,
    );
    for (const name of ["pro", "con"]) {
      const shown = gate.asked(`${name} 2`);
      for (const said of ["A names", "B is shorter", "not better", "your point"]) {
        expect(shown).toContain(said);
      }
    }
  });

  it("tells each who it is, and shows both responses as Assistant 1 and 2", async () => {
    const { gate } = await debate();
    const [system, question, ...more] = gate.shown("pro 0");
    expect(system?.role).toBe("system");
    expect(system?.content).toContain("You are a professional critic of texts.");
    expect(question?.content).toMatch(
      /<<<response of Assistant 1 (\w{8})>>>\nIt scatters\.\n<<<end of response of Assistant 1 \1>>>\n\n<<<response of Assistant 2 \1>>>\nIt reflects\.\n/,
    );
    expect(more).toEqual([]);
  });

  it("puts its calls into the part it is given, and counts its own turns there", async () => {
    const script = Object.fromEntries(
      Object.entries(talk).map(([key, answer]) => [key.replace(" ", " round-2 "), answer]),
    );
    const { gate, verdict } = await debate(script, { part: "round-2" });
    expect(gate.addresses().slice(0, 2)).toEqual(["pro round-2 0", "con round-2 0"]);
    expect(verdict.votes.map(({ part }) => part)).toEqual(["round-2", "round-2"]);
  });

  it("may be held by one alone, over one round", async () => {
    const gate = createRecordingGate({ "solo 0": "Hm.", "solo 1": votes(2, 3) });
    const { verdict } = await debateOn(gate, ["solo"], { rounds: 1 }).invoke(asked);
    expect(gate.addresses()).toEqual(["solo 0", "solo 1"]);
    expect(verdict?.winner).toBe("b");
  });

  it("decides by the mean of the scores, or by most votes", async () => {
    const script = { "pro 2": votes(6, 5), "con 2": votes(2, 9) };
    expect((await debate(script, { aggregate: "mean" })).verdict.winner).toBe("b");
    expect((await debate(script, { aggregate: "plurality" })).verdict.winner).toBe("tie");
  });
});

describe("a debater who is silent", () => {
  it("stops no other debater: they don't hear it, and it still votes in its turn", async () => {
    const { gate, verdict } = await debate({ "pro 0": down });
    expect(gate.addresses().slice(0, 4)).toEqual(["pro 0", "con 0", "pro 1", "con 1"]);
    expect(gate.asked("con 0")).toContain("Nobody has spoken yet.");
    expect(gate.asked("pro 2")).not.toContain("pro, round 1");
    expect(gate.asked("pro 2")).toContain("pro, round 2");
    expect(verdict.votes.map(({ parsed }) => parsed)).toEqual([true, true]);
  });

  it("is not quoted with half a sentence", async () => {
    const { gate } = await debate({ "con 0": cut });
    expect(gate.asked("pro 1")).not.toContain("half an");
  });

  it("takes no part where its vote does not come", async () => {
    const { verdict } = await debate({ "pro 2": down });
    expect(verdict).toMatchObject({ winner: "b", scores: { a: 6, b: 7 } });
    expect(verdict.votes[0]).toMatchObject({ agent: "pro", winner: "none", parsed: false });
    expect(verdict.failure).toBeUndefined();
  });

  it("leaves the reason where all votes are missing", async () => {
    const { verdict } = await debate({ "pro 2": down, "con 2": down });
    expect(verdict).toMatchObject({ winner: "none", failure: { reason: "provider_error" } });
  });
});

describe("scores that cannot be read", () => {
  const unreadable = "I would not put a number on it.";

  it("are asked for again in the same conversation", async () => {
    const { gate, verdict } = await debate(
      { "pro 2": unreadable, "pro 3": votes(1, 9) },
      { reasks: 1 },
    );
    expect(gate.addresses()).toContain("pro 3");
    expect(gate.shown("pro 3").map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
    ]);
    expect(gate.asked("pro 3")).toContain("Score Assistant 1");
    expect(verdict).toMatchObject({ winner: "b", scores: { a: 3.5, b: 8 } });
  });

  it.each(["tie", "fail"] as const)(
    "leave their debater out of the verdict, whatever onUnparsed says (%s)",
    async (onUnparsed) => {
      for (const aggregate of ["mean", "plurality"] as const) {
        const script = { "pro 2": unreadable };
        const { verdict } = await debate(script, { aggregate, onUnparsed });
        expect(verdict).toMatchObject({ winner: "b", scores: { a: 6, b: 7 } });
        expect(verdict.votes[0]).toMatchObject({ winner: "none", scores: null, parsed: false });
      }
    },
  );

  it("of all debaters make the verdict what onUnparsed says", async () => {
    const script = { "pro 2": unreadable, "con 2": unreadable };
    expect((await debate(script, { onUnparsed: "tie" })).verdict).toMatchObject({
      winner: "tie",
      scores: null,
    });
    const none = await debate(script, { onUnparsed: "fail" });
    expect(none.verdict.winner).toBe("none");
    expect(none.verdict.failure).toBeUndefined();
  });
});
