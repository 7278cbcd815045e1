import { FellowshipError } from "../../state/fellowship-error.ts";

/** The error of a journal that holds something else at `offset` than what was written there. */
export function journalDamaged(file: string, offset: number, reason: string): FellowshipError {
  return new FellowshipError(
    "journal_damaged",
    `the journal ${file} is damaged at byte ${offset}: ${reason}. Nothing was changed and ` +
      "nothing was sent. Put back an undamaged copy, or give the command again with --salvage: " +
      "it keeps this file under another name, drops the damaged records and says which; calls " +
      "whose answers were in them are asked again",
    { facts: { file, offset, reason } },
  );
}
