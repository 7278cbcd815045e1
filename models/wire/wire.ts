import { AsyncLocalStorage } from "node:async_hooks";
import { patientDispatcher } from "./patient-dispatcher.ts";
import { secretsIn, withoutSecrets } from "./secrets.ts";

/** A response received to its last byte; keys that the server repeated are taken out of its headers and body. */
export type ReceivedResponse = {
  readonly kind: "received";
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
};

/** What became of the one request of a call. */
export type WireResult =
  | ReceivedResponse
  /** The client made no request; `error` is what it says. */
  | { readonly kind: "unsent"; readonly error: unknown }
  | { readonly kind: "timed_out"; readonly detail: string }
  | { readonly kind: "aborted" }
  | { readonly kind: "oversized"; readonly detail: string }
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
  /** Awaited with the whole response before the client may parse it; must not reject. */
  readonly received: (response: ReceivedResponse) => Promise<void>;
};

type Exchange = { readonly call: WireCall; running: Promise<WireResult> | undefined };

const exchanges = new AsyncLocalStorage<Exchange>();
const platformFetch = globalThis.fetch;
const maximumBodyBytes = 64 * 1024 * 1024;
/** A timer set for longer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Runs a client's call with the wire below it: the request it makes goes through `wireFetch` with these deadlines,
 * and the response is handed over whole before the client sees it. Resolves, and never rejects, with what happened on
 * the wire, whatever the client made of it, and not before the wire is done with.
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
 * A `fetch` that keeps its own deadlines and reads the body to the end before it returns. Clients differ in
 * which time-outs they obey (Gemini's obeys none) and in which responses they throw away; below them all, this one
 * does not. It sends nothing outside `onWire`: a request that nobody writes down could be paid for twice.
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
  const result = await underDeadlines(call, async (signal, stop) => {
    const response = await platformFetch(input, {
      ...init,
      signal,
      // A POST that is redirected becomes a GET, or takes its key to another host.
      redirect: "manual",
      ...patientDispatcher(),
    });
    const text = await readBody(response, call.idleMs, stop);
    const { status } = response;
    const headers = new Headers(
      [...response.headers].map(([name, value]) => [name, withoutSecrets(value, secrets)]),
    );
    return { kind: "received", status, headers, body: withoutSecrets(text, secrets) };
  });
  if (result.kind === "received") await call.received(result);
  return result;
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
  const total = setTimeout(
    () => stop({ kind: "timed_out", detail: `no whole answer within ${totalMs} ms` }),
    Math.min(totalMs, longestTimerMs),
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
    clearTimeout(total);
    signal.removeEventListener("abort", onAbort);
  }
}

async function readBody(response: Response, idleMs: number, stop: Stop): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const idle = setTimeout(
    () => stop({ kind: "timed_out", detail: `silence of ${idleMs} ms inside the answer` }),
    Math.min(idleMs, longestTimerMs),
  );
  try {
    for await (const chunk of response.body) {
      idle.refresh();
      bytes += chunk.byteLength;
      if (bytes > maximumBodyBytes) {
        stop({ kind: "oversized", detail: `an answer of more than ${maximumBodyBytes} bytes` });
        break;
      }
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(idle);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function brokenBy(error: unknown): WireResult {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  const message = cause instanceof Error ? cause.message : String(cause);
  return {
    kind: "broken",
    // Where several addresses of one host were tried, the message is empty.
    detail: message === "" ? String(code) : message,
    code: typeof code === "string" ? code : null,
  };
}
