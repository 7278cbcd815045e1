import { describe, expect, it } from "vitest";
import { correctedForecast, type CorrectedForecast } from "./corrected-forecast.ts";

const estimate = (low: number, high: number) => ({ value: (low + high) / 2, low, high });
const outlook = {
  seen: 50,
  rows: 200,
  calls: estimate(1_240, 1_310),
  tokens: estimate(410_000, 430_400),
  usd: estimate(3.1, 3.4),
  seconds: estimate(830, 970),
  secondsLeft: 600,
};
const before = {
  rows: 200,
  unusable: 0,
  calls: 1_400,
  tokens: { in: 300_000, out: 200_000 },
  cost: { usd: 4.1, unknown: 0 },
  seconds: 1_200,
  assumptions: [],
};
const paid = { beforeUsd: 0, unknownUsd: 0 };

const say = (changes: Partial<CorrectedForecast> = {}) =>
  correctedForecast({ outlook, before, rowsBefore: 0, paid, budgetUsd: undefined, ...changes });

describe("correctedForecast", () => {
  it("says what a run comes to, and what was thought before", () => {
    expect(say()).toBe(
      "after 50 rows: about 1,240 to 1,310 calls answered, 410k to 430k tokens, $3.10 to $3.40, 15 minutes in all, at the pace of the latest rows; the forecast before was 1,400 calls, 500k tokens, $4.10, 20 minutes",
    );
    const free = { ...outlook, calls: estimate(1_400, 1_400), usd: estimate(0, 0) };
    const freeBefore = { ...before, cost: { usd: 0, unknown: 0 }, seconds: 0 };
    expect(say({ outlook: free, before: freeBefore, rowsBefore: 7 })).toBe(
      "after 50 rows: about 1,400 calls answered, 410k to 430k tokens, 15 minutes in this session, at the pace of the latest rows; the forecast before was 1,400 calls, 500k tokens",
    );
    expect(say({ before: { ...before, cost: { usd: 4.1, unknown: 12 } } })).toMatch(
      /; the cost of models without a price is unknown$/,
    );
  });

  it("says where a budget ends the run, by what all sessions paid", () => {
    expect(say({ budgetUsd: 5 })).toBe(say());
    expect(say({ budgetUsd: 3.3 })).toMatch(
      /; the budget of \$3\.30 may be reached before the end$/,
    );
    expect(say({ budgetUsd: 1 })).toMatch(
      /; the budget of \$1\.00 will be reached at about row 61$/,
    );
    const earlier = { rowsBefore: 40, paid: { beforeUsd: 0.5, unknownUsd: 0.25 } };
    expect(say({ budgetUsd: 1.75, ...earlier })).toMatch(/reached at about row 101$/);
    expect(say({ budgetUsd: 0.25, ...earlier })).toMatch(/reached at about row 40$/);
  });
});
