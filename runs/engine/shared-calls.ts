import type { CallRecord } from "../../state/calls/call-record.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { RowJournal } from "../directory/row-journal.ts";

/**
 * The finished rows, with a mark on each call whose answer is that of an earlier call: earlier in
 * the order of the input, whichever was sent. So the rows are the same whatever came first.
 */
export function withSharedCalls<Result extends RowResult>(
  rows: RowJournal<Result>,
): RowJournal<Result> {
  return {
    ...rows,
    get lastRow() {
      return rows.lastRow;
    },
    inOrder: async function* inOrder(to, from = 1) {
      const seen = new Set<number>();
      if (from > 1) {
        for await (const { result } of rows.inOrder(from - 1)) marked(result.transcript, seen);
      }
      for await (const record of rows.inOrder(to, from)) {
        const transcript = marked(record.result.transcript, seen);
        yield { ...record, result: { ...record.result, transcript } };
      }
    },
  };
}

function marked(transcript: readonly CallRecord[], seen: Set<number>): CallRecord[] {
  return transcript.map((call) => {
    const { request } = call;
    if (request === undefined) return call;
    if (seen.has(request)) return { ...call, shared: true };
    seen.add(request);
    return call;
  });
}
