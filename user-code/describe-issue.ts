import type * as z from "zod";
import { shownValue } from "./user-code-failure.ts";

/**
 * The first thing that is wrong with what the user's own code left: which key, what was expected, what was found.
 *
 * @param allowed The keys it may leave, to be named where it left another.
 */
export function describeIssue(
  error: z.ZodError,
  left: unknown,
  allowed: readonly string[],
): string {
  const [issue] = error.issues;
  const path = issue?.path ?? [];
  if (issue?.code === "unrecognized_keys") {
    const unknown = [...path, issue.keys[0]].join(".");
    const hint = path.length === 0 ? `; it may leave ${allowed.join(", ")}` : "";
    return `unknown key "${unknown}"${hint}`;
  }
  const found = path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[step],
    left,
  );
  return `${path.join(".")}: ${issue?.message ?? "is not valid"} (got ${shownValue(found)})`;
}
