import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSocketServer, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { sendReply, type Reply } from "./reply.ts";

/** A request as it came in. */
export type ReceivedRequest = {
  /** From 1, in the order of arrival. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** As parsed, where it is JSON. */
  readonly body: unknown;
};

/** How an exchange ended. */
export type End = {
  /** `client`: it closed the connection before the reply was through. */
  readonly by: "server" | "client";
  /** Milliseconds since it began. */
  readonly afterMs: number;
};

/** Answers the n-th request. */
export type Script = (request: ReceivedRequest) => Reply | Promise<Reply>;

export type LoopbackServer = {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string;
  /**
   * Every request that was read, in the order of arrival: what a provider would have on its bill.
   */
  readonly requests: readonly ReceivedRequest[];
  /**
   * How each request's exchange ended, by its number; it settles when the connection or the reply
   * is over.
   */
  readonly endOf: (request: number) => Promise<End>;
  /**
   * How many of the connections left unread the client still holds for a request; reads them to
   * find out.
   */
  readonly countUnreadOpen: () => Promise<number>;
  readonly close: () => Promise<void>;
};

export type LoopbackOptions = {
  /** Whether to accept the n-th connection, from 1, and never read from it. Default: none. */
  readonly leaveUnread?: (connection: number) => boolean;
};

/**
 * Starts an HTTP server on a free port of 127.0.0.1 that answers as the script says and notes all
 * it was asked.
 */
export async function startLoopbackServer(
  script: Script,
  { leaveUnread = () => false }: LoopbackOptions = {},
): Promise<LoopbackServer> {
  const requests: ReceivedRequest[] = [];
  const ends: Promise<End>[] = [];
  const unread: Socket[] = [];
  const sockets = new Set<Socket>();
  const http = createServer((message, response) => {
    const end = endOfReply(response);
    void receive(message).then(async (received) => {
      const request = { number: requests.length + 1, ...received };
      requests.push(request);
      ends.push(end);
      await sendReply(await script(request), response);
    });
  });
  let connections = 0;
  const listener = createSocketServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    if (leaveUnread(connections)) unread.push(socket.pause());
    else http.emit("connection", socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    requests,
    endOf: (request) => ends[request - 1] ?? Promise.reject(new Error(`no request ${request}`)),
    countUnreadOpen: () => countOpen(unread),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Runs a test with a server of its own, and closes it whatever happens. */
export async function withLoopbackServer<Value>(
  script: Script,
  run: (server: LoopbackServer) => Promise<Value>,
  options?: LoopbackOptions,
): Promise<Value> {
  const server = await startLoopbackServer(script, options);
  try {
    return await run(server);
  } finally {
    await server.close();
  }
}

async function receive(message: IncomingMessage) {
  const { method = "", url = "", headers } = message;
  return { method, path: url, headers, body: parsed(await text(message)) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function endOfReply(response: ServerResponse): Promise<End> {
  const began = performance.now();
  return new Promise((resolve) => {
    response.on("close", () => {
      const by = response.writableFinished ? "server" : "client";
      resolve({ by, afterMs: performance.now() - began });
    });
  });
}

/** A connection shows that its other end was closed only when it is read. */
async function countOpen(sockets: readonly Socket[]): Promise<number> {
  const closed = sockets.map(
    (socket) =>
      new Promise<boolean>((resolve) => {
        socket.on("close", () => resolve(false)).resume();
        // The platform's client opens a connection in advance for one that it closed, and says
        // nothing on it.
        setTimeout(() => resolve(socket.bytesRead > 0 && !socket.closed), 100);
      }),
  );
  return (await Promise.all(closed)).filter(Boolean).length;
}
