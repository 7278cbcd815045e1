import { inspect } from "node:util";
import { oneLine } from "../models/wire/one-line.ts";
import type { CustomNodeFailure } from "../nodes/role.ts";

/** How custom code ended: with a value, or with the reason why there is none. */
export type UserCodeOutcome<Value = unknown> =
  | { readonly failure: null; readonly value: Value }
  | { readonly failure: CustomNodeFailure };

/** Custom code broke a rule. */
export function badNode(problem: string): { readonly failure: CustomNodeFailure } {
  return { failure: { reason: "bad_node", detail: oneLine(problem, 400) } };
}

/** Custom code threw, or did not return in time. */
export function nodeFailed(problem: string): { readonly failure: CustomNodeFailure } {
  return { failure: { reason: "node_failed", detail: oneLine(problem, 400) } };
}

/** Custom code threw or rejected where nothing waits for it: a forgotten `await`, a timer. */
export function uncaughtIn(error: unknown): { readonly failure: CustomNodeFailure } {
  return nodeFailed(`threw ${shownError(error)}, where nothing waited for it`);
}

/** The message of a thrown value, whatever it is. */
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
