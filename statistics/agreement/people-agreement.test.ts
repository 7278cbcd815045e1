import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Preference } from "../estimates/preference.ts";
import { createRandom } from "../estimates/seeded-random.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import { krippendorffAlpha } from "./krippendorff-alpha.ts";
import { peopleAgreement } from "./people-agreement.ts";
import { scottPi } from "./scott-pi.ts";

const interval = { seed: 1, resamples: 200 };

const sharedData = new URL("../../../shared/data", import.meta.url);
const pairsFile = `${process.env["FELLOWSHIP_DATA"] ?? fileURLToPath(sharedData)}/alpaca-eval/pairs.jsonl`;

/** Rows of people who give the row's true label with a chance of `skill` and else any. */
function drawRows(count: number, people: number, skill: number): Preference[][] {
  const random = createRandom(`${count} ${people} ${skill}`);
  const any = (): Preference => (random() < 0.5 ? "a" : "b");
  return Array.from({ length: count }, () => {
    const truth = any();
    return Array.from({ length: people }, () => (random() < skill ? truth : any()));
  });
}

describe("peopleAgreement", () => {
  it("has none for a label set with one person", () => {
    expect(peopleAgreement([["a"], ["b"], []], interval)).toBeNull();
    expect(peopleAgreement([], interval)).toBeNull();
  });

  it("measures each person against the majority of the others", () => {
    const rows: Preference[][] = [
      ["a", "a", "b"],
      ["b", "b", "b"],
    ];
    // Row 1: each a meets one a and one b, so a tie; b meets two a. Row 2: three times b meets b.
    const others = ["tie", "tie", "a", "b", "b", "b"];
    const people = peopleAgreement(rows, interval)!;
    expect(people.kappa.value).toBeCloseTo(cohenKappa(others, rows.flat()).value!, 12);
    expect(people.accuracy.value).toBeCloseTo(3 / 6, 12);
    expect(people).toMatchObject({ rows: 2, raters: { min: 3, max: 3 } });
  });

  it("gives every row the same weight, however many people it has, and passes over single voices", () => {
    const rows: Preference[][] = [["a", "a", "a", "a"], ["a", "b"], ["b"]];
    const people = peopleAgreement(rows, interval)!;
    expect(people.accuracy.value).toBeCloseTo(1 / 2, 12);
    expect(people).toMatchObject({ rows: 2, raters: { min: 2, max: 4 } });
    expect(people.alpha.value).toBe(krippendorffAlpha(rows, { level: "nominal" }).value);
  });

  it("is Scott's pi where every row has two people", () => {
    const rows = drawRows(60, 2, 0.6);
    const pi = scottPi(
      rows.map(([first]) => first!),
      rows.map(([, second]) => second!),
    );
    expect(peopleAgreement(rows, interval)!.kappa.value).toBeCloseTo(pi.value!, 12);
  });

  it("is what a judge gets who is a person like the others", () => {
    const rows = drawRows(4000, 5, 0.6);
    const judge = rows.map((labels) => labels[0]!);
    const label = rows.map((labels) => {
      const votes = labels.slice(1).filter((one) => one === "a").length;
      return votes === 2 ? "tie" : votes > 2 ? "a" : "b";
    });
    const people = peopleAgreement(rows, interval)!;
    expect(people.kappa.value).toBeCloseTo(cohenKappa(label, judge).value!, 1);
    expect(people.kappa.low).toBeLessThan(people.kappa.value!);
    expect(people.kappa.high).toBeGreaterThan(people.kappa.value!);
  });

  it("says so where everyone always says the same", () => {
    const people = peopleAgreement([["a", "a"]], interval)!;
    expect(people.kappa).toEqual({ value: null, low: null, high: null, reason: "one_class" });
    expect(people.alpha.value).toBeNull();
  });

  it("agrees with scikit-learn and krippendorff on AlpacaFarm's people", ({ skip }) => {
    if (!existsSync(pairsFile)) skip("Point FELLOWSHIP_DATA at the recorded data to run this.");
    const lines = readFileSync(pairsFile, "utf8").trim().split("\n");
    const rows = lines.map((line) => {
      const { labels } = JSON.parse(line) as { labels: Record<string, Preference> };
      return Object.values(labels);
    });
    const people = peopleAgreement(rows, interval)!;
    expect(people.rows).toBe(454);
    expect(people.kappa.value).toBeCloseTo(0.4500456092373061, 9);
    expect(people.accuracy.value).toBeCloseTo(0.7261380323054331, 9);
    expect(people.alpha.value).toBeCloseTo(0.3134524953412531, 9);
  });
});
