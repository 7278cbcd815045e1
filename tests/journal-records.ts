import { existsSync, readFileSync } from "node:fs";
import type { CallJournalRecord } from "../runs/journal/call-journal-record.ts";

/**
 * The whole records of a `journal.calls`, in order, as another process may be writing it; how lines
 * are framed is the journal's own.
 */
export function journalRecords(path: string): CallJournalRecord[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line.slice(line.indexOf("{"))) as CallJournalRecord);
}

/** `row agent part turn` of the records of a kind. */
export function journalAddresses(path: string, kind: CallJournalRecord["kind"]): string[] {
  return journalRecords(path)
    .filter((record) => record.kind === kind)
    .map(({ row, agent, part, turn }) => `${row} ${agent} ${part} ${turn}`);
}
