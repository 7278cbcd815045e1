import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { shownUsd, usdOf, type BudgetAccount, type Reservation } from "../../models/cost/budget.ts";
import type { TokenBound } from "../../models/cost/worst-case-tokens.ts";
import type { QueuedRun } from "./queued-run.ts";
import type { RunKeys } from "./run-keys.ts";
import type { RunScript } from "./scripts.ts";

/** Whole billionths of a dollar; what is finer is rounded up, so that nothing is overspent. */
const unitsPerUsd = 1e9;

export function queueUnits(usd: number): number {
  return Math.ceil(usd * unitsPerUsd - 1e-6);
}

/** How long a call waits before it asks again whether what is set aside for others came free. */
const againMs = 100;

/**
 * The budget of a run that all its workers share. What a lost worker had set aside counts as spent
 * from when its row is taken over.
 */
export function createQueueBudget(
  script: RunScript,
  keys: RunKeys,
  { agents, isBound }: Pick<QueuedRun, "agents" | "isBound">,
): BudgetAccount {
  const priceOf = (agent = "") => agents[agent]?.price ?? null;
  const open = new WeakMap<Reservation, { readonly row: number; readonly token: string }>();

  function close(reservation: Reservation, cost: string): void {
    const known = open.get(reservation);
    if (known === undefined) throw new Error("a reservation of another budget");
    const sums = [keys.budget, keys.reserved(known.row)];
    // Of a connection that is closed for good, what is set aside counts as spent.
    void script("fellowshipSettle", sums, [known.token, cost]).catch(() => undefined);
  }

  return {
    async admit(_spec, bound: TokenBound, signal: AbortSignal, agent, row = 0) {
      const price = priceOf(agent);
      const worst = queueUnits(usdOf(price, bound) ?? 0);
      const token = randomUUID();
      while (!signal.aborted) {
        const sums = [keys.budget, keys.reserved(row)];
        const answer = Number(await script("fellowshipAdmit", sums, [token, worst]));
        if (answer < 0) return null;
        if (answer > 0) {
          const reservation = { price, worst };
          open.set(reservation, { row, token });
          return reservation;
        }
        await sleep(againMs);
      }
      return null;
    },
    settle(reservation, counted) {
      const { price } = reservation;
      const usd = counted === null || price === null ? null : (usdOf(price, counted) ?? 0);
      close(reservation, usd === null ? "unknown" : String(queueUnits(usd)));
    },
    release: (reservation) => close(reservation, "0"),
    binds: (_spec, agent) => isBound && priceOf(agent) !== "free",
    shortfall(spec, bound, agent) {
      const worst = usdOf(priceOf(agent), bound) ?? 0;
      return (
        `the budget is reached: the next call to ${spec} may cost up to ${shownUsd(worst)}, ` +
        "and less is left"
      );
    },
  };
}
