import type { Body } from "./body.ts";
import type { ResponseHeaders } from "./wire.ts";

const longestRead = 64 * 1024;
const sentenceHint = /(?:try again|retry)\s+(?:in|after)\s+([\d.]+[^"\n]{0,40})/i;
const headerDate = /^[A-Z][a-z]{2,8},? \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} /;

/**
 * The time that a provider asks to wait, in whole milliseconds, or null where it does not say. Read
 * in every spelling in use: `retry-after-ms`, `Retry-After` in seconds or as a date, Gemini's
 * `RetryInfo.retryDelay`, and the sentence "try again in 20s" or "Please retry in 34.07s" in the
 * body. Of several, the longest counts. Of a body in JSON only the fields of an error are read:
 * beside them a server may repeat the request.
 *
 * @param body Null where the body is not to be read
 */
export function retryHintMs(
  headers: ResponseHeaders,
  body: Body | null,
  now = Date.now(),
): number | null {
  const { sentences, delays } = body === null ? nothing : errorTexts(body);
  const hints = [
    numberIn(headers.get("retry-after-ms"), 1),
    headerHintMs(headers.get("retry-after"), now),
    ...delays.map(durationMs),
    ...sentences.map((text) => durationMs(sentenceHint.exec(text)?.[1])),
  ].filter((hint) => hint !== null);
  return hints.length === 0 ? null : Math.ceil(Math.max(...hints));
}

type ErrorTexts = { readonly sentences: readonly string[]; readonly delays: readonly string[] };

const nothing: ErrorTexts = { sentences: [], delays: [] };

/** The sentences and the `retryDelay` of an error; a body that is no JSON is one sentence. */
function errorTexts({ text, json }: Body): ErrorTexts {
  const isLong = text.length > longestRead;
  if (json === undefined || isLong) {
    // JSON that is cut or too long may repeat the request.
    const isJson = /^\s*[{[]/.test(text);
    return isJson ? nothing : { sentences: [text.slice(0, longestRead)], delays: [] };
  }
  const outer = fieldsOf(Array.isArray(json) ? json[0] : json);
  const error = fieldsOf(outer["error"]);
  const details = Array.isArray(error["details"]) ? error["details"].map(fieldsOf) : [];
  const said = [outer["error"], outer["message"], outer["detail"], error["message"]];
  const delays = [outer, error, ...details].map(({ retryDelay }) => retryDelay);
  return { sentences: said.filter(isText), delays: delays.filter(isText) };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function headerHintMs(header: string | null | undefined, now: number): number | null {
  if (header == null) return null;
  const seconds = numberIn(header, 1000) ?? durationMs(header);
  if (seconds !== null || !headerDate.test(header.trim())) return seconds;
  const date = Date.parse(header);
  return Number.isFinite(date) ? Math.max(0, date - now) : null;
}

/** A plain number, times the factor; null for other texts. */
export function numberIn(text: string | null | undefined, factor: number): number | null {
  return text != null && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) * factor : null;
}

const unitsMs = [
  [/^(?:ms|msecs?|milliseconds?)$/i, 1],
  [/^(?:s|secs?|seconds?)$/i, 1000],
  [/^(?:m|mins?|minutes?)$/i, 60_000],
  [/^(?:h|hrs?|hours?)$/i, 3_600_000],
] as const;

/** Reads "34.07s", "1m30s" or "20 seconds" at the start of a text, in milliseconds. */
export function durationMs(text: string | undefined): number | null {
  let total: number | null = null;
  for (const [, amount = "", unit = ""] of (text ?? "").matchAll(
    /\s*(\d+(?:\.\d+)?)\s*([a-z]+)/giy,
  )) {
    const factor = unitsMs.find(([name]) => name.test(unit))?.[1];
    if (factor === undefined) break;
    total = (total ?? 0) + Number(amount) * factor;
  }
  return total;
}
