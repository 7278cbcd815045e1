import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { createDeadline } from "./deadline.ts";
import { secretsIn } from "./secrets.ts";
import {
  addressOf,
  brokenBy,
  headersOf,
  senderOnWire,
  type ResponseHeaders,
  type WireResult,
} from "./wire.ts";

/** A body of a known length that is made piece by piece, again each time it is called. */
export type StreamedBody = {
  readonly bytes: number;
  readonly pieces: () => AsyncIterable<Uint8Array>;
};

/** A request whose body, or whose response, may be too large to be held. */
export type StreamedRequest = {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | StreamedBody;
};

/** A response of which the body is still to be read. */
export type OpenResponse = {
  readonly kind: "open";
  /** The address that was asked, without its query. */
  readonly address: string;
  readonly status: number;
  /** Without the keys of the request. */
  readonly headers: ResponseHeaders;
  /** The keys that the request carried: a server may repeat them in its body. */
  readonly secrets: readonly string[];
  /** Rejects where the body breaks off or falls silent. */
  readonly pieces: AsyncIterable<Uint8Array>;
};

/** Deadlines of a streamed request. */
export type StreamLimits = {
  /** From connecting to the headers of the response, in milliseconds. */
  readonly headersMs: number;
  /** The longest silence between two pieces of the body, in milliseconds. */
  readonly idleMs: number;
  /** Cuts the request. */
  readonly signal: AbortSignal;
};

/**
 * Sends a request and gives its response to be read piece by piece. As on the rest of the wire, no
 * redirect is followed. Resolves, and never rejects, with what happened up to the headers.
 */
export async function openOnWire(
  { method, url, headers, body }: StreamedRequest,
  { headersMs, idleMs, signal }: StreamLimits,
): Promise<OpenResponse | Extract<WireResult, { kind: "timed_out" | "aborted" | "broken" }>> {
  const { send, dispatcher } = await senderOnWire();
  const late = new AbortController();
  const deadline = createDeadline(headersMs, () => late.abort());
  const secrets = secretsIn(headers);
  try {
    const response = await send(url, {
      method,
      headers: { ...headers, ...lengthOf(body), "accept-encoding": "identity" },
      body: typeof body === "object" ? Readable.from(body.pieces()) : (body ?? null),
      signal: AbortSignal.any([signal, late.signal]),
      dispatcher,
    });
    return {
      kind: "open",
      address: addressOf(url),
      status: response.statusCode,
      headers: headersOf(response.headers, secrets),
      secrets,
      pieces: piecesOf(unpacked(response.body, response.headers["content-encoding"]), idleMs),
    };
  } catch (error) {
    if (signal.aborted) return { kind: "aborted" };
    if (!late.signal.aborted) return brokenBy(error);
    return { kind: "timed_out", detail: `no answer within ${headersMs} ms` };
  } finally {
    deadline.cancel();
  }
}

function lengthOf(body: StreamedRequest["body"]): Readonly<Record<string, string>> {
  return typeof body === "object" ? { "content-length": String(body.bytes) } : {};
}

/** No compression was asked for, but some gateways compress all the same. */
function unpacked(body: Readable, encoding: string | string[] | undefined): Readable {
  if (!/^(?:x-)?gzip$/i.test(String(encoding ?? ""))) return body;
  // Its reader gets the error.
  return pipeline(body, createGunzip(), () => undefined);
}

/** The time in which the reader is busy with a piece is no silence. */
async function* piecesOf(body: Readable, idleMs: number): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  try {
    for (;;) {
      const idle = createDeadline(idleMs, () =>
        body.destroy(new Error(`silence of ${idleMs} ms inside the answer`)),
      );
      const next = await pieces.next().finally(idle.cancel);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    body.destroy();
  }
}
