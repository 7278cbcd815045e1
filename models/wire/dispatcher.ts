import type { Socket } from "node:net";
import { Agent, EnvHttpProxyAgent, buildConnector, type Dispatcher } from "undici";

/** The most that the headers of a response may take: gateways add traces of many kilobytes. */
const longestHeaderBytes = 1024 * 1024;
const connectMs = 10_000;

let dispatcher: Dispatcher | undefined;

/** The dispatcher of all requests to models, made once. */
export function modelDispatcher(): Dispatcher {
  dispatcher ??= createDispatcher(process.env);
  return dispatcher;
}

type ProxyVariables = Readonly<Record<string, string | undefined>>;

/**
 * Carries all requests to models. It has no time-outs of its own beside that for connecting: the
 * client's usual 300 seconds are less than a long answer takes that is not streamed, and the wire's
 * deadlines are the ones that count. It goes through the proxy that `HTTP_PROXY` and `HTTPS_PROXY`
 * name, but for the hosts in `NO_PROXY`.
 */
export function createDispatcher(environment: ProxyVariables): Dispatcher {
  const named = (name: string) => environment[name.toLowerCase()] || environment[name] || "";
  const [httpProxy, httpsProxy] = [named("HTTP_PROXY"), named("HTTPS_PROXY")];
  const options = {
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: longestHeaderBytes,
    connect: connectSkippingContinue(),
  };
  // The other agent looks at the address of each request.
  if (httpProxy === "" && httpsProxy === "") return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy,
    httpsProxy,
    noProxy: named("NO_PROXY"),
    // Many proxies open tunnels for https alone.
    proxyTunnel: false,
  });
}

/** Connects as usual, and hides `100 Continue` responses, which the client takes for the end. */
function connectSkippingContinue(): buildConnector.connector {
  const connect = buildConnector({ timeout: connectMs });
  return (options, callback) =>
    connect(options, (...result) => {
      if (result[1] != null) skipContinue(result[1]);
      callback(...result);
    });
}

const continueResponse = /^HTTP\/1\.[01] 100(?: [^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*\r\n/;

/** Cuts interim `100 Continue` responses off the bytes that are read from a connection. */
function skipContinue(socket: Socket): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    let bytes = read(size) as Buffer | null;
    while (bytes !== null && bytes.length > 0) {
      const head = bytes.subarray(0, 1024).toString("latin1");
      const interim = continueResponse.exec(head)?.[0];
      if (interim === undefined) return bytes;
      bytes =
        bytes.length === interim.length
          ? (read(size) as Buffer | null)
          : bytes.subarray(interim.length);
    }
    return bytes;
  };
}
