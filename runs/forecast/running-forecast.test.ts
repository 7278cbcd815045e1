import { describe, expect, it } from "vitest";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import { createRunningForecast, type Outlook } from "./running-forecast.ts";

type Row = { readonly calls: number; readonly seconds: number };

/**
 * Plays a session on a clock of its own: rows are begun in order, so many in flight, and each takes
 * its time.
 *
 * @param look Asked after each end.
 */
function play(
  rows: readonly Row[],
  concurrency: number,
  look: (outlook: () => Outlook | null, ended: number) => void,
): number {
  let clockMs = 0;
  const running = createRunningForecast({ concurrency, now: () => clockMs });
  const flight = new Map<number, number>();
  let next = 0;
  for (let ended = 0; ended < rows.length; ended += 1) {
    while (next < rows.length && flight.size < concurrency) {
      running.start(next + 1);
      flight.set(next, clockMs + (rows[next]?.seconds ?? 0) * 1000);
      next += 1;
    }
    expect(running.inFlight).toBe(flight.size);
    const [first] = [...flight].toSorted(([, one], [, other]) => one - other);
    const [row, endsAt] = first ?? [0, 0];
    flight.delete(row);
    clockMs = endsAt;
    const { calls = 0 } = rows[row] ?? {};
    for (let call = 0; call < calls; call += 1) running.call(row + 1, { tokens: 100, usd: 0.01 });
    running.finish(row + 1, "done");
    look(() => running.outlook(rows.length), ended + 1);
  }
  return clockMs / 1000;
}

/** Rows of an evolution: one, two or three passes of seven calls, each call of two seconds. */
function passes(count: number, seed: number): Row[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const calls = 7 * (1 + Math.floor(random() * 3));
    return { calls, seconds: 2 * calls };
  });
}

describe("createRunningForecast", () => {
  it("holds the truth in its intervals as often as it says, though the short rows end first", () => {
    const held = { calls: 0, usd: 0, seconds: 0 };
    const trials = 120;
    for (let trial = 0; trial < trials; trial += 1) {
      const rows = passes(400, trial);
      let said: Outlook | null = null;
      const seconds = play(rows, 32, (outlook, ended) => {
        if (ended < 50 || said !== null) return;
        const now = outlook();
        if ((now?.seen ?? 0) >= 50) said = now;
      });
      const calls = rows.reduce((sum, row) => sum + row.calls, 0);
      for (const [figure, truth] of [
        ["calls", calls],
        ["usd", calls / 100],
        ["seconds", seconds],
      ] as const) {
        const { low, high } = (said as Outlook | null)?.[figure] ?? { low: 0, high: 0 };
        if (low <= truth + 1e-9 && truth <= high + 1e-9) held[figure] += 1;
      }
    }
    expect(held.calls / trials).toBeGreaterThan(0.9);
    expect(held.usd).toBe(held.calls);
    expect(held.seconds / trials).toBeGreaterThan(0.85);
  });

  it("says nothing of a few rows, and comes to the truth at the end", () => {
    const rows = passes(60, 1);
    const calls = rows.reduce((sum, row) => sum + row.calls, 0);
    let last: Outlook | null = null;
    const seconds = play(rows, 4, (outlook, ended) => {
      if (ended < 10) expect(outlook()).toBeNull();
      last = outlook();
    });
    const end = last as Outlook | null;
    expect(end).toMatchObject({ seen: 60, rows: 60, secondsLeft: 0 });
    for (const figure of [end?.calls.low, end?.calls.value, end?.calls.high]) {
      expect(figure).toBeCloseTo(calls, 6);
    }
    expect(end?.seconds.value).toBeCloseTo(seconds, 6);
  });

  it("is not held up by a row that hangs", () => {
    const rows = passes(300, 2).with(3, { calls: 7, seconds: 1e6 });
    const seen: number[] = [];
    play(rows, 4, (outlook) => seen.push(outlook()?.seen ?? 0));
    expect(seen[20]).toBe(0);
    expect(seen[250]).toBeGreaterThan(150);
  });

  it("follows the pace of late rows", () => {
    const slow = Array.from({ length: 100 }, () => ({ calls: 1, seconds: 10 }));
    const fast = Array.from({ length: 300 }, () => ({ calls: 1, seconds: 1 }));
    let after = Infinity;
    play([...slow, ...fast], 10, (outlook, ended) => {
      if (ended === 200) after = outlook()?.secondsLeft ?? Infinity;
    });
    expect(after).toBeGreaterThan(18);
    expect(after).toBeLessThan(21);
  });

  it("leaves rows out that stay pending, and calls of rows that it does not know", () => {
    const running = createRunningForecast({ concurrency: 2, now: () => 0 });
    for (let row = 1; row <= 12; row += 1) {
      running.start(row);
      running.call(row, { tokens: 1, usd: 0 });
      running.finish(row, row > 10 ? "pending" : "done");
    }
    running.call(99, { tokens: 1, usd: 0 });
    expect(running.outlook(100)).toMatchObject({ seen: 10, calls: { value: 100 } });
  });
});
