import { join } from "node:path";
import type { Call, CallAddress } from "../../models/call.ts";
import { createGate, type Gate } from "../../models/gate/gate.ts";
import type { CallJournal } from "../../models/gate/journal.ts";
import { RawAnswer } from "../../models/wire/raw-answer.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { systemCode } from "../../storage/storage-failed.ts";
import { callJournalRecord, type CallJournalRecord } from "../journal/call-journal-record.ts";
import { recordChecker } from "../journal/check-record.ts";
import { openJournalReader } from "../journal/journal-reader.ts";

/** A call of a replayed row. */
export type ReplayedCall = {
  readonly call: Call;
  readonly record: CallRecord;
  /**
   * `journal`: the answer in the journal; `no answer`: none came then either; `missing`: the
   * journal holds no answer to this very question.
   */
  readonly source: "journal" | "no answer" | "missing";
};

/** The answers of one row in a journal, by the keys of their calls. */
export type RowAnswers = ReadonlyMap<string, Pick<CallJournalRecord, "hash" | "answer">>;

/**
 * Reads the answers that a row was given, without a lock and without changing anything.
 *
 * @throws FellowshipError `journal_damaged`
 */
export async function readRowAnswers(directory: string, row: number): Promise<RowAnswers> {
  const path = join(directory, "journal.calls");
  const check = recordChecker(path, callJournalRecord);
  const answers = new Map<string, CallJournalRecord>();
  const onRecord: Parameters<typeof openJournalReader>[1] = (value, place) => {
    const record: CallJournalRecord = check(value, place);
    if (record.row === row && record.kind === "answer") answers.set(keyOf(record), record);
  };
  const reader = await openJournalReader(path, onRecord).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  });
  await reader?.close();
  return answers;
}

/**
 * A gate that answers from a journal and sends nothing. A call that got no answer in the run fails
 * as it did then.
 *
 * @param transcript The row's calls in the run.
 */
export function createReplayGate(
  answers: RowAnswers,
  transcript: readonly CallRecord[],
  onCall: (replayed: ReplayedCall) => void,
): Gate {
  const found = new Set<string>();
  const journal: CallJournal = {
    async find(address, hash) {
      const known = answers.get(keyOf(address));
      if (known?.hash !== hash) return undefined;
      found.add(keyOf(address));
      return RawAnswer.parse(known.answer);
    },
    intend: notWritten,
    keep: notWritten,
    giveUp: notWritten,
  };
  const gate = createGate({ journal: () => journal });
  gate.halt({ outcome: "interrupted", detail: "the journal holds no answer to this question" });
  const unanswered = new Map(
    transcript
      .filter((record) => !answers.has(keyOf(record)))
      .map((record) => [keyOf(record), record]),
  );
  return {
    ...gate,
    get halted() {
      return gate.halted;
    },
    async ask(call, endpoint) {
      const key = keyOf(call.address);
      const failed = unanswered.get(key);
      if (failed !== undefined) {
        onCall({ call, record: failed, source: "no answer" });
        return failed;
      }
      const record = await gate.ask(call, endpoint);
      onCall({ call, record, source: found.has(key) ? "journal" : "missing" });
      return record;
    },
  };
}

async function notWritten(): Promise<void> {
  throw new Error("a replay writes nothing");
}

function keyOf({ agent, part, turn }: Omit<CallAddress, "row">): string {
  return JSON.stringify([agent, part, turn]);
}
