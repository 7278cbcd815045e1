import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampledMean, type SampledRow } from "./sampled-mean.ts";

/** The rows that a script in numpy made alike, by the textbook's own formulas. */
const rows = Array.from({ length: 60 }, (_, row) => {
  const verdict = (((row * 7) % 5) % 3) - 1;
  const margin = (((row * 13) % 17) - 8) / 8;
  const y = 2 * verdict + margin + (((row * 29) % 23) - 11) / 6 > 0 ? 1 : 0;
  return { y, x: [verdict, margin], cluster: Math.floor(row / 3) };
});

const drawn = (isDrawn: (row: number) => boolean, all: readonly SampledRow[] = rows) =>
  all.map((row, place) => (isDrawn(place) ? row : { ...row, y: undefined }));

const single = (row: number) => (row * 11) % 60 < 25;
const alone = rows.map((row, place) => ({ ...row, cluster: place }));

describe("sampledMean", () => {
  it("is the regression estimator with its g-weighted error", () => {
    const { value, standardError, degreesOfFreedom } = sampledMean(drawn(single, alone));
    expect(value).toBeCloseTo(0.41507209664848005, 12);
    expect(standardError).toBeCloseTo(0.04915673916837267, 12);
    expect(degreesOfFreedom).toBe(22);
  });

  it("counts prompts where prompts were drawn whole", () => {
    const whole = (row: number) => (Math.floor(row / 3) * 7) % 20 < 9;
    const { value, standardError, degreesOfFreedom } = sampledMean(drawn(whole));
    expect(value).toBeCloseTo(0.42972253663311827, 12);
    expect(standardError).toBeCloseTo(0.06399265171980947, 12);
    expect(degreesOfFreedom).toBeCloseTo(6, 12);
  });

  it("is the mean with its error where nothing is known of the rows", () => {
    const plain = alone.map((row) => ({ ...row, x: [] }));
    const { value, standardError } = sampledMean(drawn(single, plain));
    expect(value).toBeCloseTo(0.4, 12);
    expect(standardError).toBeCloseTo(0.07637626158259733, 12);
  });

  it("is certain where every row was drawn", () => {
    const { value, standardError } = sampledMean(rows);
    expect(value).toBeCloseTo(rows.reduce((sum, { y }) => sum + y, 0) / 60, 12);
    expect(standardError).toBe(0);
  });

  it("is the same for covariates in other units, and for one given twice", () => {
    const before = sampledMean(drawn(single));
    const unit = fc.double({ min: 0.01, max: 100, noNaN: true });
    const shift = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(unit, shift, unit, (scale, added, other) => {
        const changed = rows.map((row) => {
          const [verdict = 0, margin = 0] = row.x;
          return { ...row, x: [scale * verdict + added, verdict, -other * margin] };
        });
        const after = sampledMean(drawn(single, changed));
        expect(after.value).toBeCloseTo(before.value, 8);
        expect(after.standardError).toBeCloseTo(before.standardError, 8);
      }),
      { numRuns: 30 },
    );
  });
});
