import { AsyncLocalStorage } from "node:async_hooks";
import { exchange, type Outgoing } from "./exchange.ts";
import { bodyText, maximumBodyBytes, oversized } from "./read-body.ts";
import type { Fields } from "./request-params.ts";
import { looksLikeKey, secretsIn, withoutSecrets } from "./secrets.ts";

/** One request in JSON. */
export type PlainRequest = {
  readonly url: string;
  /** By their names in small letters, beside the type of the content. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fields that are undefined are left out. */
  readonly body: Fields;
};

/** The headers of a response, by their names in small letters. */
export type ResponseHeaders = Iterable<readonly [name: string, value: string]> & {
  readonly get: (name: string) => string | null | undefined;
};

/**
 * A response received to its last byte, or as far as it is kept; keys that the server repeated are
 * taken out of its headers and body.
 */
export type ReceivedResponse = {
  readonly kind: "received";
  /** The address that was asked, without its query. */
  readonly address: string;
  readonly status: number;
  readonly headers: ResponseHeaders;
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
  /** Changes the body of the request, in JSON. */
  readonly adaptBody?: ((body: Fields) => Fields) | undefined;
  /** Awaited with the whole response before a client may parse it; must not reject. */
  readonly received: (response: ReceivedResponse) => Promise<void>;
};

type Exchange = { readonly call: WireCall; running: Promise<WireResult> | undefined };

const exchanges = new AsyncLocalStorage<Exchange>();

/** Gateways turn requests away that name no program. */
const usualHeaders = {
  accept: "application/json",
  "content-type": "application/json",
  "user-agent": "fellowship",
};

/** Posts a request that needs no client. Resolves, and never rejects, with what happened to it. */
export function postOnWire(call: WireCall, { url, headers, body }: PlainRequest) {
  const { adaptBody } = call;
  return sendAndReceive(call, {
    url,
    method: "POST",
    headers: { ...usualHeaders, ...headers },
    body: JSON.stringify(adaptBody === undefined ? body : adaptBody(body)),
  });
}

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
  exchange.running = sendAndReceive(exchange.call, outgoing(exchange.call, input, init));
  const result = await exchange.running;
  if (result.kind !== "received") throw new Error(`wire: ${result.kind}`);
  const isBodiless = result.status === 204 || result.status === 304;
  return new Response(isBodiless ? null : result.body, {
    status: result.status,
    headers: { "content-type": result.headers.get("content-type") ?? "application/json" },
  });
};

/** The request that a client asks for. */
function outgoing(
  { adaptBody }: WireCall,
  input: Parameters<typeof fetch>[0],
  { method = "GET", headers: given, body = null }: RequestInit = {},
): Outgoing {
  if (body !== null && typeof body !== "string") throw new Error("expected a body of text");
  const headers = Object.fromEntries(new Headers(given));
  const url = input instanceof Request ? input.url : String(input);
  if (adaptBody === undefined || body === null) return { url, method, headers, body };
  delete headers["content-length"];
  const adapted = JSON.stringify(adaptBody(JSON.parse(body) as Fields));
  return { url, method, headers, body: adapted };
}

async function sendAndReceive(call: WireCall, asked: Outgoing): Promise<WireResult> {
  const { dispatcher } = await senderOnWire();
  const secrets = secretsIn(asked.headers);
  const response = await exchange(dispatcher, asked, call).catch(brokenBy);
  if (response.kind !== "response") return response;
  const { status, bytes } = response;
  const headers = headersOf(response.headers, secrets);
  const { text, ...flaw } =
    bytes.length > maximumBodyBytes
      ? oversized(bytes)
      : await bodyText(bytes, headers.get("content-encoding"));
  // In an answer an ordinary word stays, even where a local server takes it for a key.
  const hidden = status < 300 ? secrets.filter(looksLikeKey) : secrets;
  const body = withoutSecrets(text, hidden);
  const address = addressOf(asked.url);
  const received = { kind: "received", address, status, headers, body, ...flaw } as const;
  await call.received(received);
  return received;
}

/** A URL without its query. */
export function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

let sender: ReturnType<typeof loadSender> | undefined;

/** Loaded with the first request, for many commands make none. */
export function senderOnWire(): ReturnType<typeof loadSender> {
  return (sender ??= loadSender());
}

async function loadSender() {
  const [undici, { modelDispatcher }] = await Promise.all([
    import("undici"),
    import("./dispatcher.ts"),
  ]);
  return { send: undici.request, dispatcher: modelDispatcher() };
}

/** The headers of a response without keys. */
export function headersOf(
  given: Readonly<Record<string, string | string[] | undefined>>,
  secrets: readonly string[],
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(given).map(([name, value = ""]) => {
      const text = typeof value === "string" ? value : value.join(", ");
      return [name, withoutSecrets(text, secrets)];
    }),
  );
}

/** What a thrown error says of a connection. */
export function brokenBy(error: unknown): Extract<WireResult, { kind: "broken" }> {
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
