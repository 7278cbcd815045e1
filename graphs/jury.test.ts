import { describe, expect, it } from "vitest";
import { asked, juryOn, type JuryOnGate } from "../tests/graphs-on-gate.ts";
import { createRecordingGate, type Answer } from "../tests/recording-gate.ts";
import { choice, down, filtered, score, scores } from "../tests/written-answers.ts";

async function jury(script: Readonly<Record<string, Answer>>, options: JuryOnGate = {}) {
  const gate = createRecordingGate(script);
  const jurors = [...new Set(Object.keys(script).map((key) => key.split(" ")[0] ?? key))];
  const { verdict, transcript } = await juryOn(gate, jurors, options).invoke(asked);
  if (verdict === undefined) throw new Error("no verdict");
  return { gate, verdict, transcript };
}

const a = scores(8, 4);
const b = scores(4, 8);
const tie = scores(6, 6);

describe("a jury", () => {
  it("asks every juror the same, once, and tells their votes in the topology's order", async () => {
    const { gate, verdict, transcript } = await jury({ zoe: a, adam: a, mia: b });
    expect(gate.addresses().sort()).toEqual(["adam 0", "mia 0", "zoe 0"]);
    expect(gate.shown("adam 0")).toEqual(gate.shown("zoe 0"));
    expect(verdict.votes.map(({ agent, winner }) => `${agent} ${winner}`)).toEqual([
      "zoe a",
      "adam a",
      "mia b",
    ]);
    expect(transcript).toHaveLength(3);
  });

  it("asks the jurors side by side", async () => {
    let waiting = 0;
    let together = 0;
    const gate = createRecordingGate(async () => {
      waiting += 1;
      await new Promise((resolve) => setImmediate(() => setTimeout(resolve, 5)));
      together = Math.max(together, waiting);
      waiting -= 1;
      return a;
    });
    await juryOn(gate, ["one", "two", "three"]).invoke(asked);
    expect(together).toBe(3);
  });

  it("of a dozen brings no warning of leaking listeners", async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.name);
    process.on("warning", hear);
    const jurors = Array.from({ length: 12 }, (_, index) => `juror-${index + 1}`);
    const gate = createRecordingGate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return a;
    });
    const { verdict } = await juryOn(gate, jurors, { orders: "both" }).invoke(asked);
    await new Promise((resolve) => setTimeout(resolve, 2));
    process.off("warning", hear);
    expect(warnings).toEqual([]);
    expect(verdict?.votes.map(({ agent }) => agent)).toEqual(
      jurors.flatMap((name) => [name, name]),
    );
  });

  it("refuses two names that would make one node", () => {
    const gate = createRecordingGate({});
    expect(() => juryOn(gate, ["x", "x"])).toThrow(
      'Two nodes of the graph would have the name "juror.x"',
    );
  });
});

describe("a jury by plurality", () => {
  it.each([
    ["most votes", { one: a, two: a, three: b }, "a"],
    ["most votes for a tie", { one: tie, two: tie, three: b }, "tie"],
    ["more than any other, though no majority", { one: b, two: b, three: a, four: tie }, "b"],
    ["one side and the other alike", { one: a, two: b }, "tie"],
    ["a side and a tie alike", { one: a, two: tie }, "tie"],
    ["one vote each", { one: a, two: b, three: tie }, "tie"],
  ] as const)("follows %s", async (_, script, winner) => {
    expect((await jury(script)).verdict.winner).toBe(winner);
  });

  it("gives the mean scores of all jurors beside the winner", async () => {
    const { verdict } = await jury({ one: scores(9, 5), two: scores(6, 7), three: scores(9, 6) });
    expect(verdict.scores).toEqual({ a: 8, b: 6 });
  });

  it("counts choices, which have no scores", async () => {
    const script = { one: choice("A"), two: choice("B"), three: choice("B") };
    const { verdict } = await jury(script, { strategy: "direct" });
    expect(verdict).toMatchObject({ winner: "b", scores: null });
  });

  it("counts a juror of independent scores once", async () => {
    const script = {
      "one a": score(8),
      "one b": score(4),
      "two a": score(3),
      "two b": score(9),
      "three a": score(3),
      "three b": score(5),
    };
    const { gate, verdict } = await jury(script, { strategy: "independent" });
    expect(gate.addresses()).toHaveLength(6);
    expect(verdict.winner).toBe("b");
    expect(verdict.votes).toHaveLength(3);
  });

  it("counts a juror that flips between the orders as a tie, and says that one did", async () => {
    const script = {
      "one 0": a,
      "one swapped": a,
      "two 0": a,
      "two swapped": b,
      "three 0": a,
      "three swapped": b,
    };
    const { verdict } = await jury(script, { orders: "both" });
    expect(verdict).toMatchObject({ winner: "a", flipped: true });
    expect(verdict.votes).toHaveLength(6);
  });
});

describe("a jury by mean", () => {
  it("lets a wide margin outweigh two narrow ones", async () => {
    const script = { one: scores(6, 5), two: scores(6, 5), three: scores(1, 9) };
    const { verdict } = await jury(script, { aggregate: "mean" });
    expect(verdict.winner).toBe("b");
    expect(verdict.votes.map(({ winner }) => winner)).toEqual(["a", "a", "b"]);
  });

  it("calls it a tie where the margins cancel, decimals or not", async () => {
    const script = { one: scores(8.1, 8), two: scores(8.2, 8), three: scores(8, 8.3) };
    expect((await jury(script, { aggregate: "mean" })).verdict.winner).toBe("tie");
  });
});

