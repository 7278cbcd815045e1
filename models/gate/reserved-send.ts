import type { Budget, Reservation } from "../cost/budget.ts";
import type { TokenBound } from "../cost/worst-case-tokens.ts";
import type { WireFailure } from "../wire/classify-failure.ts";
import type { Endpoint } from "../endpoint.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";
import { readAnswer } from "../wire/read-answer.ts";
import { isFailure } from "./send-call.ts";

/** What came of a send; null where nothing left. */
type Sent = RawAnswer | WireFailure | null;

export type ReservedSend = {
  /** None outside a run. */
  readonly budget: Budget | undefined;
  readonly endpoint: Endpoint;
  readonly bound: TokenBound;
  readonly halting: AbortSignal;
  /** Told why, where the budget can't pay for the send and never will. */
  readonly onShortfall: (detail: string) => void;
};

/**
 * Sets the worst case of a send aside before it, and settles it after; null where it was not sent. A send whose end says
 * nothing of its cost stays spent at its worst case, and so does one that was answered without a count.
 */
export async function sendReserved(
  { budget, endpoint, bound, halting, onShortfall }: ReservedSend,
  send: () => Promise<Sent>,
): Promise<Sent> {
  if (budget === undefined) return send();
  const { spec, longestAnswer } = endpoint;
  if (longestAnswer === undefined && budget.binds(spec)) {
    throw new Error(`${spec} is told no longest answer, so a call to it has no worst case`);
  }
  const reservation = await budget.admit(spec, bound, halting);
  if (reservation === null) {
    if (!halting.aborted) onShortfall(budget.shortfall(spec, bound));
    return null;
  }
  let sent: Sent;
  try {
    sent = await send();
  } catch (error) {
    budget.settle(reservation, null);
    throw error;
  }
  account(budget, reservation, sent);
  return sent;
}

function account(budget: Budget, reservation: Reservation, sent: Sent): void {
  if (sent === null || (isFailure(sent) && sent.cost === "none")) budget.release(reservation);
  else if (isFailure(sent)) budget.settle(reservation, null);
  else if (reservation.price === "free") budget.release(reservation);
  else budget.settle(reservation, readAnswer(sent).tokens);
}
