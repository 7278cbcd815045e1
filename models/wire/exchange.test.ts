import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { exchange } from "./exchange.ts";

/** Serves on loopback, and counts what arrives. */
async function serve(answer: RequestListener) {
  const arrived: string[] = [];
  const server = createServer((request, response) => {
    arrived.push(request.url ?? "");
    request.resume().on("end", () => answer(request, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const dispatcher = new Agent({ connections: 1 });
  onTestFinished(async () => {
    await dispatcher.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, signal = new AbortController().signal) =>
    exchange(
      dispatcher,
      { url: `http://127.0.0.1:${port}${path}`, method: "POST", headers: {}, body: "{}" },
      { totalMs: 600_000, idleMs: 600_000, signal },
    );
  return { ask, arrived };
}

describe("exchange", () => {
  it("reads a response in pieces to its end, whatever announced it", async () => {
    const { ask } = await serve((_request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.writeHead(418, { "x-kind": "tea" });
      response.write("one ");
      setImmediate(() => response.end("two"));
    });
    expect(await ask("/?a=b")).toMatchObject({
      kind: "response",
      status: 418,
      headers: { "x-kind": "tea" },
      bytes: Buffer.from("one two"),
    });
  });

  it("never sends what was stopped while it waited for a connection", async () => {
    let release = () => {};
    const { ask, arrived } = await serve((_request, response) => {
      release = () => response.end("late");
    });
    const first = ask("/first");
    const stopping = new AbortController();
    const second = ask("/second", stopping.signal);
    await expect.poll(() => arrived).toEqual(["/first"]);
    stopping.abort();
    expect(await second).toEqual({ kind: "aborted" });
    release();
    expect(await first).toMatchObject({ status: 200 });
    expect(await ask("/third", stopping.signal)).toEqual({ kind: "aborted" });
    expect(arrived).toEqual(["/first"]);
  });

  it("closes the connection of a request that is stopped on its way", async () => {
    const closed: string[] = [];
    const { ask, arrived } = await serve((request, response) => {
      response.write("half");
      request.socket.once("close", () => closed.push(request.url ?? ""));
    });
    const stopping = new AbortController();
    const asked = ask("/half", stopping.signal);
    await expect.poll(() => arrived).toEqual(["/half"]);
    stopping.abort();
    expect(await asked).toEqual({ kind: "aborted" });
    await expect.poll(() => closed).toEqual(["/half"]);
  });

  it("rejects where the connection breaks in the middle of a body", async () => {
    const { ask } = await serve((request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => request.socket.destroy());
    });
    await expect(ask("/")).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
  });
});
