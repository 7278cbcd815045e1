import type { Outcome } from "../../state/calls/outcome.ts";
import { parseBody, type Body } from "./body.ts";
import { oneLine } from "./one-line.ts";
import { readProviderError, type ProviderError } from "./provider-error.ts";
import { embeddedErrorIn } from "./embedded-error.ts";
import { retryHintMs } from "./retry-hint.ts";
import type { ReceivedResponse, WireResult } from "./wire.ts";

/**
 * What to do about a request that brought no answer:
 *
 * - `wait`: the provider limits us; hold back all calls to this model, then send again
 * - `overloaded`: the provider has too much to do; send again, more patiently than after a plain
 *   error
 * - `transient`: send again, a few times
 * - `once`: it may have been billed; send again at most once
 * - `row`: this request will never be answered
 * - `run`: no request will be answered until a person acts; stop the run, its rows stay pending
 */
export type Remedy = "wait" | "overloaded" | "transient" | "once" | "row" | "run";

/** Why a send brought no answer. */
export type WireFailure = {
  readonly outcome: Outcome;
  readonly remedy: Remedy;
  readonly detail: string;
  /** How long the provider asks to wait, in milliseconds, where it does. */
  readonly waitMs: number | null;
  /** The cost of the send: surely nothing, or unknown (it may have been answered and billed). */
  readonly cost: "none" | "unknown";
  /** What to change where the address may be wrong, in a sentence. */
  readonly addressHint?: string;
  /** Whether no connection to the server could be made. */
  readonly isUnreached?: true;
  /** Whether the account is surely empty, whatever was answered before. */
  readonly isAccountEmpty?: true;
};

/** The fixed table from the result of a request to the remedy; of the 2xx, refusals alone. */
export function classifyFailure(result: WireResult): WireFailure {
  switch (result.kind) {
    case "received":
      return classifyResponse(result, parseBody(result.body));
    case "broken":
      return classifyBroken(result);
    case "unsent":
      return classifyUnsent(result.error);
    case "timed_out":
      return failure("timed_out", "once", { detail: result.detail, cost: "unknown" });
    case "aborted":
      return failure("interrupted", "run", { detail: "stopped", cost: "unknown" });
  }
}

function failure(
  outcome: Outcome,
  remedy: Remedy,
  { waitMs = null, cost = "none", ...facts }: Pick<WireFailure, "detail"> & Partial<WireFailure>,
): WireFailure {
  return { ...facts, outcome, remedy, waitMs, cost };
}

/** Before the request left, nothing can have been billed; after that, it is unknown. */
const neverConnected =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|ENETDOWN|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

/** Where a message of Node or undici names the address that was tried. */
const addressIn = /(?:\b(?:connect|getaddrinfo) [A-Z_]+ |attempted address: )([^\s,]+)/;

function classifyBroken(result: Extract<WireResult, { kind: "broken" }>): WireFailure {
  const told = oneLine(result.detail, 300);
  const detail = `the connection broke: ${told}`;
  if (result.code !== null && neverConnected.test(result.code)) {
    const address = addressIn.exec(told)?.[1];
    return failure("provider_error", "transient", {
      detail: address === undefined ? detail : `no answer at ${address} (${result.code})`,
      isUnreached: true,
    });
  }
  return failure("provider_error", "once", { detail, cost: "unknown" });
}

/** The client refused the request itself, or was stopped before it made one. */
function classifyUnsent(error: unknown): WireFailure {
  const detail = oneLine(error instanceof Error ? error.message : String(error), 300);
  if (error instanceof Error && error.name.includes("Abort")) {
    return failure("interrupted", "row", { detail });
  }
  return failure("invalid_request", "row", { detail });
}

