/**
 * Machine codes of everything this project throws on purpose; each maps to one exit code in
 * `scripts/`.
 */
export type ErrorCode =
  | "bad_usage" // an option, a topology, a prompt file or a key is wrong; nothing was sent
  | "bad_input" // the input file as a whole can't be read
  | "directory_in_use"
  | "directory_differs" // the directory holds a run over something else
  | "storage_failed"
  | "journal_damaged"
  | "service_failed"; // LangSmith does not answer, or refuses

const marker = Symbol.for("fellowship.error");

/**
 * The one error family of the project. The message says what was expected, what was found and what
 * to do; `facts` hold the same as fields (file, line, key …).
 */
export class FellowshipError extends Error {
  readonly [marker] = true;
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { facts?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "FellowshipError";
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/** True for a `FellowshipError`, also one made by another copy of this module. */
export function isFellowshipError(error: unknown): error is FellowshipError {
  return error instanceof Error && marker in error;
}
