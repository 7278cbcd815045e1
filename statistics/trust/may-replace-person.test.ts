import { describe, expect, it } from "vitest";
import type { Preference } from "../estimates/preference.ts";
import { mayReplacePerson, type RowOfPeople } from "./may-replace-person.ts";

/** Three people of some error, the third on every other row, and a judge wrong on `wrong` of 97. */
function judged(wrong: number, rowsPerPrompt = 2): RowOfPeople[] {
  return Array.from({ length: 120 }, (_, row) => {
    const decided = (["a", "a", "b"] as const)[row % 3]!;
    const truth: Preference = row % 10 === 0 ? "tie" : decided;
    const other = ({ a: "b", b: "a", tie: "a" } as const)[truth];
    const says = (key: number, errors: number) => ((row * key + key) % 97 < errors ? other : truth);
    const labels = { x: says(53, 20), y: says(71, 24), ...(row % 2 ? { z: says(17, 18) } : {}) };
    return { winner: says(31, wrong), labels, cluster: Math.floor(row / rowsPerPrompt) };
  });
}

describe("mayReplacePerson", () => {
  // scipy 1.17: t.cdf over sums by prompt, false_discovery_control(method="by").
  it.each([
    [18, 0.8944444444444445, [1, 1, 1]],
    [30, 0.8388888888888889, [1, 1, 0]],
    [40, 0.7944444444444444, [1, 0, 0]],
    [60, 0.6777777777777777, [0, 0, 0]],
  ])("a judge wrong on %i of 97 rows wins as often as scipy says", (wrong, advantage, rates) => {
    const found = mayReplacePerson(judged(wrong));
    expect(found).toMatchObject({ people: 3, rows: 120, prompts: 60 });
    expect(found.advantage).toBeCloseTo(advantage, 12);
    expect(found.at.map(({ winningRate }) => winningRate)).toEqual(rates);
    expect(found.answer).toBe(rates[0] === 1 ? "yes" : "no");
  });

  it("counts prompts: rows that repeat one prompt are no further evidence", () => {
    expect(mayReplacePerson(judged(30, 1)).at[1]?.answer).toBe("yes");
    const repeated = judged(30, 1).map((row, place) => ({ ...row, cluster: place % 4 }));
    expect(mayReplacePerson(repeated).at[1]?.answer).toBe("no");
  });

  it("can't tell below 100 rows, or with fewer than two people of 30 rows", () => {
    const few = mayReplacePerson(judged(18).slice(0, 99));
    expect(few).toMatchObject({ answer: "can't tell", reason: "too_few_rows", rows: 99, at: [] });
    const alone = judged(18).map((row) => ({ ...row, labels: { x: row.labels!["x"]! } }));
    expect(mayReplacePerson(alone)).toMatchObject({ reason: "too_few_people", rows: 0 });
    expect(mayReplacePerson([])).toMatchObject({ answer: "can't tell", advantage: null });
  });

  it("takes a missing verdict for one that agrees with no person", () => {
    const silent = judged(0).map((row) => ({ ...row, winner: "none" as const }));
    expect(mayReplacePerson(silent)).toMatchObject({ answer: "no" });
  });

  it("has no doubt where everybody always agrees", () => {
    const rows = judged(0).map((row) => ({
      ...row,
      winner: "a" as const,
      labels: { x: "a", y: "a" } as const,
    }));
    expect(mayReplacePerson(rows)).toMatchObject({ answer: "yes", advantage: 1 });
  });
});
