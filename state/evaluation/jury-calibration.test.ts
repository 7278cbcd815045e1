import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calibratedVerdict, evenJury, type JuryCalibration } from "./jury-calibration.ts";
import { sidesSwapped, type Vote, type Winner } from "../verdict.ts";

function vote(agent: string, margin: number, changes: Partial<Vote> = {}): Vote {
  const winner: Winner = margin === 0 ? "tie" : margin > 0 ? "a" : "b";
  const scores = { a: 5 + margin / 2, b: 5 - margin / 2 };
  return { agent, model: "test:model", winner, scores, parsed: true, ...changes };
}

const jury: JuryCalibration = {
  jurors: [
    { name: "steady", scale: 2, weight: 3 },
    { name: "shaky", scale: 4, weight: 0.5 },
  ],
  tieWeight: 1,
};

describe("a calibrated verdict", () => {
  it("goes by weights and margins in each juror's own scale", () => {
    expect(calibratedVerdict([vote("steady", 1), vote("shaky", -8)], jury)?.winner).toBe("a");
    expect(calibratedVerdict([vote("steady", 0.5), vote("shaky", -8)], jury)?.winner).toBe("b");
  });

  it("clips margins, so that one of a hundred scales counts as one of two", () => {
    const [hundred, two] = [200, 4].map((margin) =>
      calibratedVerdict([vote("steady", -1.2), vote("shaky", margin)], jury),
    );
    expect(hundred).toEqual(calibratedVerdict([vote("steady", -1.2), vote("shaky", 8)], jury));
    expect(two?.winner).toBe("b");
  });

  it("takes unread votes for missing, and not for ties", () => {
    const unread = vote("steady", 0, { winner: "tie", scores: null, parsed: false });
    expect(calibratedVerdict([unread, vote("shaky", 1)], jury)?.winner).toBe("a");
    expect(calibratedVerdict([vote("steady", 0), vote("shaky", 1)], jury)?.winner).toBe("tie");
    expect(calibratedVerdict([unread], jury)).toBeNull();
  });

  it("leaves a tie without votes without confidence", () => {
    const flip = [vote("steady", 2), vote("steady", -2, { part: "swapped" })];
    expect(calibratedVerdict(flip, jury)).toEqual({ winner: "tie", confidence: 0 });
  });

  it("counts votes alike where nothing is known", () => {
    const votes = [vote("one", 1), vote("two", 9), vote("three", -9)];
    expect(calibratedVerdict(votes, evenJury(["one", "two", "three"]))?.winner).toBe("a");
  });

  const margins = fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 3, maxLength: 3 });
  const weights = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), {
    minLength: 3,
    maxLength: 3,
  });

  it("is the other side for the pair the other way round, and as sure", () => {
    fc.assert(
      fc.property(margins, weights, (given, weighing) => {
        const names = ["one", "two", "three"];
        const votes = names.map((name, at) => vote(name, given[at] ?? 0));
        const jurors = names.map((name, at) => ({ name, scale: 10, weight: weighing[at] ?? 0 }));
        const calibration = { jurors, tieWeight: 0.7 };
        const verdict = calibratedVerdict(votes, calibration);
        const { votes: others } = sidesSwapped({ winner: "tie", scores: null, votes });
        const swapped = calibratedVerdict(others, calibration);
        const opposite = { a: "b", b: "a", tie: "tie" } as const;
        expect(swapped).toEqual({ ...verdict, winner: opposite[verdict?.winner ?? "tie"] });
        expect(verdict?.confidence).toBeGreaterThanOrEqual(0);
        expect(verdict?.confidence).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("does not depend on the unit in which a juror scores", () => {
    fc.assert(
      fc.property(margins, fc.constantFrom(0.125, 8, 1024), (given, unit) => {
        const names = ["one", "two", "three"];
        const verdictIn = (factor: number) =>
          calibratedVerdict(
            names.map((name, at) => vote(name, (given[at] ?? 0) * (at === 0 ? factor : 1))),
            {
              jurors: names.map((name, at) => ({
                name,
                scale: at === 0 ? 16 * factor : 16,
                weight: 1,
              })),
              tieWeight: 1,
            },
          );
        expect(verdictIn(unit)).toEqual(verdictIn(1));
      }),
    );
  });
});
