import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What goes wrong with a reply on its way. */
export type Fault =
  /**
   * Says nothing more, and keeps the connection: before the status line, after the headers, or half
   * way through the body.
   */
  | { readonly kind: "hang"; readonly where: "before-headers" | "after-headers" | "in-body" }
  /** Sends the body one byte at a time. */
  | { readonly kind: "drip"; readonly everyMs: number }
  /**
   * Closes the connection after so many bytes of the body (null: before any headers), with a FIN or
   * an RST.
   */
  | { readonly kind: "cut"; readonly by: "fin" | "rst"; readonly afterBytes: number | null }
  /**
   * Announces a body of this length, whatever its length is, and closes the connection after it.
   */
  | { readonly kind: "wrong-length"; readonly bytes: number };

/** A reply as plain data, so that a script may make it from a seed, in this process or another. */
export type Reply = {
  /** Default 200. */
  readonly status?: number;
  /** Beside `content-type: application/json`, which they may replace. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes go out as they are, anything else as JSON. */
  readonly body?: unknown;
  /** Silence before the status line, in milliseconds. */
  readonly delayMs?: number;
  readonly fault?: Fault;
};

/** Sends a reply with its fault. Returns once nothing more will be sent. */
export async function sendReply(reply: Reply, response: ServerResponse): Promise<void> {
  const { status = 200, headers, delayMs = 0, fault } = reply;
  const body = bodyBytes(reply);
  if (delayMs > 0) await sleep(delayMs);
  if (fault?.kind === "hang" && fault.where === "before-headers") return;
  if (fault?.kind === "cut" && fault.afterBytes === null) return cut(response, fault.by);
  const length = lengthHeaders(body, fault);
  response.writeHead(status, { "content-type": "application/json", ...length, ...headers });
  switch (fault?.kind) {
    case undefined:
      response.end(body);
      return;
    case "hang":
      response.flushHeaders();
      if (fault.where === "in-body") response.write(body.subarray(0, body.length / 2));
      return;
    case "drip":
      return drip(body, fault.everyMs, response);
    case "cut":
      await written(body.subarray(0, fault.afterBytes ?? 0), response);
      return cut(response, fault.by);
    case "wrong-length":
      await written(body, response);
      return cut(response, "fin");
  }
}

/** The bytes of a reply's body. */
export function bodyBytes({ body }: Pick<Reply, "body">): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body ?? {}));
}

function lengthHeaders(body: Buffer, fault: Fault | undefined): Record<string, string> {
  const bytes = fault?.kind === "wrong-length" ? fault.bytes : body.length;
  return { "content-length": String(bytes) };
}

async function drip(body: Buffer, everyMs: number, response: ServerResponse): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += 1) {
    response.write(body.subarray(at, at + 1));
    await sleep(everyMs);
  }
  response.end();
}

async function written(bytes: Buffer, response: ServerResponse): Promise<void> {
  response.flushHeaders();
  if (bytes.length === 0) return;
  await new Promise<void>((resolve) => {
    response.write(bytes, () => resolve());
  });
}

function cut(response: ServerResponse, by: "fin" | "rst"): void {
  if (by === "rst") response.socket?.resetAndDestroy();
  else response.socket?.end();
}
