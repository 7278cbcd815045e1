import { FellowshipError, isFellowshipError } from "../state/fellowship-error.ts";

/**
 * The error of a disk that did not do what it was asked. `action` completes "could not …" and names
 * the file. An error that is already one of the family is passed on as it is.
 */
export function storageFailed(action: string, file: string, cause: unknown): FellowshipError {
  if (isFellowshipError(cause)) return cause;
  const problem = cause instanceof Error ? cause.message : String(cause);
  return new FellowshipError(
    "storage_failed",
    `could not ${action} ${file}: ${problem}. What was stored before is kept. Expected a ` +
      "place that can be written and has room; put that right and give the same command again, " +
      "it goes on where it stopped",
    { facts: { file, systemCode: systemCode(cause) }, cause },
  );
}

/** The system's code of an error (`ENOSPC`, `EIO` …), or null where it has none. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  // Errors of Node itself have codes like ERR_INVALID_ARG_TYPE: those are bugs, not disks.
  return typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}
