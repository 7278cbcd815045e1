import { describe, expect, it } from "vitest";
import type { Winner } from "../../state/verdict.ts";
import { createRandom } from "../estimates/seeded-random.ts";
import { peopleWinRate, winRateOfLabels, type RowForPeople } from "./people-win-rate.ts";

/** Pairs that people decide by a planted difference, and a judge that sees it with an own error. */
function judgedPairs(n: number, { error, seed }: { error: number; seed: string }): RowForPeople[] {
  const random = createRandom(seed);
  const noise = () => random() + random() + random() - 1.5;
  return Array.from({ length: n }, (_, row) => {
    const difference = 2 * noise() + 0.2;
    const margin = Math.round(3 * (difference + error * noise() - 0.3));
    const winner = sideOf(margin, 0.5);
    const scores = { a: margin, b: 0 };
    return {
      winner,
      votes: [{ agent: "judge", model: "m", winner, scores, parsed: true }],
      label: sideOf(difference, 0.2) as "a" | "b" | "tie",
      cluster: row,
    };
  });
}

function sideOf(difference: number, tie: number): Winner {
  if (Math.abs(difference) < tie) return "tie";
  return difference > 0 ? "a" : "b";
}

function withLabels(rows: readonly RowForPeople[], isKept: (row: number) => boolean) {
  return rows.map((row, place) => (isKept(place) ? row : { ...row, label: undefined }));
}

function drawOf(n: number, of: number, seed: string) {
  const random = createRandom(seed);
  const order = Array.from({ length: of }, (_, row) => ({ row, at: random() }));
  const drawn = order.toSorted((one, other) => one.at - other.at).slice(0, n);
  const rows = new Set(drawn.map(({ row }) => row));
  return (row: number) => rows.has(row);
}

const rows = judgedPairs(400, { error: 0.8, seed: "pairs" });
const truth = peopleWinRate(rows);

describe("peopleWinRate", () => {
  it("is counted from the labels alone where all rows have one", () => {
    expect(winRateOfLabels(rows.map((row) => ({ ...row, count: 1 })))).toEqual(peopleWinRate(rows));
    const three = (["a", "b", "tie"] as const).map((label) => ({ label, count: 3 }));
    expect(winRateOfLabels(three)).toMatchObject({ value: 1 / 3, rows: 9, b: { low: 1 / 3 } });
    expect(winRateOfLabels([{ label: "a", count: 1 }, { count: 1 }])).toBeNull();
  });

  it("is certain where every row is labelled: the labels' own win rate", () => {
    const share = rows.filter(({ label }) => label === "a").length / rows.length;
    expect(truth?.value).toBeCloseTo(share, 12);
    expect(truth).toMatchObject({ method: "all", saved: 1, labels: 400, rows: 400 });
    expect(truth?.low).toBe(truth?.value);
    expect(truth?.high).toBe(truth?.value);
  });

  it.each([30, 100])("holds the truth, and is surer than %i labels alone", (n) => {
    const draws = Array.from({ length: 100 }, (_, draw) =>
      peopleWinRate(withLabels(rows, drawOf(n, rows.length, `${n} ${draw}`))),
    );
    const holding = draws.filter(
      (one) => one !== null && one.low <= truth!.value && truth!.value <= one.high,
    );
    expect(holding.length).toBeGreaterThanOrEqual(90);
    const saved = draws.reduce((sum, one) => sum + (one?.saved ?? 0), 0) / draws.length;
    expect(saved).toBeGreaterThan(1.6);
  });

  it("costs little where the verdicts are worthless", () => {
    const random = createRandom("worthless");
    const blind = rows.map((row) => {
      const winner: Winner = random() < 0.5 ? "a" : "b";
      return { ...row, winner, votes: [] };
    });
    const figure = peopleWinRate(withLabels(blind, drawOf(100, 400, "blind")));
    expect(figure?.method).toBe("regression");
    expect(figure?.saved).toBeGreaterThan(0.9);
    expect(figure?.saved).toBeLessThan(1.1);
  });

  it("uses the labels alone below 20 of them, or where almost all say the same", () => {
    const few = peopleWinRate(withLabels(rows, drawOf(19, 400, "few")));
    expect(few).toMatchObject({ method: "labels", labels: 19, saved: 1 });
    expect(few).toMatchObject({ ...few?.labelsOnly });
    const sure = withLabels(
      rows.map((row) => ({ ...row, label: "a" as const })),
      drawOf(50, 400, "sure"),
    );
    const { value, low, high, method } = peopleWinRate(sure)!;
    expect({ value, high, method }).toEqual({ value: 1, high: 1, method: "labels" });
    expect(low).toBeGreaterThan(0.9);
    expect(low).toBeLessThan(0.99);
  });

  it("never contradicts the labels there are", () => {
    const most = withLabels(rows, drawOf(395, 400, "most"));
    const wins = most.filter(({ label }) => label === "a").length;
    const { low, high } = peopleWinRate(most)!;
    expect(low).toBeGreaterThanOrEqual(wins / 400);
    expect(high).toBeLessThanOrEqual((wins + 5) / 400);
  });

  it("has a rate of its own for b, since a tie is a win of neither", () => {
    const { b } = peopleWinRate(rows)!;
    const share = rows.filter(({ label }) => label === "b").length / rows.length;
    expect(b.value).toBeCloseTo(share, 12);
  });

  it("is null without labels", () => {
    expect(peopleWinRate(withLabels(rows, () => false))).toBeNull();
    expect(peopleWinRate([])).toBeNull();
  });

  it("sees labels of the first rows, and labels of one verdict, as no random draw", () => {
    expect(peopleWinRate(withLabels(rows, (row) => row < 100))?.draw.differs).toEqual(["place"]);
    const onA = withLabels(rows, (row) => rows[row]?.winner === "a" && row % 2 === 0);
    expect(peopleWinRate(onA)?.draw.differs).toContain("verdicts");
    const alarms = Array.from(
      { length: 100 },
      (_, draw) => peopleWinRate(withLabels(rows, drawOf(60, 400, `draw ${draw}`)))?.draw.differs,
    ).filter((differs) => differs?.length !== 0);
    expect(alarms.length).toBeLessThanOrEqual(4);
  });
});
