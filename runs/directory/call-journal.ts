import type { CallAddress } from "../../models/call.ts";
import type { Attempt, CallJournal } from "../../models/gate/journal.ts";
import { RawAnswer } from "../../models/wire/raw-answer.ts";
import type { Journal, JournalOptions } from "../journal/journal.ts";
import { openJournal } from "../journal/journal.ts";
import { createAnswerIndex } from "../journal/answer-index.ts";
import type { RecordOffset } from "../journal/journal-scan.ts";
import { recordChecker } from "../journal/check-record.ts";
import {
  callJournalRecord,
  type CallJournalRecord,
  type TakenFrom,
} from "../journal/call-journal-record.ts";

/** Finds the answer that another run holds for a call, with the name of that run. */
export type FindElsewhere = (
  address: CallAddress,
  requestHash: string,
) => Promise<{ readonly answer: RawAnswer; readonly from: TakenFrom } | undefined>;

export type CallJournalParts = {
  /**
   * Told of every record that is there, in order, and then of every answer that is taken from
   * another run.
   */
  readonly onCall?: ((record: CallJournalRecord) => void) | undefined;
  /**
   * Whether answers of this session may be asked for again before their row is finished, as by a
   * worker that takes a row over.
   */
  readonly findsNew?: boolean | undefined;
  /** Where calls that this run has no answer to may have been answered before. */
  readonly findElsewhere?: FindElsewhere | undefined;
};

export type CallJournalFile = CallJournal & {
  readonly journal: Journal;
  /** Answers that are held ready for unfinished rows. */
  readonly remembered: number;
  /** The last entry of a queue's stream that was written down here; undefined without one. */
  readonly lastEntry: string | undefined;
  /** Writes down what a worker of a queue reported. */
  report(record: CallJournalRecord): Promise<void>;
  /** The records of the answers that are held ready for a row. */
  answersOf(row: number): Promise<CallJournalRecord[]>;
  /** Forgets a row's answers: it is finished. */
  finishRow(row: number): void;
};

/**
 * Opens `journal.calls` and remembers where the answers of unfinished rows stand; the answers
 * themselves stay on disk.
 *
 * @throws FellowshipError `journal_damaged` or `storage_failed`
 */
export async function openCallJournal(
  path: string,
  isFinished: (row: number) => boolean,
  options: JournalOptions = {},
  { onCall, findElsewhere, findsNew = false }: CallJournalParts = {},
): Promise<CallJournalFile> {
  const rows = new Map<
    number,
    Map<string, { readonly hash: string; readonly place: RecordOffset }>
  >();
  const shareable = createAnswerIndex();
  /** Requests that an earlier session was refused, by their hashes. */
  const refused = new Set<string>();
  const check = recordChecker(path, callJournalRecord);
  let lastEntry: string | undefined;
  const journal = await openJournal(path, {
    ...options,
    onRecord: (value, place) => {
      const record: CallJournalRecord = check(value, place);
      onCall?.(record);
      lastEntry = record.entry ?? lastEntry;
      const { outcome } = record;
      if (outcome === "invalid_request" || outcome === "provider_refused") refused.add(record.hash);
      if (record.kind !== "answer") return;
      if (record.once === true && record.shared !== true) shareable.add(record, place);
      if (!isFinished(record.row)) remember(record, place);
    },
  });

  function remember({ row, agent, part, turn, hash }: CallJournalRecord, place: RecordOffset) {
    const answers = rows.get(row) ?? new Map<string, { hash: string; place: RecordOffset }>();
    rows.set(row, answers);
    answers.set(keyOf(agent, part, turn), { hash, place });
  }

  async function find({ row, agent, part, turn }: CallAddress, requestHash: string) {
    const known = rows.get(row.number)?.get(keyOf(agent, part, turn));
    if (known === undefined || known.hash !== requestHash) return undefined;
    const record = (await journal.read(known.place)) as CallJournalRecord;
    return RawAnswer.parse(record.answer);
  }

  /**
   * Takes an answer over from another run: it is written down here before it is used, so that this
   * journal stands alone.
   */
  async function take(address: CallAddress, requestHash: string, isShareable: boolean) {
    const found = await findElsewhere?.(address, requestHash);
    if (found === undefined) return undefined;
    const { answer, from: takenFrom } = found;
    const taken = recordOf("answer", { address, requestHash, attempt: 0 });
    const once = isShareable ? ({ once: true } as const) : {};
    const record: CallJournalRecord = { ...taken, ...once, answer, takenFrom };
    const place = await journal.append(record);
    if (isShareable) shareable.add(record, place);
    onCall?.(record);
    return answer;
  }

  async function findSame(requestHash: string, turn: number) {
    for (const { place } of shareable.find(requestHash, turn)) {
      const record = (await journal.read(place)) as CallJournalRecord;
      if (record.hash === requestHash) return RawAnswer.parse(record.answer);
    }
    return undefined;
  }

  return {
    journal,
    find: async (address, requestHash, once = false) =>
      (await find(address, requestHash)) ?? take(address, requestHash, once),
    findSame,
    refusedBefore: (_, requestHash) => refused.has(requestHash),
    intend: async (attempt) => {
      await journal.append(recordOf("intent", attempt));
    },
    keep: async (attempt, answer, usd) => {
      const { once, shared } = attempt;
      const facts = { ...(once ? { once } : {}), ...(shared ? { shared } : {}) };
      const record: CallJournalRecord = { ...recordOf("answer", attempt), ...facts, answer, usd };
      const place = await journal.append(record, { irreplaceable: true });
      if (once === true && shared !== true) shareable.add(record, place);
      if (findsNew) remember(record, place);
    },
    giveUp: async (attempt, outcome, cost, detail) => {
      const once = attempt.once === true && detail !== undefined ? { once: true as const } : {};
      await journal.append({ ...recordOf("gave-up", attempt), ...once, outcome, cost, detail });
    },
    report: async (record) => {
      await journal.append(record, { irreplaceable: true });
    },
    answersOf: (row) =>
      Promise.all(
        [...(rows.get(row)?.values() ?? [])].map(
          async ({ place }) => (await journal.read(place)) as CallJournalRecord,
        ),
      ),
    finishRow: (row) => void rows.delete(row),
    get lastEntry() {
      return lastEntry;
    },
    get remembered() {
      return [...rows.values()].reduce((sum, answers) => sum + answers.size, 0);
    },
  };
}

/** A record of an attempt, as far as the attempt itself says. */
export function recordOf(kind: CallJournalRecord["kind"], entry: Attempt): CallJournalRecord {
  const { address, requestHash: hash, attempt, bound, worstUsd } = entry;
  const { row, agent, part, turn } = address;
  const { number, ...label } = row;
  return { kind, row: number, ...label, agent, part, turn, hash, attempt, bound, worstUsd };
}

function keyOf(agent: string, part: string, turn: number): string {
  return JSON.stringify([agent, part, turn]);
}
