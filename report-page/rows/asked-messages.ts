import type { CallRecord } from "../../state/calls/call-record.ts";
import type { Message } from "../../state/message.ts";

/**
 * Finds the messages that each call of a row was asked, in the order of its transcript; null for a
 * call, or for the row, where that isn't known.
 */
export type AskedMessages = (row: {
  readonly row: number;
  readonly id: string;
  readonly input?: unknown;
  readonly transcript: readonly CallRecord[];
}) => Promise<readonly (readonly Message[] | null)[] | null>;
