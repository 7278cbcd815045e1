import { AsyncLocalStorage } from "node:async_hooks";
import { createDeadline } from "./deadline.ts";
import { bodyText, maximumBodyBytes, oversized } from "./read-body.ts";
import type { Fields } from "./request-params.ts";
import { looksLikeKey, secretsIn, withoutSecrets } from "./secrets.ts";

/**
 * A response received to its last byte, or as far as it is kept; keys that the server repeated are
 * taken out of its headers and body.
 */
export type ReceivedResponse = {
  readonly kind: "received";
  /** The address that was asked, without its query. */
  readonly address: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Why the body can't be an answer: too long, or not in UTF-8. */
  readonly flaw?: string;
};

/** What became of the one request of a call. */
export type WireResult =
  | ReceivedResponse
  /** The client made no request; `error` is what it says. */
  | { readonly kind: "unsent"; readonly error: unknown }
  | { readonly kind: "timed_out"; readonly detail: string }
  | { readonly kind: "aborted" }
  /** `code` is the system's or the HTTP client's, as in ECONNRESET. */
  | { readonly kind: "broken"; readonly detail: string; readonly code: string | null };

/** Deadlines of one request, and who gets its response first. */
export type WireCall = {
  /** The whole request, from connecting to the last byte. */
  readonly totalMs: number;
  /** The longest silence between two pieces of the body. */
  readonly idleMs: number;
  /** Cuts the request. */
  readonly signal: AbortSignal;
  /** Changes the body, in JSON, that the client made. */
  readonly adaptBody?: ((body: Fields) => Fields) | undefined;
  /** Awaited with the whole response before the client may parse it; must not reject. */
  readonly received: (response: ReceivedResponse) => Promise<void>;
};

type Exchange = { readonly call: WireCall; running: Promise<WireResult> | undefined };

const exchanges = new AsyncLocalStorage<Exchange>();

/**
 * Runs a client's call with the wire below it: the request it makes goes through `wireFetch` with
 * these deadlines, and the response is handed over whole before the client sees it. Resolves, and
 * never rejects, with what happened on the wire, whatever the client made of it, and not before the
 * wire is done with.
 */
export async function onWire(call: WireCall, run: () => Promise<unknown>): Promise<WireResult> {
  const exchange: Exchange = { call, running: undefined };
  let error: unknown;
  try {
    await exchanges.run(exchange, run);
  } catch (thrown) {
    error = thrown;
  }
  return (await exchange.running) ?? { kind: "unsent", error };
}

/**
 * A `fetch` that keeps its own deadlines and reads the body to the end before it returns. Clients
 * differ in which time-outs they obey (Gemini's obeys none) and in which responses they throw away;
 * below them all, this one does not. It sends nothing outside `onWire`: an unrecorded request could
 * be paid for twice.
 */
export const wireFetch: typeof fetch = async (input, init) => {
  const exchange = exchanges.getStore();
  if (exchange === undefined) throw new Error("models are asked through the gate alone");
  if (exchange.running !== undefined) {
    throw new Error("a client tried to send a second request for one call");
  }
  exchange.running = sendAndReceive(exchange.call, input, init);
  const result = await exchange.running;
  if (result.kind !== "received") throw new Error(`wire: ${result.kind}`);
  const isBodiless = result.status === 204 || result.status === 304;
  return new Response(isBodiless ? null : result.body, {
    status: result.status,
    headers: { "content-type": result.headers.get("content-type") ?? "application/json" },
  });
};

