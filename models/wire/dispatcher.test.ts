import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { request } from "undici";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { createDispatcher, modelDispatcher } from "./dispatcher.ts";

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

async function listen(server: Server): Promise<string> {
  opened.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that sends these bytes to every request, in these pieces. */
function rawServer(...pieces: string[]): Promise<string> {
  return listen(
    createServer((socket: Socket) => {
      socket.on("error", () => undefined);
      socket.once("data", async () => {
        for (const piece of pieces) {
          socket.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        socket.end();
      });
    }),
  );
}

const whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const interim = "HTTP/1.1 100 Continue\r\n\r\n";

describe("the dispatcher of requests to models", () => {
  it.each([
    ["in one piece", [interim + whole]],
    ["in two", [interim, whole]],
    ["twice", [interim + interim, whole]],
    ["with headers", [`HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n${whole}`]],
  ])("reads past a 100 Continue that comes %s", async (_, pieces) => {
    const url = await rawServer(...pieces);
    const { statusCode, body } = await request(url, { dispatcher: modelDispatcher() });
    expect([statusCode, await body.text()]).toEqual([200, "ok"]);
  });

  it("goes through the proxy of the environment, but for the hosts that need none", async () => {
    const seen: string[] = [];
    const note = ({ method = "", url = "" }: IncomingMessage) => seen.push(`${method} ${url}`);
    const proxy = createHttpServer((incoming, response) => {
      note(incoming);
      response.end("by proxy");
    });
    const proxyUrl = await listen(proxy);
    await withLoopbackServer(
      () => ({ body: "straight" }),
      async ({ url }) => {
        const ask = async (environment: Record<string, string>) => {
          const dispatcher = createDispatcher(environment);
          const { body } = await request(`${url}/v1`, { dispatcher });
          const text = await body.text();
          await dispatcher.close();
          return text;
        };
        expect(await ask({ HTTP_PROXY: proxyUrl })).toBe("by proxy");
        expect(seen).toEqual([`GET ${url}/v1`]);
        expect(await ask({ HTTP_PROXY: proxyUrl, NO_PROXY: "127.0.0.1" })).toBe("straight");
        expect(await ask({ HTTPS_PROXY: proxyUrl })).toBe("straight");
        expect(await ask({})).toBe("straight");
        expect(seen).toHaveLength(1);
      },
    );
  });
});