const quotaCodes = /^(?:insufficient_quota|insufficient_balance|billing_\w+|account_deactivated)$/;
/** At the beginning of its sentence: a message may quote a row that speaks of credit. */
const quotaText =
  /^[^:;"'`]{0,60}?(?:\binsufficient_quota\b|insufficient (?:balance|credit)|exceeded your monthly|credit balance is too low)/i;
/**
 * A quota of nothing, as Gemini's for models outside the free tier: it says to come back in a
 * moment, for ever.
 */
const limitOfZero = /\bquota exceeded for metric\b.{0,200}?\blimit: 0(?![\d.])/i;
const tooLargeForLimit = /^request too large for\b/i;
const overflowCodes = /^context_length_exceeded$/;
const overflowText =
  /context_length_exceeded|maximum context length|context window|context size|input token count|input tokens exceed|too many tokens|prompt is too long|longer than the (?:maximum model|model'?s (?:maximum )?context) length|input length exceeds|must have less than \d+ tokens|tokens`? \+ `?max_new_tokens|contextwindowexceeded/i;
const modelCodes = /^(?:model_not_found|model_not_available|model_decommissioned|invalid_model)$/;
/** What a 404 may say of a model. */
const modelText = /\bmodel\b.{0,120}(?:not found|not exist|decommissioned)/i;
/**
 * What any other refusal must say of it, from its first word on: a message may quote the row, and a
 * row may speak of models that are not found.
 */
const wholeModelText =
  /^(?:the |requested )*model (?:([`"'])[^\s`"']+\1 |\S*[\d/:-]\S* )?(?:(?:is |was )?not found|(?:does )?not exist|(?:has been |is )?decommissioned)|^\S+ is not a valid model(?: id| name)?(?:$|[.,;:])|^invalid model(?: name| id)?(?:$|\s*[:=`"'])/i;
const keyCodes = /^(?:api_key_invalid|invalid_api_key)$/;
const keyText = /^(?:the |your )*api[ _]key (?:is )?(?:not valid|invalid|expired|not found)/i;
const moderationCodes =
  /^(?:content_filter|content_policy_violation|responsibleaipolicyviolation|invalid_prompt|data_?inspection_?failed)$/;
const moderationText =
  /requires moderation|was flagged|flagged as potentially|contentpolicyviolation|content management policy|may contain inappropriate content/i;

/**
 * Classifies a response that is no answer.
 *
 * @param body The response's body, parsed
 * @param readError Reads the error in it
 */
export function classifyResponse(
  response: ReceivedResponse,
  body: Body,
  readError: (body: Body) => ProviderError = readProviderError,
): WireFailure {
  const { status, headers } = response;
  if (status >= 200 && status < 300) return classifyInside(response, body);
  if (status < 400) return failure("provider_refused", "run", redirected(response));
  const error = readError(body);
  const classified = classifyError(status, error, {
    detail: `HTTP ${status}: ${error.shown}`,
    // Whatever else repeats what it was sent may repeat a row that says when to try again.
    waitMs: retryHintMs(headers, status === 429 ? body : null),
  });
  const isPageMissing = status === 405 || (status === 404 && classified.remedy === "transient");
  return isPageMissing ? { ...classified, addressHint: addressHint(response.address) } : classified;
}

/**
 * A refusal in a 2xx is what it would be in a response of its own; what it cost is only sure where
 * it cost nothing.
 */
function classifyInside({ status: outer, headers }: ReceivedResponse, body: Body): WireFailure {
  const inside = embeddedErrorIn(body);
  if (inside === null) {
    return failure("bad_response", "row", { detail: `HTTP ${outer}`, cost: "unknown" });
  }
  const { status, error, hasBegun } = inside;
  const classified = classifyError(status, error, {
    detail: `HTTP ${outer} with error ${status}: ${error.shown}`,
    waitMs: retryHintMs(headers, status === 429 ? body : null),
  });
  if (!hasBegun && status < 500) return classified;
  // What may have cost something is not asked for without end.
  const remedy = hasBegun && classified.remedy === "wait" ? "transient" : classified.remedy;
  const outcome = remedy === "transient" ? "provider_error" : classified.outcome;
  return { ...classified, outcome, remedy, cost: "unknown" };
}

function classifyError(
  status: number,
  error: ProviderError,
  said: Pick<WireFailure, "detail" | "waitMs">,
): WireFailure {
  if (status === 429) return classifyTooMany(error, said);
  if (status === 503 || status === 529) return failure("provider_error", "overloaded", said);
  // A gateway that lost patience does not know what its provider did.
  if (status === 504 || status === 524 || status === 408) {
    return failure("provider_error", "transient", { ...said, cost: "unknown" });
  }
  if (status >= 500 || status === 409 || status === 425) {
    return failure("provider_error", "transient", said);
  }
  return classifyRefusal(status, error, said);
}

function classifyTooMany(error: ProviderError, said: Pick<WireFailure, "detail" | "waitMs">) {
  // The word "billing" is also in ordinary refusals of a minute; only the code of an empty
  // account counts.
  if (matches(error, quotaCodes, quotaText) || limitOfZero.test(error.message)) {
    return failure("provider_refused", "run", { ...said, isAccountEmpty: true });
  }
  // One request of more tokens than a minute allows is refused for ever, in the words of a rate
  // limit.
  if (tooLargeForLimit.test(error.message)) return failure("context_overflow", "row", said);
  return failure("rate_limited", "wait", said);
}

/** 4xx but those that pass. */
function classifyRefusal(
  status: number,
  error: ProviderError,
  said: Pick<WireFailure, "detail" | "waitMs">,
): WireFailure {
  if ((status === 400 || status === 403) && matches(error, moderationCodes, moderationText)) {
    return failure("filtered", "row", said);
  }
  if (status === 401 || status === 402 || status === 403) {
    return failure("provider_refused", "run", said);
  }
  const isMissing = status === 404 && matches(error, /^not_found(?:_error)?$/, modelText);
  if (isMissing || matches(error, modelCodes, wholeModelText)) {
    return failure("provider_refused", "run", said);
  }
  // Gateways answer 404 for a moment when they lose their servers.
  if (status === 404) return failure("provider_error", "transient", said);
  // Anthropic says 400 to an account without money.
  if (matches(error, quotaCodes, quotaText)) {
    return failure("provider_refused", "run", { ...said, isAccountEmpty: true });
  }
  if (matches(error, keyCodes, keyText)) return failure("provider_refused", "run", said);
  if (matches(error, overflowCodes, overflowText) || tooLargeForLimit.test(error.message)) {
    return failure("context_overflow", "row", said);
  }
  return failure("invalid_request", "row", said);
}

/** What to change of the base URL, by the address that the client made of it. */
function addressHint(address: string): string {
  const asked = `${address} was asked`;
  const { origin, pathname } = new URL(address);
  const base = pathname.replace(/(?:\/chat\/completions)+$/, "");
  if (/(?:\/chat\/completions){2}$/.test(pathname)) {
    return `${asked}: the base URL ends with the path of one call; set it to ${origin}${base}`;
  }
  if (base !== pathname && !/\/v\d/.test(base)) {
    return `${asked}: does the base URL lack /v1? Set it to ${origin}${base}/v1`;
  }
  return `${asked}: check the base URL`;
}

/** Shown without what follows its path: a server may repeat there what it was sent, the key too. */
function redirected({ status, headers }: ReceivedResponse): Pick<WireFailure, "detail"> {
  const location = headers.get("location") ?? "";
  const bare = URL.canParse(location) ? withoutQuery(new URL(location)) : location.split(/[?#]/)[0];
  const target = oneLine(bare ?? "", 300) || "another address";
  return { detail: `HTTP ${status}: the server points to ${target}; set the base URL to it` };
}

function withoutQuery({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/**
 * Whether an error carries one of the codes, or says so in its own sentence; addresses in it say
 * nothing.
 */
function matches({ message, codes }: ProviderError, code: RegExp, text: RegExp): boolean {
  return codes.some((one) => code.test(one)) || text.test(message.replaceAll(/https?:\S+/g, ""));
}
