import type { PriceOf } from "../../models/cost/prices.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { SheetCall } from "./row-sheet.ts";

/** A row's calls as its sheet shows them. */
export function sheetCalls(transcript: readonly CallRecord[], priceOf: PriceOf): SheetCall[] {
  return transcript.map((call) => {
    const { agent, part, turn, model, outcome, content, thinking, finish, tokens, detail } = call;
    return {
      agent,
      part,
      turn,
      model,
      outcome,
      text: content,
      finish,
      tokens,
      usd: usdOf(call, priceOf),
      ...(thinking === undefined ? {} : { thinking }),
      ...(detail === undefined ? {} : { detail }),
      ...(call.shared === true ? { isShared: true as const } : {}),
      ...(call.promptTruncated === true ? { isPromptTruncated: true as const } : {}),
    };
  });
}

/**
 * Dollars of a call, 0 where an earlier one paid for its answer; null if its price or its count is
 * unknown.
 */
export function usdOf(
  { model, agent, tokens, shared }: Pick<CallRecord, "model" | "agent" | "tokens" | "shared">,
  priceOf: PriceOf,
): number | null {
  const price = priceOf(model, agent);
  if (price === "free" || shared === true) return 0;
  if (price === null || tokens === null) return null;
  return (tokens.in * price.in + tokens.out * price.out) / 1_000_000;
}

/**
 * Sums over a row's calls, without those that share the answer of another; dollars are null if
 * those of any call are unknown.
 */
export function totalOf(calls: readonly SheetCall[]): { tokens: number; usd: number | null } {
  return {
    tokens: calls.reduce(
      (sum, { tokens, isShared }) =>
        isShared === true ? sum : sum + (tokens?.in ?? 0) + (tokens?.out ?? 0),
      0,
    ),
    usd: calls.reduce<number | null>(
      (sum, { usd }) => (sum === null || usd === null ? null : sum + usd),
      0,
    ),
  };
}
