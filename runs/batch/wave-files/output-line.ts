import * as z from "zod";
import { readResponse } from "../../../models/gate/send-to-model.ts";
import { isFailure, type Answer } from "../../../models/gate/step.ts";
import type { Protocol } from "../../../models/protocol.ts";
import type { WireFailure } from "../../../models/wire/classify-failure.ts";
import { oneLine } from "../../../models/wire/one-line.ts";
import type { ReceivedResponse } from "../../../models/wire/wire.ts";

/** A line of an output: what a batch brought for one call. */
export type OutputLine = {
  readonly id: string;
  readonly result: ReceivedResponse | WireFailure;
};

const line = z.object({
  custom_id: z.string(),
  response: z
    .looseObject({
      status_code: z
        .union([
          z.int(),
          z
            .string()
            .regex(/^\d{3}$/)
            .transform(Number),
        ])
        .nullish(),
      /** An object, or the text of a response that is no JSON. */
      body: z.unknown().optional(),
      /** Why the body can't be an answer, where we wrote the line. */
      flaw: z.string().optional(),
    })
    .nullish(),
  error: z.unknown().optional(),
});
type Response = NonNullable<z.infer<typeof line>["response"]>;

const errorFields = z.looseObject({ code: z.unknown().optional(), message: z.string().optional() });

/**
 * Reads a line as OpenAI's service and `vllm run-batch` write it: a response with its status, or an
 * error in its place. Where a response has no status, or is itself the body (as Fireworks writes
 * it), it counts as 200.
 *
 * @returns null for what is no such line
 */
export function readOutputLine(bytes: Buffer): OutputLine | null {
  const parsed = line.safeParse(jsonIn(bytes));
  if (!parsed.success) return null;
  const { custom_id: id, response, error } = parsed.data;
  const status = response?.status_code ?? null;
  const body = response == null ? null : bodyOf(response);
  if (error != null && (body === null || status === null)) {
    return { id, result: errorOf(error, status) };
  }
  if (body !== null) return { id, result: received(status ?? 200, body, response?.flaw) };
  return status === null ? null : { id, result: received(status, "") };
}

function bodyOf({ status_code: status, body, ...fields }: Response): unknown {
  if (body != null || status != null) return body ?? null;
  return Object.keys(fields).length > 0 ? fields : null;
}

/** The line of a result, as `readOutputLine` reads it back. */
export function outputLineOf(id: string, result: ReceivedResponse | WireFailure): string {
  if (isResponse(result)) {
    const { status, body, flaw } = result;
    return JSON.stringify({
      custom_id: id,
      response: { status_code: status, body, flaw },
      error: null,
    });
  }
  const { outcome, detail } = result;
  return JSON.stringify({
    custom_id: id,
    response: null,
    error: { code: outcome, message: detail, failure: result },
  });
}

/** Why there is no answer; `isForeign` where what came can't be a model's output. */
export type BroughtFailure = WireFailure & { readonly isForeign?: true };

/**
 * Reads a result as the live response would be read, but for one thing: what can't be a model's
 * output is no answer here, for the writer of the line may write it again.
 */
export function readResult(
  result: OutputLine["result"],
  protocol: Protocol,
): Answer | BroughtFailure {
  if (!isResponse(result)) return result;
  const sent = readResponse(result, protocol);
  if (isFailure(sent)) {
    // The address of a line is made up.
    const { addressHint: _, ...failure } = sent;
    return failure;
  }
  if (!sent.isForeign) return sent;
  return {
    outcome: "bad_response",
    remedy: "transient",
    detail: sent.read.detail ?? "no answer of a model",
    waitMs: null,
    cost: "unknown",
    isForeign: true,
  };
}

function isResponse(result: OutputLine["result"]): result is ReceivedResponse {
  return "status" in result;
}

function received(status: number, body: unknown, flaw?: string): ReceivedResponse {
  return {
    kind: "received",
    address: "http://batch/v1/chat/completions",
    status,
    headers: new Map<string, string>(),
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(flaw === undefined ? {} : { flaw }),
  };
}

const wireFailure = z.object({
  outcome: z.enum([
    "bad_response",
    "context_overflow",
    "invalid_request",
    "filtered",
    "timed_out",
    "rate_limited",
    "provider_error",
    "provider_refused",
  ]),
  remedy: z.enum(["transient", "overloaded", "once", "wait", "row", "run"]),
  detail: z.string(),
  waitMs: z.number().nullable(),
  cost: z.enum(["none", "unknown"]),
});

/**
 * An error without a response. One with a status of its own is a response without its status; one
 * without (`batch_expired`) says that the request was not made.
 */
function errorOf(error: unknown, given: number | null): OutputLine["result"] {
  const known = z.object({ failure: wireFailure }).safeParse(error);
  if (known.success) return known.data.failure;
  const inner = z.object({ error: errorFields }).safeParse(error);
  const fields = inner.success ? inner.data.error : errorFields.safeParse(error).data;
  const status = given ?? statusIn(fields?.code);
  if (status !== null && status >= 300) {
    return received(status, inner.success ? error : { error });
  }
  const code = typeof fields?.code === "string" ? `${fields.code}: ` : "";
  const said = fields?.message ?? (typeof error === "string" ? error : JSON.stringify(error));
  return {
    outcome: "provider_error",
    remedy: "transient",
    detail: oneLine(`the batch brought no answer (${code}${said})`, 300),
    waitMs: null,
    cost: "none",
  };
}

function statusIn(code: unknown): number | null {
  const number = typeof code === "string" && /^\d{3}$/.test(code) ? Number(code) : code;
  return typeof number === "number" && number >= 100 && number < 600 ? number : null;
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
