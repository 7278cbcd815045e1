import { describe, expect, it } from "vitest";
import { asked, judgeOn, juryOn } from "../tests/graphs-on-gate.ts";
import { createRecordingGate, type Answer } from "../tests/recording-gate.ts";
import { down, scores } from "../tests/written-answers.ts";
import { createCascade } from "./cascade.ts";

/** A judge, then two jurors, on answers by agent. */
async function judged(script: Readonly<Record<string, Answer>>, marginAtMost = 2) {
  const gate = createRecordingGate(script);
  const steps = [
    { name: "judge", graph: judgeOn(gate) },
    { name: "jury", graph: juryOn(gate, ["oak", "elm"]), marginAtMost },
  ];
  const { verdict, transcript } = await createCascade({ steps }).invoke({
    ...asked,
    part: "round-2",
  });
  return { verdict, transcript, addresses: gate.addresses() };
}

const jurors = { oak: scores(3, 8), elm: scores(4, 8) };

describe("a cascade", () => {
  it("asks no further step where the first is sure", async () => {
    const { verdict, addresses, transcript } = await judged({ judge: scores(8, 5) });
    expect(verdict).toMatchObject({ winner: "a", scores: { a: 8, b: 5 } });
    expect(verdict?.steps).toEqual([{ step: 1, winner: "a", scores: { a: 8, b: 5 } }]);
    expect(addresses).toEqual(["judge round-2 0"]);
    expect(transcript).toHaveLength(1);
  });

  it.each([
    ["scores as close as the margin", scores(8, 6)],
    ["scores of one digit behind the point", scores(5.3, 3.3)],
    ["a tie", scores(6, 6)],
    ["a verdict that can't be read", "Both are fine."],
    ["a step without an answer", down],
  ])("goes on after %s", async (_, judge) => {
    const { verdict, addresses, transcript } = await judged({ judge, ...jurors });
    expect(verdict).toMatchObject({ winner: "b", scores: { a: 3.5, b: 8 } });
    expect(verdict?.failure).toBeUndefined();
    expect(verdict?.steps).toHaveLength(2);
    expect(verdict?.votes.map(({ agent }) => agent)).toEqual(["judge", "oak", "elm"]);
    expect(addresses.toSorted()).toEqual(["elm round-2 0", "judge round-2 0", "oak round-2 0"]);
    expect(transcript).toHaveLength(3);
  });

  it("fails where the step that was to decide has no answer", async () => {
    const { verdict } = await judged({ judge: scores(6, 6), oak: down, elm: down });
    expect(verdict).toMatchObject({ winner: "none", failure: { reason: "provider_error" } });
  });

  it("goes on where the scores speak against the winner", async () => {
    const gate = createRecordingGate({
      one: scores(6, 5),
      two: scores(6, 5),
      three: scores(1, 9),
      judge: scores(2, 9),
    });
    const steps = [
      { name: "jury", graph: juryOn(gate, ["one", "two", "three"]) },
      { name: "judge", graph: judgeOn(gate), marginAtMost: 0 },
    ];
    const { verdict } = await createCascade({ steps }).invoke(asked);
    expect(verdict?.steps?.map(({ winner }) => winner)).toEqual(["a", "b"]);
  });

  it("is of any depth", async () => {
    const gate = createRecordingGate({ judge: scores(6, 5), oak: scores(6, 6), elm: scores(3, 4) });
    const steps = [
      { name: "judge", graph: judgeOn(gate) },
      { name: "jury", graph: juryOn(gate, ["oak"]), marginAtMost: 1 },
      { name: "jury", graph: juryOn(gate, ["elm"]), marginAtMost: 0 },
    ];
    const { verdict } = await createCascade({ steps }).invoke(asked);
    expect(verdict).toMatchObject({ winner: "b", scores: { a: 3, b: 4 } });
    expect(gate.addresses()).toEqual(["judge 0", "oak 0", "elm 0"]);
  });
});
