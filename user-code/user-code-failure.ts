import { inspect } from "node:util";
import { oneLine } from "../models/wire/one-line.ts";
import type { Failure } from "../state/failure.ts";
import type { NodeFailure } from "../state/outcome.ts";

/** Why the user's own code came to nothing: `node_failed` where it threw or did not return, `bad_node` where it broke a rule. */
export type UserCodeFailure = Failure & { readonly reason: NodeFailure };

/** How the user's own code ended. */
export type UserCodeOutcome =
  | { readonly failure: null; readonly value: unknown }
  | { readonly failure: UserCodeFailure };

/** What the user's own code left breaks a rule. */
export function badNode(problem: string): { readonly failure: UserCodeFailure } {
  return { failure: { reason: "bad_node", detail: oneLine(problem, 400) } };
}

/** The user's own code threw or rejected where nobody waits for it: a forgotten `await`, a timer. */
export function uncaughtIn(error: unknown): { readonly failure: UserCodeFailure } {
  const detail = `threw ${shownError(error)}, where nothing waited for it`;
  return { failure: { reason: "node_failed", detail: oneLine(detail, 400) } };
}

/** The message of whatever was thrown. */
export function shownError(error: unknown): string {
  try {
    return error instanceof Error ? error.message || error.name : shownValue(error);
  } catch {
    return "something that can't be shown";
  }
}

/** A value in a few words, whatever it is. */
export function shownValue(value: unknown): string {
  return oneLine(inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 60 }), 80);
}
