import { callKey, type CallRecord } from "../../state/calls/call-record.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { RowJournal, RowJournalRecord } from "../directory/row-journal.ts";

/**
 * The finished rows, with a mark on each call whose answer is that of an earlier call: earlier in
 * the order of the input, whichever was sent. So the rows are the same whatever came first.
 */
export async function* withSharedCalls<Result extends RowResult>(
  records: AsyncIterable<RowJournalRecord<Result>>,
): AsyncGenerator<RowJournalRecord<Result>, void, undefined> {
  const seen = new Set<number>();
  for await (const record of records) {
    yield { ...record, result: withMarks(record.result, seen) };
  }
}

/**
 * Puts the marks of a row's calls, as `withSharedCalls` gives them, on the same calls of the row
 * made again: asked of no model, they have nothing that tells which are identical.
 *
 * @param record The row in its run, without marks.
 */
export async function sharedCallsOf<Result extends RowResult>(
  rows: Pick<RowJournal<Result>, "inOrder">,
  { row, result }: RowJournalRecord<Result>,
): Promise<(again: Result) => Result> {
  const seen = new Set<number>();
  // Most rows share nothing, and need no other row.
  if (row > 1 && result.transcript.some(({ request }) => request !== undefined)) {
    for await (const earlier of rows.inOrder(row - 1)) marked(earlier.result.transcript, seen);
  }
  const shared = new Set(
    marked(result.transcript, seen)
      .filter((call) => call.shared === true)
      .map(keyOf),
  );
  return (again) => ({
    ...again,
    transcript: again.transcript.map((call) =>
      shared.has(keyOf(call)) ? { ...call, shared: true } : call,
    ),
  });
}

function keyOf(call: CallRecord): string {
  return JSON.stringify(callKey(call));
}

function withMarks<Result extends RowResult>(result: Result, seen: Set<number>): Result {
  return { ...result, transcript: marked(result.transcript, seen) };
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
