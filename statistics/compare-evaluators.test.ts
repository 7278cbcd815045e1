import { describe, expect, it } from "vitest";
import type { Winner } from "../state/verdict.ts";
import { compareEvaluators, type PairedVerdict } from "./compare-evaluators.ts";
import { measureAgreement } from "./measure-agreement.ts";
import { preferences, type Preference } from "./estimates/preference.ts";
import { createRandom } from "./estimates/seeded-random.ts";

type Skills = { first: number; second: number };

/**
 * Verdicts of two evaluators who know the label with the chance of their skill, and else say
 * anything.
 */
function drawRows(count: number, skills: Skills, seed = "rows"): PairedVerdict[] {
  const random = createRandom(seed);
  const any = (): Preference => preferences[Math.floor(random() * 3)]!;
  return Array.from({ length: count }, () => {
    const label = any();
    const verdict = (skill: number) => (random() < skill ? label : any());
    return { label, first: verdict(skills.first), second: verdict(skills.second) };
  });
}

const swapped = (rows: PairedVerdict[]) =>
  rows.map(({ label, first, second }) => ({ label, first: second, second: first }));

describe("compareEvaluators", () => {
  it("names the better evaluator where the difference is beyond noise", () => {
    const rows = drawRows(300, { first: 0.8, second: 0.4 });
    const { kappa, accuracy, n } = compareEvaluators(rows);
    expect(n).toBe(300);
    expect(kappa).toMatchObject({ better: "first" });
    expect(accuracy).toMatchObject({ better: "first" });
    if (kappa.difference !== null) expect(kappa.low).toBeGreaterThan(0);
    expect(compareEvaluators(swapped(rows)).kappa).toMatchObject({ better: "second" });
  });

  it("is the difference of the two kappas, and of the two accuracies", () => {
    const rows = drawRows(120, { first: 0.6, second: 0.5 });
    const measure = (side: "first" | "second") =>
      measureAgreement(rows.map((row) => ({ label: row.label, winner: row[side] })));
    const [first, second] = [measure("first"), measure("second")];
    const { kappa, accuracy } = compareEvaluators(rows);
    expect(kappa.difference).toBeCloseTo(first.kappa.value! - second.kappa.value!, 12);
    expect(accuracy.difference).toBeCloseTo(first.accuracy! - second.accuracy!, 12);
  });

  it("mirrors when the evaluators change places", () => {
    const rows = drawRows(100, { first: 0.6, second: 0.45 });
    const one = compareEvaluators(rows).kappa;
    const other = compareEvaluators(swapped(rows)).kappa;
    if (one.difference === null || other.difference === null) throw new Error("no difference");
    expect(other.difference).toBe(-one.difference);
    expect(other.low).toBeCloseTo(-one.high, 12);
    expect(other.pValue).toBe(one.pValue);
  });

  it("finds an evaluator no better than itself", () => {
    const rows = drawRows(80, { first: 0.7, second: 0 }).map((row) => ({
      ...row,
      second: row.first,
    }));
    const difference = { difference: 0, low: 0, high: 0, pValue: 1, better: "neither" };
    expect(compareEvaluators(rows).kappa).toMatchObject(difference);
    expect(compareEvaluators(rows).accuracy).toMatchObject(difference);
  });

  it("calls one of two equals better in about 5 of 100 studies", () => {
    const studies = 200;
    const decided = Array.from({ length: studies }, (_, study) => {
      const rows = drawRows(100, { first: 0.5, second: 0.5 }, `study ${study}`);
      const { kappa } = compareEvaluators(rows, { seed: study, resamples: 200 });
      return kappa.difference !== null && kappa.better !== "neither";
    });
    expect(decided.filter(Boolean).length / studies).toBeLessThan(0.1);
    expect(decided.filter(Boolean).length).toBeGreaterThan(0);
  });

  it("sees more in paired rows than two separate intervals would", () => {
    // Both err on the same rows, the second on a few more.
    const hard = drawRows(300, { first: 0.5, second: 0 }, "hard");
    const wrong: Record<Preference, Winner> = { a: "b", b: "tie", tie: "a" };
    const rows = hard.map((row, index) => ({
      ...row,
      second: index % 15 === 0 ? wrong[row.label] : row.first,
    }));
    const { kappa } = compareEvaluators(rows);
    expect(kappa).toMatchObject({ better: "first" });
    const measure = (side: "first" | "second") =>
      measureAgreement(rows.map((row) => ({ label: row.label, winner: row[side] }))).kappa;
    expect(measure("second").high!).toBeGreaterThan(measure("first").low!);
  });

  it("compares only rows with two verdicts and counts the others", () => {
    const rows = drawRows(40, { first: 0.8, second: 0.3 });
    const none: PairedVerdict[] = [
      { label: "a", first: "none", second: "a" },
      { label: "b", first: "none", second: "none" },
    ];
    expect(compareEvaluators([...rows, ...none])).toEqual({
      ...compareEvaluators(rows),
      unreadable: { first: 2, second: 1 },
    });
  });

  it("says why there is no difference of kappas", () => {
    const row: PairedVerdict = { label: "a", first: "a", second: "b" };
    expect(compareEvaluators([row, row]).kappa).toEqual({ difference: null, reason: "one_class" });
    expect(compareEvaluators([row, row]).accuracy.difference).toBe(1);
    expect(compareEvaluators([]).kappa).toEqual({ difference: null, reason: "no_rows" });
  });
});
