import { describe, expect, it } from "vitest";
import { faultTable } from "./fault-table.ts";
import { runCase } from "./run-case.ts";

/** The rounds that `npm run fault` makes of each take an hour or two; a few of them here. */
describe("what must hold, holds under", () => {
  const cases = faultTable
    .filter(({ isLongOnly }) => isLongOnly !== true)
    .map((one) => [one.name, one] as const);
  it.each(cases)(
    "%s",
    async (_, one) => {
      const { violations, rounds } = await runCase(one, { seed: 1, size: "short" });
      expect(violations).toEqual([]);
      expect(rounds).toBeGreaterThan(0);
    },
    120_000,
  );
});
