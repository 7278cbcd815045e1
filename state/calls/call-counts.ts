import * as z from "zod";
import type { CallRecord } from "./call-record.ts";

/**
 * How often each agent has been asked in each part of a row. A graph that asks its evaluator again
 * in the same part hands this in, so that turns count on and every call keeps an address of its own
 * (contract section 6).
 */
export const Asked = z.record(z.string(), z.number().int().nonnegative());
export type Asked = z.infer<typeof Asked>;

/** Counts the calls of a transcript. */
export function countCalls(transcript: readonly CallRecord[]): Asked {
  const asked: Asked = {};
  for (const { agent, part } of transcript) {
    const key = keyOf(agent, part);
    asked[key] = (asked[key] ?? 0) + 1;
  }
  return asked;
}

/** How often an agent has been asked in a part; 0 where it has not. */
export function callCount(asked: Asked, agent: string, part: string): number {
  return asked[keyOf(agent, part)] ?? 0;
}

function keyOf(agent: string, part: string): string {
  return JSON.stringify([agent, part]);
}
