import { randomUUID } from "node:crypto";
import type { CallAddress } from "../../models/call.ts";
import type { Attempt, CallJournal } from "../../models/gate/journal.ts";
import { RawAnswer } from "../../models/wire/raw-answer.ts";
import { recordOf } from "../directory/call-journal.ts";
import { callJournalRecord, type CallJournalRecord } from "../journal/call-journal-record.ts";
import type { QueueEvent } from "./queued-run.ts";
import type { RunKeys } from "./run-keys.ts";
import type { RunScript } from "./scripts.ts";
import type { SharedLimits } from "./shared-limits.ts";

/** The field of an answer in the hash of its row. */
export function answerField({
  agent,
  part,
  turn,
}: Pick<CallJournalRecord, "agent" | "part" | "turn">): string {
  return `answer:${JSON.stringify([agent, part, turn])}`;
}

/** A journal of calls in Redis, where every worker can read it. */
export type QueueJournal = CallJournal & {
  /** Reads the answers of a row that is taken up; false where the row has ended. */
  readonly take: (row: number) => Promise<boolean>;
  /** Forgets them. */
  readonly leave: (row: number) => void;
};

/**
 * Keeps the calls of a worker in Redis: an answer counts once Redis has it. Requests wait here for
 * the limits that all workers share, just before their intent is written.
 */
export function createQueueJournal(
  script: RunScript,
  keys: RunKeys,
  limits: SharedLimits,
): QueueJournal {
  const rows = new Map<number, ReadonlyMap<string, CallJournalRecord>>();

  async function report(record: CallJournalRecord): Promise<void> {
    const event: QueueEvent = { kind: "call", record };
    const { row } = record;
    const field = record.kind === "answer" ? answerField(record) : "";
    const answer = field === "" ? "" : JSON.stringify(record);
    await script(
      "fellowshipReport",
      [keys.row(row), keys.events, keys.ended],
      [randomUUID(), field, JSON.stringify(event), row, answer],
    );
  }

  return {
    async take(row) {
      const found = await script(
        "fellowshipTake",
        [keys.row(row), keys.ended, keys.budget, keys.reserved(row)],
        [row],
      );
      if (!Array.isArray(found)) return false;
      rows.set(row, answersIn(found as readonly string[]));
      return true;
    },
    leave: (row) => void rows.delete(row),
    async find(address: CallAddress, requestHash: string) {
      const known = rows.get(address.row.number)?.get(answerField(address));
      return known?.hash === requestHash ? RawAnswer.parse(known.answer) : undefined;
    },
    async intend(attempt: Attempt) {
      await limits.pass(attempt);
      await report(recordOf("intent", attempt));
    },
    async keep(attempt, answer, usd) {
      await report({ ...recordOf("answer", attempt), answer, usd });
      limits.ended(attempt);
    },
    async giveUp(attempt, outcome, cost) {
      await report({ ...recordOf("gave-up", attempt), outcome, cost });
      limits.ended(attempt);
    },
  };
}

function answersIn(fields: readonly string[]): Map<string, CallJournalRecord> {
  const answers = new Map<string, CallJournalRecord>();
  for (let at = 0; at < fields.length; at += 2) {
    const [field = "", value = ""] = fields.slice(at, at + 2);
    if (field.startsWith("answer:")) {
      answers.set(field, callJournalRecord.parse(JSON.parse(value)));
    }
  }
  return answers;
}
