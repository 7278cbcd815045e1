import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRecords } from "../../datasets/read/read-records.ts";

/** Failed rows of one reason. */
export type FailureReason = {
  readonly reason: string;
  readonly rows: number;
  /** Of the first of them. */
  readonly detail: string;
};

type FailedLine = { readonly reason: string; readonly detail: string };

/**
 * Reads the reasons of `failed.jsonl`, the most frequent first; none where it isn't there, as in
 * the directory of a study.
 */
export async function readFailureReasons(directory: string): Promise<FailureReason[]> {
  if (!existsSync(join(directory, "failed.jsonl"))) return [];
  const reasons = new Map<string, FailureReason>();
  // The run's own lines may be longer than any that is taken from others.
  const options = { maxRowBytes: Number.MAX_SAFE_INTEGER };
  for await (const record of readRecords(join(directory, "failed.jsonl"), options)) {
    if (!("value" in record)) continue;
    const { reason, detail } = record.value as FailedLine;
    const known = reasons.get(reason);
    reasons.set(reason, { detail, ...known, reason, rows: (known?.rows ?? 0) + 1 });
  }
  return [...reasons.values()].toSorted((one, other) => other.rows - one.rows);
}
