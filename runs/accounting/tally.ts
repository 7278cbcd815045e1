import type { CallRecord } from "../../state/calls/call-record.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { Outcome } from "../../state/calls/outcome.ts";

/** Calls, tokens and dollars of a run, as `summary.json` tells them (contract section 5). */
export type Tally = {
  calls: number;
  /** `unknown`: calls whose provider did not say what it counted. */
  tokens: { in: number; out: number; unknown: number };
  /** `unknown`: calls of unknown cost, because the count or the price is missing. */
  cost: { usd: number; unknown: number };
  /** Calls that share the answer of an identical one; absent where there are none. */
  sharedCalls?: number;
  /** Calls of which the server read only a part of the prompt; absent where there are none. */
  truncatedPrompts?: number;
  /** Calls that another model answered, by the spec asked and the name answered; absent without. */
  answeredBy?: Record<string, Record<string, number>>;
};

export function emptyTally(): Tally {
  return { calls: 0, tokens: { in: 0, out: 0, unknown: 0 }, cost: { usd: 0, unknown: 0 } };
}

/**
 * Refused before anything was generated, or never sent: nothing was counted, and nothing is owed.
 */
const neverGenerated: ReadonlySet<Outcome> = new Set([
  "invalid_request",
  "context_overflow",
  "rate_limited",
  "not_recorded",
]);

/** Adds calls to a tally. Nothing unknown is counted as zero. */
export function addCalls(tally: Tally, calls: readonly CallRecord[], priceOf: PriceOf): void {
  for (const { agent, model, tokens, outcome, promptTruncated, answeredBy, shared } of calls) {
    tally.calls += 1;
    if (shared === true) {
      tally.sharedCalls = (tally.sharedCalls ?? 0) + 1;
      continue;
    }
    if (promptTruncated === true) tally.truncatedPrompts = (tally.truncatedPrompts ?? 0) + 1;
    if (answeredBy !== undefined) countAnswer(tally, model, answeredBy);
    if (tokens === null && neverGenerated.has(outcome)) continue;
    if (tokens === null) tally.tokens.unknown += 1;
    else {
      tally.tokens.in += tokens.in;
      tally.tokens.out += tokens.out;
    }
    const price = priceOf(model, agent);
    if (price === "free") continue;
    if (price === null || tokens === null) tally.cost.unknown += 1;
    else tally.cost.usd += (tokens.in * price.in + tokens.out * price.out) / 1_000_000;
  }
}

function countAnswer(tally: Tally, model: string, answeredBy: string): void {
  const counts = new Map(Object.entries(tally.answeredBy?.[model] ?? {}));
  counts.set(answeredBy, (counts.get(answeredBy) ?? 0) + 1);
  tally.answeredBy = { ...tally.answeredBy, [model]: Object.fromEntries(counts) };
}

/** `openai:gpt-4o answered as gpt-4o-mini in 12 calls`, for each such pair. */
export function answeredByTexts({
  answeredBy = {},
}: {
  readonly answeredBy?: Tally["answeredBy"] | undefined;
}): string[] {
  return Object.entries(answeredBy).flatMap(([model, names]) =>
    Object.entries(names).map(
      ([name, calls]) =>
        `${model} answered as ${oneLine(name)} in ${calls === 1 ? "1 call" : `${calls} calls`}`,
    ),
  );
}

/** A server may call its model anything, line breaks included. */
function oneLine(name: string): string {
  return name.replaceAll(/[\p{C}\s]+/gu, " ").trim();
}

/**
 * Dollars to a millionth of a cent: sums of binary fractions would otherwise show their last bits.
 */
export function roundedUsd(usd: number): number {
  return Math.round(usd * 1e8) / 1e8;
}
