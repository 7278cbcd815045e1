import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atOnce } from "../../state/in-slices.ts";
import { agreementOfTwo } from "./agreement-of-two.ts";
import type { AgreementFigure } from "./agreement-figure.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import { gwetAc1 } from "./gwet-ac1.ts";
import { krippendorffAlpha } from "./krippendorff-alpha.ts";
import { scottPi } from "./scott-pi.ts";

const label = fc.constantFrom("a", "b", "tie");
const raters = fc.array(fc.tuple(label, label), { maxLength: 25 });
const categories = ["a", "b", "tie"];

describe("agreementOfTwo", () => {
  it("has the values, and the reasons for none, of the four measures for more raters", () => {
    fc.assert(
      fc.property(raters, (rows) => {
        const [first, second] = [rows.map(([one]) => one), rows.map(([, other]) => other)];
        const figures = atOnce(agreementOfTwo(first, second, { categories }));
        const expected = {
          kappa: cohenKappa(first, second, { categories }),
          pi: scottPi(first, second, { categories }),
          ac1: gwetAc1(rows, { categories }),
          alpha: krippendorffAlpha(rows, { categories, level: "nominal" }),
        };
        for (const [name, figure] of Object.entries(expected)) {
          const found: AgreementFigure = figures[name as keyof typeof expected];
          expect(found).toEqual({ ...figure, value: found.value });
          if (figure.value !== null) expect(found.value).toBeCloseTo(figure.value, 12);
          else expect(found.value).toBeNull();
        }
      }),
    );
  });

  it("has intervals as wide as theirs, of rows that share prompts too", () => {
    const rows = Array.from({ length: 300 }, (_, row) => {
      const first = categories[row % 3]!;
      return [first, row % 5 === 0 ? categories[(row * 7) % 3]! : first] as const;
    });
    const [first, second] = [rows.map(([one]) => one), rows.map(([, other]) => other)];
    const clusters = rows.map((_, row) => Math.floor(row / 4));
    const options = { categories, clusters, interval: { seed: 1, resamples: 4000 } };
    const { ac1, alpha } = atOnce(agreementOfTwo(first, second, options));
    const widthOf = ({ interval }: AgreementFigure & { interval?: unknown }) => {
      const { low, high } = interval as { low: number; high: number };
      return high - low;
    };
    const alone = {
      ac1: gwetAc1(rows, options),
      alpha: krippendorffAlpha(rows, { ...options, level: "nominal" }),
    };
    expect(widthOf(ac1) / widthOf(alone.ac1)).toBeCloseTo(1, 1);
    expect(widthOf(alpha) / widthOf(alone.alpha)).toBeCloseTo(1, 1);
  });
});
