import type { Dispatcher } from "undici";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { shownAddress } from "../../state/files/remote-address.ts";

/** A response to a request, after all redirects. */
export type RemoteResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Dispatcher.ResponseData["body"];
  /** The address that answered. */
  readonly url: URL;
};

const mostRedirects = 10;
const redirects = new Set([301, 302, 303, 307, 308]);
/** A server that sends nothing for so long has gone; what is missing is asked for again. */
const silenceMs = 60_000;

/** The Hub's address: `HF_ENDPOINT`, else huggingface.co. */
export function hubEndpoint(): string {
  const endpoint = process.env["HF_ENDPOINT"]?.trim().replace(/\/+$/, "");
  if (endpoint === undefined || endpoint === "") return "https://huggingface.co";
  if (/^https?:\/\//i.test(endpoint) && URL.canParse(endpoint)) return endpoint;
  throw new FellowshipError(
    "bad_usage",
    "HF_ENDPOINT: expected an address such as https://huggingface.co, found another text.",
  );
}

/** Whether a token for the Hub is set. */
export function hasHubToken(): boolean {
  return hubToken() !== "";
}

function hubToken(): string {
  return process.env["HF_TOKEN"]?.trim() ?? "";
}

/**
 * Sends a GET request and follows its redirects. The Hub's token goes to the Hub alone, never to
 * the hosts that it redirects to.
 *
 * @throws FellowshipError `bad_input` for redirects without end, or from https to http; any other
 *   error for a connection that failed
 */
export async function requestRemote(
  address: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<RemoteResponse> {
  const { request } = await import("undici");
  let url = address;
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    const response = await request(url, {
      dispatcher: await remoteDispatcher(),
      headers: { "user-agent": "fellowship", ...headers, ...authorization(url) },
    });
    const { statusCode: status, body } = response;
    const found = flatHeaders(response.headers);
    const location = found["location"];
    if (!redirects.has(status) || location === undefined) {
      return { status, headers: found, body, url };
    }
    await body.dump();
    url = redirected(url, location);
  }
  throw new FellowshipError(
    "bad_input",
    `${shownAddress(address.href)}: expected a file, found more than ${mostRedirects} ` +
      "redirects. Check the address.",
  );
}

function authorization({ origin }: URL): Record<string, string> {
  const token = hubToken();
  const isHub = origin === new URL(hubEndpoint()).origin;
  return token === "" || !isHub ? {} : { authorization: `Bearer ${token}` };
}

function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:")) {
    return to;
  }
  throw new FellowshipError(
    "bad_input",
    `${shownAddress(from.href)} redirects to an address without https, which is not ` +
      "followed. Download the file first.",
  );
}

function flatHeaders(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), [value].flat().join(", ")]],
    ),
  );
}

let dispatcher: Dispatcher | undefined;

/** Goes through the proxy that `HTTP_PROXY` and `HTTPS_PROXY` name, but for hosts in `NO_PROXY`. */
async function remoteDispatcher(): Promise<Dispatcher> {
  if (dispatcher !== undefined) return dispatcher;
  const { EnvHttpProxyAgent } = await import("undici");
  const named = (name: string) => process.env[name.toLowerCase()] || process.env[name] || "";
  dispatcher ??= new EnvHttpProxyAgent({
    httpProxy: named("HTTP_PROXY"),
    httpsProxy: named("HTTPS_PROXY"),
    noProxy: named("NO_PROXY"),
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    // Many proxies open tunnels for https alone.
    proxyTunnel: false,
  });
  return dispatcher;
}
