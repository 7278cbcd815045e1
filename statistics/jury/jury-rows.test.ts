import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { marginOfJuror } from "../../state/evaluation/jury-calibration.ts";
import type { Vote } from "../../state/verdict.ts";
import { juryRowsOf } from "./jury-rows.ts";

const anyVote = fc
  .record({
    agent: fc.constantFrom("one", "two", "a stranger"),
    part: fc.constantFrom(undefined, "swapped", "round-2", "round-2.swapped"),
    winner: fc.constantFrom("a", "b", "tie", "none"),
    scores: fc.option(fc.record({ a: fc.double({ min: 0, max: 10 }), b: fc.constant(5) })),
    parsed: fc.boolean(),
  } as const)
  .map((vote): Vote => ({ ...vote, model: "sim:any" }));

const anyRow = fc.record({
  votes: fc.array(anyVote, { maxLength: 8 }),
  label: fc.constantFrom("a", "b", "tie", undefined),
  cluster: fc.constantFrom("p", "q", 3),
});

const names = ["one", "two"];

describe("rows of a jury", () => {
  it("hold what each juror's votes come to", () => {
    fc.assert(
      fc.property(fc.array(anyRow), (rows) => {
        const { size, jurors, verdict, clusters, clusterNumber } = juryRowsOf(rows, names);
        expect(size).toBe(rows.length);
        for (const [row, { votes, label, cluster }] of rows.entries()) {
          expect(verdict(row).label).toBe(label);
          expect(clusters[row]).toBe(clusterNumber(cluster));
          for (const { name, margins, reading } of jurors) {
            const said = marginOfJuror(votes, name);
            expect(margins[row]).toBe(said?.margin ?? Number.NaN);
            expect(reading(row).tie).toBe(said?.tie ?? 0);
          }
        }
      }),
    );
  });

  it("tell the side of each order, and whether a juror named both sides", () => {
    const vote = (winner: Vote["winner"], part?: string, parsed = true): Vote => {
      return { agent: "one", model: "sim:any", winner, scores: null, parsed, part };
    };
    const readingOf = (...votes: Vote[]) =>
      juryRowsOf([{ votes, cluster: 0 }], names).jurors[0]?.reading(0);
    expect(readingOf(vote("a"), vote("b", "swapped"))).toEqual({
      tie: 0,
      flipped: true,
      inOrder: "a",
      swapped: "b",
      side: null,
    });
    expect(readingOf(vote("tie"), vote("b", "swapped"))).toEqual({
      tie: 0.5,
      flipped: null,
      inOrder: null,
      swapped: "b",
      side: "b",
    });
    expect(readingOf(vote("a", undefined, false))).toEqual({
      tie: 0,
      flipped: null,
      inOrder: null,
      swapped: null,
      side: null,
    });
  });
});
