import type { RowCounts } from "../../state/row-result.ts";
import { answeredByTexts, type Tally } from "./tally.ts";

/** The rows of a run, and nothing else of its summary, for a card. */
export function rowCounts({ rows, done, failed, pending }: RowCounts): RowCounts {
  return { rows, done, failed, pending };
}

/** What the cards of all kinds of runs tell last. */
export function runFigures({
  failures,
  calls,
  tokens,
  cost,
  sharedCalls: shared = 0,
  truncatedPrompts: truncated = 0,
  answeredBy,
}: Tally & { readonly failures: Readonly<Record<string, number>> }): [string, string][] {
  return [
    ["rows failed, by reason", countedWords(failures) || "none"],
    ["calls", String(calls)],
    ...(shared === 0 ? [] : [sharedRow(shared)]),
    ["tokens in, out, calls with unknown", `${tokens.in}, ${tokens.out}, ${tokens.unknown}`],
    ["dollars, calls with unknown cost", `${cost.usd}, ${cost.unknown}`],
    ...answeredByTexts({ answeredBy }).map((text): [string, string] => ["another model", text]),
    ...(truncated === 0 ? [] : [truncatedRow(truncated)]),
  ];
}

function sharedRow(calls: number): [string, string] {
  return ["calls that share the answer of an identical one", String(calls)];
}

function truncatedRow(calls: number): [string, string] {
  return ["calls whose prompt the server cut", String(calls)];
}

/** `word: n, word: n`. */
export function countedWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([word, n]) => `${word}: ${n}`)
    .join(", ");
}
