import { describe, expect, it } from "vitest";
import type { Winner } from "../state/verdict.ts";
import { compareEvaluators, type Difference, type PairedVerdict } from "./compare-evaluators.ts";
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

function withInterval(result: Difference) {
  if ("better" in result) return result;
  throw new Error(`Expected a difference with an interval, got ${JSON.stringify(result)}.`);
}

const toVerdicts = (rows: readonly PairedVerdict[], side: "first" | "second") =>
  rows.map((row) => ({ label: row.label, winner: row[side] }));

const swapped = (rows: PairedVerdict[]) =>
  rows.map(({ label, first, second }) => ({ label, first: second, second: first }));

describe("compareEvaluators", () => {
  it("names the better evaluator where the difference is beyond noise", () => {
    const rows = drawRows(300, { first: 0.8, second: 0.4 });
    const { kappa, accuracy, n } = compareEvaluators(rows);
    expect(n).toBe(300);
    expect(kappa).toMatchObject({ better: "first" });
    expect(accuracy).toMatchObject({ better: "first" });
    expect(withInterval(kappa).low).toBeGreaterThan(0);
    expect(compareEvaluators(swapped(rows)).kappa).toMatchObject({ better: "second" });
  });

  it("is the difference of the two kappas, and of the two accuracies", () => {
    const rows = drawRows(120, { first: 0.6, second: 0.5 });
    const measure = (side: "first" | "second") =>
      measureAgreement(rows.map((row) => ({ label: row.label, winner: row[side] })));
    const [first, second] = [measure("first"), measure("second")];
    const { kappa, accuracy } = compareEvaluators(rows);
    expect(kappa.difference).toBeCloseTo(first.kappa.value! - second.kappa.value!, 12);
    expect(accuracy.difference).toBeCloseTo(first.accuracy.value! - second.accuracy.value!, 12);
  });

  it("mirrors when the evaluators change places", () => {
    const rows = drawRows(100, { first: 0.6, second: 0.45 });
    const one = withInterval(compareEvaluators(rows).kappa);
    const other = withInterval(compareEvaluators(swapped(rows)).kappa);
    expect(other.difference).toBe(-one.difference);
    expect(other.low).toBeCloseTo(-one.high, 12);
    expect(other.pValue).toBe(one.pValue);
  });

  it("finds an evaluator no better than itself", () => {
    const rows = drawRows(80, { first: 0.7, second: 0 }).map((row) => ({
      ...row,
      second: row.first,
    }));
    for (const figure of ["kappa", "accuracy"] as const) {
      const result = withInterval(compareEvaluators(rows)[figure]);
      expect(result).toMatchObject({ difference: 0, better: "neither" });
      // Eighty rows don't show that the two never differ: no interval has zero width.
      expect(result.low).toBeLessThan(0);
      expect(result.high).toBeGreaterThan(0);
      expect(result.high - result.low).toBeLessThan(0.2);
    }
  });

  it("calls one of two equals better in about 5 of 100 studies", () => {
    const studies = 200;
    const decided = Array.from({ length: studies }, (_, study) => {
      const rows = drawRows(100, { first: 0.5, second: 0.5 }, `study ${study}`);
      const { kappa } = compareEvaluators(rows, { seed: study, resamples: 200 });
      return "better" in kappa && kappa.better !== "neither";
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

  it("takes a row without a verdict for a disagreement, and counts it", () => {
    const rows = drawRows(40, { first: 0.8, second: 0.3 });
    const unread = rows.map((row, index) => ({
      ...row,
      first: index % 4 === 0 ? ("none" as const) : row.first,
    }));
    const { n, unreadable, accuracy } = compareEvaluators(unread);
    expect({ n, unreadable }).toEqual({ n: 40, unreadable: { first: 10, second: 0 } });
    const right = (side: "first" | "second") => unread.filter((row) => row[side] === row.label);
    const difference = (right("first").length - right("second").length) / 40;
    expect(accuracy.difference).toBeCloseTo(difference, 12);
  });

  it("never prefers an evaluator that answers only where it is sure", () => {
    const rows = drawRows(60, { first: 0, second: 0.9 }).map((row, index) => ({
      ...row,
      first: index < 8 ? row.label : ("none" as const),
    }));
    expect(compareEvaluators(rows).kappa).toMatchObject({ better: "second" });
    expect(measureAgreement(toVerdicts(rows, "first")).kappa.value).toBe(1);
    const ranked = (["first", "second"] as const).map(
      (side) => measureAgreement(toVerdicts(rows, side)).kappaOfAll.value!,
    );
    expect(ranked[0]!).toBeLessThan(ranked[1]!);
  });

  it("takes prompts for independent, not the rows of one", () => {
    const rows = drawRows(60, { first: 0.7, second: 0.5 });
    const numbered = rows.map((row, prompt) => ({ ...row, prompt }));
    expect(compareEvaluators(numbered)).toEqual(compareEvaluators(rows));
    const copies = numbered.flatMap((row) => [1, 2, 3, 4].map(() => row));
    const clustered = compareEvaluators(copies);
    expect(clustered).toMatchObject({ n: 240, prompts: 60 });
    const widthOf = (result: Difference) => withInterval(result).high - withInterval(result).low;
    const apart = compareEvaluators(copies.map((row, prompt) => ({ ...row, prompt })));
    expect(widthOf(apart.kappa)).toBeLessThan(0.7 * widthOf(clustered.kappa));
  });

  it("gives no interval below five prompts, and says so", () => {
    const rows = drawRows(4, { first: 1, second: 1 });
    const differing = rows.map((row, index) => (index === 0 ? { ...row, second: "none" } : row));
    const { accuracy } = compareEvaluators(differing as PairedVerdict[]);
    expect(accuracy).toEqual({
      difference: 0.25,
      low: null,
      high: null,
      reason: "too_few_prompts",
    });
  });

  it("says why there is no difference of kappas", () => {
    const row: PairedVerdict = { label: "a", first: "a", second: "b" };
    expect(compareEvaluators([row, row]).kappa).toEqual({ difference: null, reason: "one_class" });
    expect(compareEvaluators([row, row]).accuracy.difference).toBe(1);
    expect(compareEvaluators([]).kappa).toEqual({ difference: null, reason: "no_rows" });
  });
});
