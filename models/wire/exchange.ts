import type { Dispatcher } from "undici";
import { createDeadline, type Deadline } from "./deadline.ts";
import { maximumBodyBytes } from "./read-body.ts";

/** A request with its body as it is sent. */
export type Outgoing = {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

/** A response as it came, its body to the end or a little further than the longest that is kept. */
export type RawResponse = {
  readonly kind: "response";
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
};

/** Why a request was stopped before its whole response was there. */
export type Stopped =
  | { readonly kind: "timed_out"; readonly detail: string }
  | { readonly kind: "aborted" };

export type ExchangeLimits = {
  /** The whole request, from connecting to the last byte, in milliseconds. */
  readonly totalMs: number;
  /** The longest silence between two pieces of the body, in milliseconds. */
  readonly idleMs: number;
  /** Cuts the request. */
  readonly signal: AbortSignal;
};

/**
 * Sends a request and reads its whole response; one that is stopped has its connection closed.
 * Redirects are not followed: a POST becomes a GET, or takes its key to another host. The bytes are
 * taken from the dispatcher as they come, without the stream and the signal of undici's `request`.
 *
 * Rejects where the connection breaks.
 */
export async function exchange(
  dispatcher: Dispatcher,
  asked: Outgoing,
  { totalMs, idleMs, signal }: ExchangeLimits,
): Promise<RawResponse | Stopped> {
  const request = requestOf(asked);
  return new Promise((resolve, reject) => {
    let connection: Dispatcher.DispatchController | undefined;
    let idle: Deadline | undefined;
    let isOver = false;
    const onAbort = () => stop({ kind: "aborted" });
    const total = createDeadline(totalMs, () =>
      stop({ kind: "timed_out", detail: `no whole answer within ${totalMs} ms` }),
    );

    /** Whether this is the first end of the exchange. */
    function end(): boolean {
      if (isOver) return false;
      isOver = true;
      total.cancel();
      idle?.cancel();
      signal.removeEventListener("abort", onAbort);
      return true;
    }

    function stop(result: RawResponse | Stopped): void {
      if (end()) resolve(result);
      connection?.abort(new Error("stopped"));
    }

    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) return onAbort();
    dispatcher.dispatch(request, {
      onRequestStart(controller) {
        connection = controller;
        // It was stopped while it waited for its connection.
        if (isOver) controller.abort(new Error("stopped"));
      },
      ...collector({
        begun() {
          idle = createDeadline(idleMs, () =>
            stop({ kind: "timed_out", detail: `silence of ${idleMs} ms inside the answer` }),
          );
        },
        heard: () => idle?.refresh(),
        whole: (response) => end() && resolve(response),
        overlong: stop,
      }),
      onResponseError: (_controller, error) => end() && reject(error),
    });
  });
}

function requestOf({ url, method, headers, body }: Outgoing): Dispatcher.DispatchOptions {
  const { origin, pathname, search } = new URL(url);
  return {
    origin,
    path: `${pathname}${search}`,
    method,
    headers: { ...headers, "accept-encoding": "identity" },
    body,
  };
}

type Listeners = {
  /** The headers are there. */
  readonly begun: () => void;
  /** A piece of the body is there. */
  readonly heard: () => void;
  readonly whole: (response: RawResponse) => void;
  /** The body is longer than the longest that is kept. */
  readonly overlong: (response: RawResponse) => void;
};

/** Collects the pieces of a response. */
function collector({ begun, heard, whole, overlong }: Listeners) {
  const chunks: Buffer[] = [];
  let length = 0;
  let head: Pick<RawResponse, "status" | "headers"> = { status: 0, headers: {} };
  const collected = (): RawResponse => ({ kind: "response", ...head, bytes: joined(chunks) });
  return {
    onResponseStart(_controller: unknown, status: number, headers: RawResponse["headers"]): void {
      // Others only announce it.
      if (status < 200) return;
      head = { status, headers };
      begun();
    },
    onResponseData(_controller: unknown, chunk: Buffer): void {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maximumBodyBytes) overlong(collected());
      else heard();
    },
    onResponseEnd: () => whole(collected()),
  };
}

/** Most answers are one piece, which needs no copy. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}
