import { usdOf } from "../cost/budget.ts";
import type { ParsedAnswer } from "../providers/read-answer.ts";
import type { WireFailure } from "../wire/classify-failure.ts";
import { isAskedOnce } from "./asked-once.ts";
import { storageFailure, type CallJournal } from "./journal.ts";
import { isFailure, type Step } from "./step.ts";

/**
 * Records a send: its intent before it is sent, its raw answer before the client or any other
 * code parses it, and its end where it brought no answer. So a paid answer is neither lost nor
 * bought again, whatever is wrong with it. Its cost is written in dollars, so that a price that
 * changes later changes nothing that was spent. A model in this process sends nothing and costs
 * nothing: only its answer is kept.
 */
export function recorded(journal: () => CallJournal | undefined): Step {
  return async (send, next) => {
    const book = journal();
    if (book === undefined) return next(send);
    const { call, endpoint, requestHash, attempt: number, bound, price } = send;
    const worstUsd = usdOf(price, bound);
    const once = isAskedOnce(endpoint) ? ({ once: true } as const) : {};
    const attempt = {
      address: call.address,
      requestHash,
      attempt: number,
      bound,
      worstUsd,
      ...once,
    };
    const keep = ({ raw, read: { tokens } }: ParsedAnswer) =>
      written(() => book.keep(attempt, raw, tokens === null ? undefined : usdOf(price, tokens)));
    if (endpoint.protocol === null) return next({ ...send, keep });
    const unwritten = await written(() => book.intend(attempt));
    if (unwritten !== null) return unwritten;
    const sent = await next({ ...send, keep });
    if (sent === null) return written(() => book.giveUp(attempt, "interrupted", "none"));
    // An answer that could not be written down came all the same.
    if (!isFailure(sent) || sent.outcome === "storage_failed") return sent;
    return (await written(() => book.giveUp(attempt, sent.outcome, sent.cost))) ?? sent;
  };
}

/** Writes to the journal; a failure where that is impossible. */
async function written(write: () => Promise<void>): Promise<WireFailure | null> {
  try {
    await write();
    return null;
  } catch (error) {
    return storageFailure(error);
  }
}
