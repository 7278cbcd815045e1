import fc from "fast-check";
import { atOnce } from "../state/in-slices.ts";
import { describe, expect, it } from "vitest";
import type { Vote, Winner } from "../state/verdict.ts";
import { flipRate } from "./bias/flip-rate.ts";
import { lengthBias } from "./bias/length-bias.ts";
import { createEvaluationRows, type EvaluatedRow } from "./evaluation-rows.ts";
import { winRateOfRows } from "./estimates/win-rate.ts";
import { measureAgreement, type Agreement } from "./measure-agreement.ts";

const winners = ["a", "b", "tie", "none"] as const satisfies readonly Winner[];
const labels = ["a", "b", "tie"] as const;

const vote = (winner: Winner, margin: number | null): Vote => ({
  agent: "judge",
  model: "openai:gpt-4o",
  winner,
  scores: margin === null ? null : { a: 5 + margin, b: 5 },
  parsed: winner !== "none",
});

const anyRow = fc
  .record({
    prompt: fc.option(fc.constantFrom("p", "q", "r", "s", "t", "u", "v"), { nil: undefined }),
    winner: fc.constantFrom(...winners),
    margin: fc.option(fc.integer({ min: -4, max: 4 })),
    label: fc.constantFrom(...labels),
    labels: fc.record({ ann: fc.constantFrom(...labels), bob: fc.constantFrom(...labels) }),
    flipped: fc.boolean(),
    a: fc.integer({ min: 0, max: 9 }),
    b: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ prompt, winner, margin, label, labels: named, flipped, a, b }): EvaluatedRow => ({
    prompt,
    winner,
    votes: [vote(winner, margin)],
    label,
    labels: named,
    flipped,
    lengths: { a, b },
    models: { a: null, b: null },
  }));

function collect(rows: readonly EvaluatedRow[]) {
  const collected = createEvaluationRows();
  for (const row of rows) collected.add(row);
  return collected;
}

/** Figures up to their rounding, for sums are taken in another order. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
    typeof inner === "number" ? Number(inner.toPrecision(9)) : inner,
  );
}

describe("createEvaluationRows", () => {
  it("keeps one row for all that are like it, prompt by prompt", () => {
    const row: EvaluatedRow = {
      winner: "a",
      votes: [vote("a", 2)],
      lengths: { a: 7, b: 3 },
      models: { a: "x", b: "y" },
    };
    const longer = { ...row, votes: [vote("a", 3)], lengths: { a: 90, b: 3 } };
    const lost: EvaluatedRow = { ...row, winner: "b" };
    const rows = [
      { ...row, prompt: "one" },
      { ...lost, prompt: "two" },
      { ...lost, prompt: "one" },
      { ...longer, prompt: "two" },
      row,
      longer,
    ];
    const kinds = atOnce(collect(rows).kinds());
    expect(kinds.map(({ kind, cluster, count }) => [kind.winner, cluster, count])).toEqual([
      ["a", 0, 2],
      ["b", 0, 2],
      ["a", 1, 2],
    ]);
  });

  it("gives back every row's label, margins and length difference", () => {
    fc.assert(
      fc.property(fc.array(anyRow), (rows) => {
        const collected = collect(rows);
        const marginsOf = ({ votes }: { votes: readonly Vote[] }) =>
          votes.map(({ scores }) => scores && scores.a - scores.b);
        const people = atOnce(collected.forPeople());
        expect(people.map(({ label }) => label)).toEqual(rows.map(({ label }) => label));
        expect(people.map(marginsOf)).toEqual(rows.map(marginsOf));
        const differences = [...collected.verdicts()].map(({ lengths }) => lengths.a - lengths.b);
        expect(differences).toEqual(rows.map(({ lengths }) => lengths.a - lengths.b));
      }),
    );
  });

  it("gives the figures that the rows give one by one", () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 60 }), (rows) => {
        const single = rows.map((row, at) => ({ ...row, cluster: row.prompt ?? `row ${at}` }));
        const kinds = atOnce(collect(rows).kinds()).map(({ kind, ...like }) => ({
          ...kind,
          ...like,
        }));
        for (const figure of [winRateOfRows, lengthBias, flipRate]) {
          expect(rounded(figure(kinds))).toEqual(rounded(figure(single)));
        }
        const agreement = (row: { cluster: string | number }) => ({ ...row, prompt: row.cluster });
        const resamples = { resamples: 20 };
        const together = measureAgreement(kinds.map(agreement) as never, resamples);
        const apart: Agreement = measureAgreement(single.map(agreement) as never, resamples);
        expect(rounded(together)).toEqual(rounded(apart));
      }),
      { numRuns: 50 },
    );
  });
});
