/**
 * Why a row can't be used: it is not what it should be, or it is larger than the reader's limit.
 */
export type RowProblemReason = "bad_input" | "row_too_large";

/** What is the matter with one row, in a sentence. */
export type RowProblem = { problem: string; reason: RowProblemReason };

/** A row's value, or why there is none. */
export type RowValue = { value: unknown } | RowProblem;

/** A problem of the common kind. */
export function badInput(problem: string): RowProblem {
  return { problem, reason: "bad_input" };
}

/** The problem of a row beyond the reader's limit of `maxBytes`. */
export function tooLarge(maxBytes: number): RowProblem {
  return {
    problem: `row too large: expected at most ${maxBytes} bytes`,
    reason: "row_too_large",
  };
}

/** True for a JSON object. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The kind of a value, for a message; not the value itself, which may be long or private. */
export function describe(value: unknown): string {
  if (value === undefined) return "none";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/**
 * A short text as it stands, for a message where one of a few words was expected; other values by
 * their kind.
 */
export function quote(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : describe(value);
}
