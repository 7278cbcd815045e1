import type * as z from "zod";
import { journalDamaged } from "./journal-damaged.ts";
import type { RecordOffset } from "./journal-scan.ts";

/**
 * Checks the records of a journal in their order. A checksum tells that a record is whole, and not
 * that it is one of this kind of journal: a directory may come from anybody.
 *
 * @returns The check of the next record; it throws FellowshipError `journal_damaged` with the
 *   record's number, from 0, and what is wrong with it
 */
export function recordChecker<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): (record: unknown, place: RecordOffset) => z.output<Schema> {
  let number = 0;
  return (record, place) => {
    const parsed = schema.safeParse(record);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const where =
        issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
      const reason = `record ${number} has another shape than it should (${where}${issue?.message})`;
      throw journalDamaged(path, place.offset, reason);
    }
    number += 1;
    return parsed.data;
  };
}
