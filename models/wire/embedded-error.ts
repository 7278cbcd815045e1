import type { Body } from "./body.ts";
import { oneLine } from "./one-line.ts";
import { providerErrorIn, type ProviderError } from "./provider-error.ts";

/** A refusal in the body of a 2xx, in the place of an answer. */
export type EmbeddedError = {
  /** The HTTP status it would have come with. */
  readonly status: number;
  readonly error: ProviderError;
  /** Whether something was generated or counted before it. */
  readonly hasBegun: boolean;
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the refusal inside a 2xx: gateways that ask others (OpenRouter) answer 200 before they know
 * the result, and then send `{"error": {"code": 429, …}}`, or a choice that ended in `error`. Null
 * where the body is an answer, and where its error names nothing that the gate could act on.
 */
export function embeddedErrorIn({ text, json }: Body): EmbeddedError | null {
  const outer: unknown = Array.isArray(json) ? json[0] : json;
  if (!isFields(outer) || firstOf(outer["candidates"]) !== null) return null;
  const choice = firstOf(outer["choices"]);
  const hasFailed = choice?.["finish_reason"] === "error";
  if (choice !== null && !hasFailed && hasSpoken(choice)) return null;
  const said = wordsIn(outer["error"]);
  const cause = [choice?.["error"], outer["error"], said, hasFailed ? {} : null].find(isFields);
  if (cause === undefined) return null;
  const error = providerErrorIn({ error: cause }, oneLine(text, 300));
  const isFailure = hasFailed || said !== null;
  const status = statusIn(cause) ?? statusOfWords(error) ?? (isFailure ? 502 : null);
  if (status === null) return null;
  const hasBegun = (choice !== null && hasSpoken(choice)) || hasCounted(outer["usage"]);
  return { status, error, hasBegun };
}

/** An error that is a sentence alone (`{"error": "model is loading"}`), as the fields of one. */
function wordsIn(error: unknown): Fields | null {
  return typeof error === "string" && error.trim() !== "" ? { message: error } : null;
}

function statusIn({ code, status }: Fields): number | null {
  const named = [code, status].map(Number);
  return named.find((one) => Number.isInteger(one) && one >= 400 && one <= 599) ?? null;
}

const statusByWord: readonly (readonly [RegExp, number])[] = [
  [/^(?:rate_?limit\w*|too_many_requests|resource_exhausted|insufficient_quota)$/, 429],
  [/^(?:overloaded(?:_error)?|unavailable|service_unavailable)$/, 503],
  [/^(?:server_error|internal(?:_server)?_error|internal|api_error)$/, 500],
  [/^(?:invalid_api_key|authentication_error|unauthenticated)$/, 401],
  [/^(?:insufficient_(?:balance|credits)|billing_\w+)$/, 402],
  [/^(?:permission_denied|permission_error)$/, 403],
  [/^model_not_found$/, 404],
  [/^(?:invalid_request_error|invalid_argument|context_length_exceeded|content_filter)$/, 400],
];

const statusBySentence: readonly (readonly [RegExp, number])[] = [
  [/^(?:rate limit|too many requests)\b/i, 429],
  [/^(?:the )?model (?:\S+ )?(?:is )?(?:not found|(?:does )?not exist)/i, 404],
  [/context length|context window|prompt is too long|input length exceeds/i, 400],
];

/**
 * The most particular of an error's words for machines comes first in the table, the one for all
 * else last.
 */
function statusOfWords({ codes, message }: ProviderError): number | null {
  const known = statusByWord.find(([word]) => codes.some((code) => word.test(code)));
  if (known !== undefined) return known[1];
  return statusBySentence.find(([words]) => words.test(message))?.[1] ?? null;
}

function hasSpoken({ message }: Fields): boolean {
  if (!isFields(message)) return false;
  const { content, refusal, reasoning, reasoning_content: thoughts, tool_calls: calls } = message;
  return [content, refusal, reasoning, thoughts, calls].some(
    (part) => (typeof part === "string" || Array.isArray(part)) && part.length > 0,
  );
}

function hasCounted(usage: unknown): boolean {
  return isFields(usage) && Object.values(usage).some((count) => Number(count) > 0);
}

function firstOf(value: unknown): Fields | null {
  const first: unknown = Array.isArray(value) ? value[0] : null;
  return isFields(first) ? first : null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
