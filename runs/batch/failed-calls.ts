import type { WireFailure } from "../../models/wire/classify-failure.ts";
import type { CallJournalRecord } from "../journal/call-journal-record.ts";
import { callId } from "./call-id.ts";

/** How a call failed in batches. */
export type FailedCall = {
  readonly times: number;
  readonly outcome: WireFailure["outcome"];
  readonly detail: string;
};

/** The calls that failed in batches, by `callId`. */
export type FailedCalls = {
  /** Is told of every record of the journal. */
  readonly read: (record: CallJournalRecord) => void;
  /** Those that failed since the first `from` failures, and have no answer. */
  readonly since: (from: number) => Map<string, FailedCall>;
  /** All failures in batches so far. */
  readonly count: number;
};

/**
 * Remembers from the journal which calls failed in batches, since a row whose other calls still
 * wait is taken again, and the failed call is not to be bought again then. Only batches write why.
 */
export function createFailedCalls(): FailedCalls {
  const failed: { readonly id: string; readonly outcome: FailedCall["outcome"]; detail: string }[] =
    [];
  return {
    read({ kind, row: number, id, occurrence, agent, part, turn, hash, ...record }) {
      const { outcome, detail, once = false } = record;
      if (kind !== "gave-up" || detail === undefined || outcome === undefined) return;
      const row = occurrence === undefined ? { number, id } : { number, id, occurrence };
      failed.push({ id: callId({ row, agent, part, turn }, hash, once), outcome, detail });
    },
    since(from) {
      const calls = new Map<string, FailedCall>();
      for (const { id, outcome, detail } of failed.slice(from)) {
        calls.set(id, { times: (calls.get(id)?.times ?? 0) + 1, outcome, detail });
      }
      return calls;
    },
    get count() {
      return failed.length;
    },
  };
}
