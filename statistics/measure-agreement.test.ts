import { describe, expect, it } from "vitest";
import type { Winner } from "../state/verdict.ts";
import { measureAgreement, type LabelledVerdict } from "./measure-agreement.ts";
import { preferences, type Preference } from "./estimates/preference.ts";
import { createRandom } from "./estimates/seeded-random.ts";

function drawRows(count: number): LabelledVerdict[] {
  const random = createRandom(count);
  const any = (): Preference => preferences[Math.floor(random() * 3)]!;
  return Array.from({ length: count }, () => {
    const label = any();
    const voice = () => (random() < 0.5 ? label : any());
    return { label, winner: voice(), labels: { one: voice(), two: voice(), three: voice() } };
  });
}

const rowsOf = (labels: Preference[], winners: Winner[]): LabelledVerdict[] =>
  labels.map((label, row) => ({ label, winner: winners[row]! }));

describe("measureAgreement", () => {
  it("gives every figure with its interval, in the shape of a summary", () => {
    const agreement = measureAgreement(drawRows(80));
    expect(agreement.n).toBe(80);
    for (const figure of ["kappa", "kappaOfAll", "accuracy", "pi", "ac1", "alpha"] as const) {
      const { value, low, high } = agreement[figure];
      expect(low!).toBeLessThan(value!);
      expect(high!).toBeGreaterThan(value!);
    }
    expect(agreement.people?.kappa.value).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(agreement))).toEqual(agreement);
  });

  it("leaves rows without a verdict out of all figures and counts them", () => {
    const rows = rowsOf(["a", "a", "b", "tie", "b"], ["a", "b", "b", "tie", "b"]);
    const unreadable = rowsOf(["a", "tie"], ["none", "none"]);
    const agreement = measureAgreement([...rows, ...unreadable]);
    expect(agreement).toEqual({
      ...measureAgreement(rows),
      labelled: 7,
      unreadable: 2,
      kappaOfAll: agreement.kappaOfAll,
    });
    expect(agreement.kappaOfAll.value!).toBeLessThan(agreement.kappa.value!);
    expect(agreement).toMatchObject({
      n: 5,
      prompts: 5,
      accuracy: { value: 0.8 },
      confusion: {
        a: { a: 1, b: 1, tie: 0 },
        b: { a: 0, b: 2, tie: 0 },
        tie: { a: 0, b: 0, tie: 1 },
      },
    });
    // Labels 2, 2, 1 and verdicts 1, 3, 1: chance agrees in (2 * 1 + 2 * 3 + 1 * 1) / 25.
    expect(agreement.kappa.value).toBeCloseTo((0.8 - 9 / 25) / (1 - 9 / 25), 12);
  });

  it("says why there is no kappa where all rows are of one class, or there is none", () => {
    const oneClass = measureAgreement(rowsOf(["a", "a"], ["a", "a"]));
    const undefinedAs = (reason: string) => ({ value: null, low: null, high: null, reason });
    expect(oneClass.kappa).toEqual(undefinedAs("one_class"));
    expect(oneClass.pi).toEqual(undefinedAs("one_class"));
    expect(oneClass.alpha).toEqual(undefinedAs("one_class"));
    expect(oneClass.accuracy.value).toBe(1);
    const empty = measureAgreement(rowsOf(["a"], ["none"]));
    expect(empty).toMatchObject({ n: 0, accuracy: { value: null }, kappa: undefinedAs("no_rows") });
    expect(JSON.stringify([oneClass, empty])).not.toContain("NaN");
  });

  it("gives people no agreement where there is one person", () => {
    const rows = drawRows(20).map(({ label, winner }) => ({
      label,
      winner,
      labels: { ann: label },
    }));
    expect(measureAgreement(rows)).not.toHaveProperty("people");
  });

  it("measures the people over all rows, read by the evaluator or not", () => {
    const rows = drawRows(60);
    const half = rows.map((row, index) => (index % 2 ? { ...row, winner: "none" as const } : row));
    expect(measureAgreement(half).people).toEqual(measureAgreement(rows).people);
  });

  it("repeats itself to the last bit, and takes another seed", () => {
    const rows = drawRows(50);
    expect(measureAgreement(rows)).toEqual(measureAgreement(rows));
    const other = measureAgreement(rows, { seed: "another", resamples: 300 });
    expect(other.kappa.value).toBe(measureAgreement(rows).kappa.value);
    expect(other.kappa.low).not.toBe(measureAgreement(rows).kappa.low);
    expect(other.bootstrap).toEqual({ seed: "another", resamples: 300 });
  });

  it("takes rows of one prompt for one piece of evidence, and one row a prompt for rows", () => {
    const rows = drawRows(60);
    const once = measureAgreement(rows.map((row, prompt) => ({ ...row, prompt })));
    expect(once).toEqual(measureAgreement(rows));
    const copies = rows.flatMap((row, prompt) => [1, 2, 3].map(() => ({ ...row, prompt })));
    const clustered = measureAgreement(copies);
    expect(clustered).toMatchObject({ n: 180, prompts: 60 });
    for (const figure of ["kappa", "accuracy", "pi", "ac1", "alpha"] as const) {
      const { value, low, high } = clustered[figure];
      expect(value!).toBeCloseTo(once[figure].value!, 2);
      expect((high! - low!) / (once[figure].high! - once[figure].low!)).toBeGreaterThan(0.9);
    }
  });

  it("does not depend on the order of the rows", () => {
    const rows = drawRows(40);
    expect(measureAgreement(rows.toReversed())).toEqual(measureAgreement(rows));
  });

  it("shows no interval of zero width, and none below five prompts", () => {
    const right = (["a", "b", "a", "b", "a", "b"] as const).map((label) => ({
      label,
      winner: label,
    }));
    const { kappa, accuracy } = measureAgreement(right);
    expect(kappa).toMatchObject({ value: 1, high: 1 });
    expect(kappa.low!).toBeLessThan(0.9);
    expect(accuracy.low!).toBeLessThan(0.7);
    const few = measureAgreement(right.slice(0, 4));
    expect(few.kappa).toEqual({ value: 1, low: null, high: null, reason: "too_few_prompts" });
    expect(few.accuracy).toMatchObject({ value: 1, high: 1 });
    expect(measureAgreement(right.map((row) => ({ ...row, prompt: "one" }))).kappa).toMatchObject({
      reason: "too_few_prompts",
    });
  });

  it("works on a hundred thousand rows as on a thousand: by kinds of rows", () => {
    const rows = drawRows(500);
    const many = Array.from({ length: 100_000 }, (_, row) => rows[row % rows.length]!);
    const { kappa } = measureAgreement(many);
    expect(kappa.high! - kappa.low!).toBeLessThan(0.01);
  });
});
