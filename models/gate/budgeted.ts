import type { BudgetAccount, Reservation } from "../cost/budget.ts";
import type { HaltSwitch } from "./failure/halt-switch.ts";
import { isFailure, type Sent, type Step } from "./step.ts";

export type BudgetedOptions = {
  /** None outside a run. */
  readonly budget: () => BudgetAccount | undefined;
  readonly stop: HaltSwitch;
};

/**
 * Sets the worst case of a send aside before it, and settles it after. A send that ends without
 * saying what it cost stays spent at its worst case. Halts the run where the budget can't pay.
 */
export function budgeted({ budget, stop }: BudgetedOptions): Step {
  return async (send, next) => {
    const account = budget();
    if (account === undefined) return next(send);
    const { bound, endpoint, call } = send;
    const { spec, longestAnswer } = endpoint;
    const { agent, row } = call.address;
    if (longestAnswer === undefined && account.binds(spec, agent)) {
      throw new Error(`${spec} is told no longest answer, so a call to it has no worst case`);
    }
    const reservation = await account.admit(spec, bound, stop.halting, agent, row.number);
    if (reservation === null) {
      if (!stop.halting.aborted) {
        stop.halt({ outcome: "over_budget", detail: account.shortfall(spec, bound, agent) });
      }
      return null;
    }
    let sent: Sent;
    try {
      sent = await next({ ...send, price: reservation.price });
    } catch (error) {
      account.settle(reservation, null);
      throw error;
    }
    settle(account, reservation, sent);
    return sent;
  };
}

function settle(account: BudgetAccount, reservation: Reservation, sent: Sent): void {
  if (sent === null || (isFailure(sent) && sent.cost === "none")) account.release(reservation);
  else if (isFailure(sent)) account.settle(reservation, null);
  else if (reservation.price === "free") account.release(reservation);
  else account.settle(reservation, sent.read.tokens);
}