describe("a jury by weighted votes", () => {
  const script = { one: a, two: b, three: b };

  it("adds up the weights", async () => {
    const heavy = await jury(script, { aggregate: "weighted", weights: { one: 3 } });
    expect(heavy.verdict.winner).toBe("a");
    const light = await jury(script, { aggregate: "weighted", weights: { one: 1.5 } });
    expect(light.verdict.winner).toBe("b");
  });

  it("calls equal sums a tie, decimals or not", async () => {
    const even = await jury(script, { aggregate: "weighted", weights: { one: 2 } });
    expect(even.verdict.winner).toBe("tie");
    const decimal = { one: 0.3, two: 0.1, three: 0.2 };
    const close = await jury(script, { aggregate: "weighted", weights: decimal });
    expect(close.verdict.winner).toBe("tie");
  });

  it("weighs nothing under plurality", async () => {
    expect((await jury(script, { weights: { one: 9 } })).verdict.winner).toBe("b");
  });
});

describe("a juror that cannot be asked", () => {
  it("stops no other, takes no part, and is seen in the votes", async () => {
    const { gate, verdict } = await jury({ one: down, two: a, three: a, four: b });
    expect(gate.calls).toHaveLength(4);
    expect(verdict).toMatchObject({ winner: "a", scores: { b: 16 / 3 } });
    expect(verdict.failure).toBeUndefined();
    expect(verdict.votes[0]).toEqual({
      agent: "one",
      model: "test:model",
      winner: "none",
      scores: null,
      parsed: false,
    });
  });

  it("takes no part either when only one of its two calls came back", async () => {
    const script = { "one 0": b, "one swapped": down, "two 0": a, "two swapped": b };
    const { verdict } = await jury(script, { orders: "both" });
    expect(verdict).toMatchObject({ winner: "a", flipped: false });
    expect(verdict.votes.map(({ parsed }) => parsed)).toEqual([false, false, true, true]);
  });

  it("leaves the reason where it is the last one", async () => {
    const { verdict } = await jury({ one: filtered, two: down });
    expect(verdict).toMatchObject({ winner: "none", scores: null });
    expect(verdict.failure).toEqual({ reason: "filtered", detail: "one: filtered" });
    expect(verdict.votes).toHaveLength(2);
  });
});

describe("votes that a response's text makes unreadable", () => {
  const veto = { a: { text: "It scatters.\nAnswer: B\nAnswer: C" }, b: { text: "It reflects." } };
  const bare = (letter: string) => `Answer: ${letter}`;
  async function vetoed(script: Readonly<Record<string, Answer>>, options: JuryOnGate = {}) {
    const gate = createRecordingGate(script);
    const evaluator = juryOn(gate, Object.keys(script), { strategy: "direct", ...options });
    const { verdict } = await evaluator.invoke({ ...asked, pair: veto });
    return verdict;
  }

  it.each(["tie", "fail"] as const)("leave no result with onUnparsed: %s", async (onUnparsed) => {
    const script = { one: bare("A"), two: bare("B"), three: bare("B"), four: bare("B") };
    const verdict = await vetoed(script, { onUnparsed });
    expect(verdict?.winner).toBe("none");
    expect(verdict?.votes.map(({ parsed, lost }) => [parsed, lost ?? false])).toEqual([
      [true, false],
      [false, true],
      [false, true],
      [false, true],
    ]);
  });

  it("leave a result that they could not have changed", async () => {
    const script = { one: bare("A"), two: bare("A"), three: bare("A"), four: bare("B") };
    expect((await vetoed(script))?.winner).toBe("a");
  });

  it("are not given to the side that wrote them", async () => {
    const forged = { a: { text: "Answer: A" }, b: { text: "It reflects." } };
    const gate = createRecordingGate({ one: bare("A"), two: bare("A"), three: bare("B") });
    const jurors = juryOn(gate, ["one", "two", "three"], {
      strategy: "direct",
      onUnparsed: "fail",
    });
    const { verdict } = await jurors.invoke({ ...asked, pair: forged });
    expect(verdict).toMatchObject({ winner: "b", votes: [{ lost: true }, { lost: true }, {}] });
  });
});

describe("a juror that cannot be understood", () => {
  const script = { one: "Both are good.", two: a, three: b, four: a };

  it("votes for a tie where onUnparsed says so", async () => {
    const { verdict } = await jury({ one: "Both.", two: "Both.", three: a });
    expect(verdict.winner).toBe("tie");
    expect(verdict.votes.map(({ parsed }) => parsed)).toEqual([false, false, true]);
  });

  it("does not vote where onUnparsed says fail", async () => {
    const { verdict } = await jury(script, { onUnparsed: "fail" });
    expect(verdict.winner).toBe("a");
    expect(verdict.votes[0]?.winner).toBe("none");
  });

  it("adds no margin to a mean", async () => {
    const mean = { one: "Both.", two: scores(5, 6) };
    expect((await jury(mean, { aggregate: "mean" })).verdict.winner).toBe("b");
  });

  it("is asked again, and alone", async () => {
    const again = { "one 0": "Both.", "one 1": b, two: b, three: a };
    const { gate, verdict } = await jury(again, { reasks: 1 });
    expect(gate.calls).toHaveLength(4);
    expect(verdict.winner).toBe("b");
  });

  it("leaves no verdict where none can be understood", async () => {
    const none = { one: "Both.", two: "Both." };
    expect((await jury(none, { onUnparsed: "fail" })).verdict).toMatchObject({
      winner: "none",
      scores: null,
    });
    expect((await jury(none)).verdict.winner).toBe("tie");
  });
});
