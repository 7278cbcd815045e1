import { connect } from "node:net";

/**
 * Sends a request to a server on loopback unchanged, for paths and headers that `fetch` would
 * not send.
 *
 * @returns The status, 0 where there was none, and all that came back within a second.
 */
export async function rawRequest(
  server: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<[number, string]> {
  const { host, port } = new URL(server);
  const inPieces = "transfer-encoding" in headers;
  const length =
    body === "" || inPieces ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const all = { host, connection: "close", ...length, ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`${method} ${path} HTTP/1.1\r\n${head.join("")}\r\n${body}`);
  let text = "";
  await new Promise<void>((resolve) => {
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    socket.on("close", resolve).on("error", () => resolve());
    // A connection that was let through as a web socket stays open.
    socket.setTimeout(1_000, () => socket.destroy());
  });
  return [Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text];
}
