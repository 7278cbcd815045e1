import type { RequestEntry } from "./server/request-log.ts";

/**
 * Options that send a feedback loop's calls in both languages: the generator's and the judge's as
 * OpenAI's, the reviewer's as Gemini's.
 */
export const bothLanguages: readonly string[] = [
  "--model",
  "generator=compatible:test-generator",
  "--model",
  "reviewer=google:gemini-test",
  "--model",
  "judge=compatible:test-judge",
];

/** Whether an answer left the server whole: what a provider bills that bills what it delivers. */
export function isDelivered({ generated, lastByteFlushed, status }: RequestEntry): boolean {
  return generated && lastByteFlushed && status === 200;
}

/** Answers that arrived whole and were asked for once more: a violation for each. */
export function boughtAgain(log: readonly RequestEntry[]): string[] {
  const delivered = new Map<string, RequestEntry>();
  const violations: string[] = [];
  for (const entry of log) {
    const earlier = delivered.get(entry.key);
    if (earlier !== undefined) {
      violations.push(
        `request ${entry.number} asks again for what ${earlier.number} delivered ` +
          `(${earlier.faultId ?? "a good answer"}, row ${entry.row})`,
      );
    }
    if (isDelivered(entry)) delivered.set(entry.key, entry);
  }
  return violations;
}

/** Requests by what they ask. */
export function byKey(log: readonly RequestEntry[]): ReadonlyMap<string, readonly RequestEntry[]> {
  const groups = new Map<string, RequestEntry[]>();
  for (const entry of log) {
    const group = groups.get(entry.key) ?? [];
    group.push(entry);
    groups.set(entry.key, group);
  }
  return groups;
}
