import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBudget, refuseUnpriced, shownUsd, type Reservation } from "./budget.ts";
import type { TokenBound } from "./worst-case-tokens.ts";
import type { PriceOf } from "./prices.ts";

const prices: Record<string, { in: number; out: number }> = {
  "openai:dear": { in: 2.5, out: 10 },
  "openai:cheap": { in: 0.15, out: 0.6 },
  "openai:odd": { in: 0.123456, out: 1 / 3 },
};
const priceOf: PriceOf = (spec) => (spec.startsWith("sim:") ? "free" : (prices[spec] ?? null));
const never = new AbortController().signal;

/** Whole units, as the budget counts them. */
const units = (usd: number) => Math.round(usd * 1e12);

const spec = fc.constantFrom("openai:dear", "openai:cheap", "openai:odd", "sim:free");
const bound = fc.record({ in: fc.nat(20_000), out: fc.nat(8_000) });
/** What a provider counted: a share of the bound, or nothing. */
const counted = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null });

function countedOf({ in: input, out }: TokenBound, share: number | null) {
  return share === null ? null : { in: Math.floor(input * share), out: Math.floor(out * share) };
}

describe("a budget", () => {
  it("is never passed by what is spent and set aside, in any order of reserve, settle and release", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("reserve" as const), spec, bound }),
      fc.record({ kind: fc.constant("settle" as const), which: fc.nat(), share: counted }),
      fc.record({ kind: fc.constant("release" as const), which: fc.nat() }),
    );
    const limits = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 200 }), (limitUsd, steps) => {
        const budget = createBudget({ limitUsd, priceOf });
        const open: { reservation: Reservation; bound: TokenBound }[] = [];
        for (const step of steps) {
          if (step.kind === "reserve") {
            const reservation = budget.reserve(step.spec, step.bound);
            if (reservation !== null) open.push({ reservation, bound: step.bound });
          } else {
            const [taken] = open.splice(step.which % Math.max(1, open.length), 1);
            if (taken === undefined) continue;
            if (step.kind === "release") budget.release(taken.reservation);
            else budget.settle(taken.reservation, countedOf(taken.bound, step.share));
          }
          const { usd, unknownUsd } = budget.spent;
          const total = units(usd) + units(unknownUsd) + units(budget.reservedUsd);
          expect(total).toBeLessThanOrEqual(limitUsd * 1e12);
        }
      }),
    );
  });

  it("lets any number of calls wait for what others free, and leaves none waiting for ever", async () => {
    const call = fc.record({
      spec,
      bound,
      share: counted,
      fate: fc.constantFrom("settle", "release"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.array(call, { minLength: 1, maxLength: 64 }),
        async (scheduler, limitUsd, calls) => {
          const budget = createBudget({ limitUsd, priceOf });
          let most = 0;
          const ends = calls.map(async ({ spec, bound, share, fate }) => {
            const reservation = await budget.admit(spec, bound, never);
            if (reservation === null) return "over";
            const { usd, unknownUsd } = budget.spent;
            most = Math.max(most, units(usd + unknownUsd + budget.reservedUsd));
            await scheduler.schedule(Promise.resolve());
            if (fate === "release") budget.release(reservation);
            else budget.settle(reservation, countedOf(bound, share));
            return "sent";
          });
          const all = Promise.all(ends);
          await scheduler.waitFor(all);
          expect(most).toBeLessThanOrEqual(limitUsd * 1e12 + 1);
          expect(budget.reservedUsd).toBe(0);
          // Who was turned away could not have been paid for with all that was left.
          (await all).forEach((end, index) => {
            if (end === "sent") return;
            const { spec, bound } = calls[index] ?? { spec: "", bound: { in: 0, out: 0 } };
            expect(budget.reserve(spec, bound)).toBeNull();
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("may be spent to the last cent, and adds up without a rest", () => {
    const budget = createBudget({ limitUsd: 0.3, priceOf });
    const third = { in: 0, out: 10_000 };
    for (let call = 0; call < 3; call += 1) {
      const reservation = budget.reserve("openai:dear", third);
      if (reservation === null) throw new Error(`call ${call} was refused`);
      budget.settle(reservation, third);
    }
    expect(budget.spent).toEqual({ usd: 0.3, unknownUsd: 0, unpriced: 0 });
    expect(budget.leftUsd).toBe(0);
    expect(budget.reserve("openai:cheap", { in: 1, out: 0 })).toBeNull();
    expect(budget.reserve("sim:free", third)).not.toBeNull();
  });

  it("keeps a send without a count spent at its worst case, apart from what is known", () => {
    const budget = createBudget({ limitUsd: 1, priceOf });
    const reserve = () => budget.reserve("openai:dear", { in: 1_000, out: 1_000 });
    const [lost, counted, refused] = [reserve(), reserve(), reserve()];
    if (lost === null || counted === null || refused === null) throw new Error("refused");
    expect(budget.reservedUsd).toBeCloseTo(0.0375, 12);
    budget.settle(lost, null);
    budget.settle(counted, { in: 400, out: 100 });
    budget.release(refused);
    expect(budget.spent).toEqual({ usd: 0.002, unknownUsd: 0.0125, unpriced: 0 });
    expect(budget.reservedUsd).toBe(0);
    expect(budget.leftUsd).toBeCloseTo(0.9855, 12);
  });

  it("begins with what earlier sessions spent", () => {
    const spent = { usd: 0.5, unknownUsd: 0.4, unpriced: 0 };
    const budget = createBudget({ limitUsd: 1, priceOf, spent });
    expect(budget.reserve("openai:dear", { in: 0, out: 10_001 })).toBeNull();
    expect(budget.reserve("openai:dear", { in: 0, out: 10_000 })).not.toBeNull();
  });

  it("lets nothing more through once a provider counted more than a call's bound", () => {
    const budget = createBudget({ limitUsd: 0.1, priceOf });
    const reservation = budget.reserve("openai:dear", { in: 0, out: 10_000 });
    if (reservation === null) throw new Error("refused");
    budget.settle(reservation, { in: 0, out: 20_000 });
    expect(budget.spent.usd).toBe(0.2);
    expect(budget.leftUsd).toBe(0);
    expect(budget.reserve("openai:cheap", { in: 1, out: 0 })).toBeNull();
  });

  it("keeps account without a limit, and counts sends without a price", () => {
    const budget = createBudget({ priceOf });
    for (const spec of ["openai:dear", "compatible:unknown"]) {
      const reservation = budget.reserve(spec, { in: 1_000, out: 1_000 });
      if (reservation === null) throw new Error("refused");
      budget.settle(reservation, { in: 1_000, out: 100 });
    }
    expect(budget.spent).toEqual({ usd: 0.0035, unknownUsd: 0, unpriced: 1 });
    expect(budget.leftUsd).toBeNull();
  });

  it("lets in who waits in turn, so that a dear call is not overtaken by cheap ones", async () => {
    const budget = createBudget({ limitUsd: 0.1, priceOf });
    const half = { in: 0, out: 5_000 };
    const [one, other] = await Promise.all(
      [1, 2].map(() => budget.admit("openai:dear", half, never)),
    );
    if (one == null || other == null) throw new Error("refused");
    const dear = budget.admit("openai:dear", { in: 0, out: 6_000 }, never);
    const cheap = budget.admit("openai:dear", { in: 0, out: 1_000 }, never);
    budget.release(one);
    // There is room for the cheap one now, and it is not its turn.
    expect(budget.reservedUsd).toBeCloseTo(0.05, 12);
    budget.release(other);
    expect(await Promise.all([dear, cheap])).not.toContain(null);
    expect(budget.reservedUsd).toBeCloseTo(0.07, 12);
  });

  it("stops waiting on abort", async () => {
    const budget = createBudget({ limitUsd: 0.1, priceOf });
    budget.reserve("openai:dear", { in: 0, out: 10_000 });
    const controller = new AbortController();
    const waiting = budget.admit("openai:dear", { in: 0, out: 1 }, controller.signal);
    controller.abort();
    expect(await waiting).toBeNull();
  });

  it("refuses models without a price by name", () => {
    const asking = (...models: string[]) => models.map((model) => ({ name: "judge", model }));
    expect(() => refuseUnpriced(asking("openai:dear", "sim:x"), priceOf)).not.toThrow();
    const lacking = asking("groq:a", "sim:x", "groq:b", "groq:a");
    expect(() => refuseUnpriced(lacking, priceOf)).toThrow(
      /^--budget: groq:a, groq:b have no price.*price: .*--prices/,
    );
  });

  it("shows dollars with the digits that matter", () => {
    expect([0, 12.345, 0.0456, 0.000123].map(shownUsd)).toEqual([
      "$0.00",
      "$12.35",
      "$0.0456",
      "$0.00012300",
    ]);
  });
});
