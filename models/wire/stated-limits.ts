import type { ResponseHeaders } from "./wire.ts";
import { durationMs, numberIn } from "./retry-hint.ts";

/** A rate limit as a response states it. */
export type StatedLimit = {
  /** Distinguishes the limits of one provider. */
  readonly name: string;
  readonly counts: "requests" | "tokens";
  /** The requests or tokens of a whole window; null where it is not stated. */
  readonly limit: number | null;
  /** Those that are left until the reset. */
  readonly remaining: number;
  /** The time until all of `limit` may be used again, in milliseconds. */
  readonly resetMs: number;
};

const header = /^(?:x-|anthropic-)?(rate|token)limit-([a-z-]+)$/;
/** More limits than any provider has: names come from the server. */
const mostLimits = 8;

/**
 * Reads the rate limits that providers state with their responses: `x-ratelimit-remaining-requests`
 * (OpenAI, Groq, Cerebras), `anthropic-ratelimit-tokens-remaining`, `x-ratelimit-remaining`
 * (Together, OpenRouter) and `ratelimit-remaining` (IETF drafts), each with its `limit` and
 * `reset`. A limit without a reset is left out, and so are those on input or output alone, which
 * the tokens of a whole call don't measure.
 *
 * @param now Milliseconds since 1970, for a reset that is a date.
 */
export function statedLimits(headers: ResponseHeaders, now = Date.now()): readonly StatedLimit[] {
  const stated = new Map<string, Map<string, string>>();
  for (const [key, value] of headers) {
    const found = header.exec(key);
    if (found === null) continue;
    const [, kind, rest = ""] = found;
    const words = rest.split("-");
    const role = words.find((word) => /^(?:limit|remaining|reset)$/.test(word));
    if (role === undefined || words.includes("input") || words.includes("output")) continue;
    const name = [kind, ...words.filter((word) => word !== role)].join("-");
    stated.set(name, (stated.get(name) ?? new Map<string, string>()).set(role, value));
  }
  return [...stated].slice(0, mostLimits).flatMap(([name, roles]) => {
    const remaining = countIn(roles.get("remaining"));
    const resetMs = resetIn(roles.get("reset"), now);
    if (remaining === null || resetMs === null) return [];
    const counts = name.includes("token") ? "tokens" : "requests";
    return [{ name, counts, limit: countIn(roles.get("limit")), remaining, resetMs } as const];
  });
}

/** The number at the start: `100, 100;w=60` states its windows behind it. */
function countIn(text = ""): number | null {
  return numberIn(text.split(/[,;]/)[0] ?? "", 1);
}

/** A duration ("6m0s", "20ms"), seconds, seconds or milliseconds since 1970, or a date. */
function resetIn(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const number = numberIn(text, 1);
  if (number !== null) {
    if (number > 1e11) return Math.max(0, number - now);
    return number > 1e8 ? Math.max(0, 1_000 * number - now) : 1_000 * number;
  }
  const duration = /^\s*\d+(?:\.\d+)?\s*[a-z]/i.test(text) ? durationMs(text) : null;
  if (duration !== null) return duration;
  const date = Date.parse(text);
  return Number.isFinite(date) ? Math.max(0, date - now) : null;
}
