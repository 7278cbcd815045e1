import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../estimates/seeded-random.ts";
import { certifySelection, labelsToBegin, type PairOutcome } from "./certify-selection.ts";

/** Pairs whose noise grows from one end to the other, the surest first. */
function pairs(n: number, { from, to }: { from: number; to: number }, seed: string): PairOutcome[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, (_, place) => {
    if (random() >= from + ((to - from) * place) / n) return "chosen";
    return random() < 0.8 ? "rejected" : "tie";
  });
}

function labelled(all: readonly PairOutcome[], n: number, seed: string, among = all.length) {
  const random = createRandom(seed);
  const order = all.slice(0, among).map((_, place) => ({ place, at: random() }));
  const drawn = order.toSorted((one, other) => one.at - other.at).slice(0, n);
  const places = new Set(drawn.map(({ place }) => place));
  return all.map((outcome, place) => (places.has(place) ? outcome : undefined));
}

const noiseOf = (kept: readonly PairOutcome[]) =>
  kept.filter((outcome) => outcome !== "chosen").length / kept.length;

describe("certifySelection", () => {
  it.each([
    ["noise that grows", { from: 0.05, to: 0.6 }],
    ["noise that is too high everywhere", { from: 0.31, to: 0.31 }],
    ["noise that falls", { from: 0.4, to: 0.2 }],
  ])("is wrong in at most delta of random draws: %s", (name, noise) => {
    const all = pairs(600, noise, name);
    const draws = 200;
    let violated = 0;
    for (let draw = 0; draw < draws; draw++) {
      const { kept } = certifySelection(labelled(all, 150, `${draw}`), { noise: 0.3 });
      if (kept > 0 && noiseOf(all.slice(0, kept)) > 0.3) violated += 1;
    }
    // Three standard errors above a tenth.
    expect(violated / draws).toBeLessThanOrEqual(0.1 + 3 * Math.sqrt((0.1 * 0.9) / draws));
  });

  it("keeps a large share where the surest pairs are right", () => {
    const all = pairs(600, { from: 0.02, to: 0.5 }, "good");
    const found = certifySelection(labelled(all, 150, "draw", 360), { noise: 0.25 });
    expect(found.kept).toBeGreaterThanOrEqual(270);
    expect(found.kept).toBeLessThan(360);
    expect(noiseOf(all.slice(0, found.kept))).toBeLessThanOrEqual(0.25);
    expect(found).toMatchObject({ pairs: 600, labels: 150, noise: 0.25, delta: 0.1 });
    const { labelsKept, wrong, ties, estimate, labelSmoothing } = found;
    expect(estimate).toBeCloseTo((wrong + ties) / labelsKept, 12);
    expect(labelSmoothing).toBeCloseTo((wrong + ties / 2) / labelsKept, 12);
  });

  it("knows everything where every pair is labelled", () => {
    const all = pairs(400, { from: 0.1, to: 0.3 }, "known");
    const noise = noiseOf(all);
    expect(certifySelection(all, { noise: noise + 0.01 }).kept).toBe(400);
    expect(certifySelection(all, { noise: noise - 0.01 }).kept).toBeLessThan(400);
  });

  it("keeps nothing without labels enough, or where none of the surest are right, and says which", () => {
    const all = pairs(400, { from: 0.1, to: 0.3 }, "few");
    const few = certifySelection(labelled(all, 20, "few"), { noise: 0.2 });
    expect(few).toMatchObject({ kept: 0, reason: "too_few_labels", estimate: null });
    expect(certifySelection([], { noise: 0.2 })).toMatchObject({ kept: 0, labels: 0 });
    const wrong = all.map(() => "rejected" as const);
    expect(certifySelection(wrong, { noise: 0.2 })).toMatchObject({ kept: 0, reason: "too_noisy" });
  });

  it("never keeps a pair beyond the last labelled one", () => {
    const outcome = fc.constantFrom<PairOutcome[]>("chosen", "chosen", "chosen", "rejected");
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 60, maxLength: 200 }), (all) => {
        const half = all.map((one, place) => (place < all.length / 2 ? one : undefined));
        expect(certifySelection(half, { noise: 0.45 }).kept).toBeLessThanOrEqual(all.length / 2);
      }),
      { numRuns: 30 },
    );
  });

  it("needs as many labels as scipy says to begin", () => {
    // The least n with binom.cdf(floor(0.7 * noise * n), n, noise) <= delta.
    expect([0.35, 0.3, 0.25, 0.1].map((noise) => labelsToBegin(noise, 0.1))).toEqual([
      28, 33, 45, 128,
    ]);
  });
});