async function sendAndReceive(
  call: WireCall,
  input: Parameters<typeof fetch>[0],
  init: RequestInit = {},
): Promise<WireResult> {
  const secrets = secretsIn(init);
  const url = new URL(input instanceof Request ? input.url : input);
  const address = `${url.origin}${url.pathname}`;
  const result = await underDeadlines(call, async (signal, stop) => {
    const {
      statusCode: status,
      headers: given,
      body,
    } = await request(input, adapted(init, call), signal);
    const headers = headersOf(given, secrets);
    const bytes = await readBytes(body, call.idleMs, stop);
    const encoding = headers.get("content-encoding");
    const { text, ...flaw } =
      bytes.length > maximumBodyBytes ? oversized(bytes) : await bodyText(bytes, encoding);
    // In an answer an ordinary word stays, even where a local server takes it for a key.
    const hidden = status < 300 ? secrets.filter(looksLikeKey) : secrets;
    return {
      kind: "received",
      address,
      status,
      headers,
      body: withoutSecrets(text, hidden),
      ...flaw,
    };
  });
  if (result.kind === "received") await call.received(result);
  return result;
}

function adapted(init: RequestInit, { adaptBody }: WireCall): RequestInit {
  if (adaptBody === undefined || typeof init.body !== "string") return init;
  const headers = new Headers(init.headers);
  headers.delete("content-length");
  const body = JSON.stringify(adaptBody(JSON.parse(init.body) as Fields));
  return { ...init, headers, body };
}

/** Sends without following redirects: a POST becomes a GET, or takes its key to another host. */
async function request(
  input: Parameters<typeof fetch>[0],
  { method = "GET", headers, body }: RequestInit,
  signal: AbortSignal,
) {
  // Loaded with the first request, for many commands make none.
  const [undici, { modelDispatcher }] = await Promise.all([
    import("undici"),
    import("./dispatcher.ts"),
  ]);
  if (body != null && typeof body !== "string") throw new Error("expected a body of text");
  return undici.request(input instanceof Request ? input.url : input, {
    method: method as "POST",
    headers: { ...Object.fromEntries(new Headers(headers)), "accept-encoding": "identity" },
    body: body ?? null,
    signal,
    dispatcher: modelDispatcher(),
  });
}

/** The headers of a response without keys; those that are malformed are left out. */
function headersOf(
  given: Readonly<Record<string, string | string[] | undefined>>,
  secrets: readonly string[],
): Headers {
  const headers = new Headers();
  for (const [name, value = ""] of Object.entries(given)) {
    try {
      headers.set(name, withoutSecrets([value].flat().join(", "), secrets));
    } catch {
      // A value that no header may have.
    }
  }
  return headers;
}

type Stop = (result: WireResult) => void;

/** Runs a request until it ends or is stopped; one that is stopped has its connection closed. */
async function underDeadlines(
  { totalMs, signal }: WireCall,
  run: (signal: AbortSignal, stop: Stop) => Promise<WireResult>,
): Promise<WireResult> {
  const controller = new AbortController();
  let stoppedBy: WireResult | undefined;
  const stop: Stop = (result) => {
    stoppedBy ??= result;
    controller.abort();
  };
  const total = createDeadline(totalMs, () =>
    stop({ kind: "timed_out", detail: `no whole answer within ${totalMs} ms` }),
  );
  const onAbort = () => stop({ kind: "aborted" });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const result = await run(controller.signal, stop);
    return stoppedBy ?? result;
  } catch (error) {
    return stoppedBy ?? brokenBy(error);
  } finally {
    total.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Reads a body to its end, or a little further than the longest that is kept. */
async function readBytes(
  body: AsyncIterable<Uint8Array>,
  idleMs: number,
  stop: Stop,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const idle = createDeadline(idleMs, () =>
    stop({ kind: "timed_out", detail: `silence of ${idleMs} ms inside the answer` }),
  );
  try {
    for await (const chunk of body) {
      idle.refresh();
      bytes += chunk.byteLength;
      chunks.push(chunk);
      if (bytes > maximumBodyBytes) break;
    }
  } finally {
    idle.cancel();
  }
  return Buffer.concat(chunks);
}

function brokenBy(error: unknown): WireResult {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  // Where several addresses of one host were tried, each has an error of its own.
  const told: unknown = cause instanceof AggregateError ? cause.errors.at(-1) : cause;
  const message = told instanceof Error ? told.message : String(told);
  return {
    kind: "broken",
    detail: message === "" ? String(code) : message,
    code: typeof code === "string" ? code : null,
  };
}
