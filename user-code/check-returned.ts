import type * as z from "zod";
import { callKey, type CallRecord } from "../state/calls/call-record.ts";
import { badNode, shownError, shownValue, type UserCodeOutcome } from "./custom-node-failure.ts";

/** An update or an output of custom code, as far as it may be relied on. */
export type ExpectedReturn<Value> = {
  /** Its shape, without the transcript. */
  readonly shape: z.ZodType<Value>;
  /** The keys it may hold, named where it holds another; none where every key is allowed. */
  readonly keys?: readonly string[];
  /** The problem with a value of the right shape, in words; null where there is none. */
  readonly complain?: (value: Value) => string | null;
};

/**
 * Checks what custom code returned, key by key, and completes its transcript by the calls that it
 * made and did not return.
 */
export function checkReturned<Value extends object>(
  returned: unknown,
  { shape, keys = [], complain }: ExpectedReturn<Value>,
  records: readonly CallRecord[],
): UserCodeOutcome<{ readonly value: Value; readonly transcript: CallRecord[] }> {
  try {
    if (!isPlainObject(returned ?? {}))
      return badNode(`returned ${shownValue(returned)}; expected an update of the state`);
    const { transcript: returnedCalls = [], ...rest } = { ...(returned as Partial<Written>) };
    const read = shape.safeParse(withoutUndefined(rest));
    if (!read.success) return badNode(describeIssue(read.error, returned, keys));
    const problem = complain?.(read.data) ?? null;
    if (problem !== null) return badNode(problem);
    const transcript = completeTranscript(returnedCalls, records);
    if (transcript === null)
      return badNode("transcript: expected the records of its calls alone, as agent.ask gave them");
    return { failure: null, value: { value: read.data, transcript } };
  } catch (error) {
    return badNode(`left what can't be read: ${shownError(error)}`);
  }
}

type Written = Readonly<Record<string, unknown>>;

/**
 * Calls in the order in which they were returned, then the others; null where one was never made.
 */
function completeTranscript(
  returned: unknown,
  records: readonly CallRecord[],
): CallRecord[] | null {
  if (!Array.isArray(returned)) return null;
  const made = new Map(records.map((record) => [JSON.stringify(callKey(record)), record]));
  const keys = new Set(returned.map((one) => JSON.stringify(callKey(one as CallRecord))));
  if ([...keys].some((key) => !made.has(key)) || keys.size < returned.length) return null;
  return [...new Set([...keys, ...made.keys()])].flatMap((key) => made.get(key) ?? []);
}

/** The first problem: the key, the expected value and the value that was found. */
function describeIssue(error: z.ZodError, returned: unknown, keys: readonly string[]): string {
  const [issue] = error.issues;
  const path = issue?.path ?? [];
  if (issue?.code === "unrecognized_keys") {
    const unknown = [...path, issue.keys[0]].join(".");
    const hint = path.length === 0 ? `; it may leave ${[...keys, "transcript"].join(", ")}` : "";
    return `unknown key "${unknown}"${hint}`;
  }
  const found = path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[step],
    returned,
  );
  return `${path.join(".")}: ${issue?.message ?? "is not valid"} (got ${shownValue(found)})`;
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** LangGraph takes a key without a value for an absent one. */
function withoutUndefined(update: Written): Written {
  return Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined));
}
