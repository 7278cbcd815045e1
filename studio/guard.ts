import { Auth, HTTPException } from "@langchain/langgraph-sdk/auth";
import { Hono } from "hono";

/** The browser page that may talk to the server; `langgraph.json` names the same under `cors`. */
export const studioOrigin = "https://smith.langchain.com";

/** Who calls: everybody who passes is this machine's one user. */
const user = "studio";
const largestBodyBytes = 10 * 1024 * 1024;

/**
 * Why a request is refused, null where it may pass. The server listens on loopback, but every page in this machine's browser can
 * reach that too: so a request must name the server as its host (another name is a rebound one), come from Studio or from no page at
 * all, and be no form or plain text that a page may post across sites unasked.
 */
export function whyRefused(request: Request): string | null {
  const { method, headers } = request;
  if (!isOwnHost(headers.get("host"))) return "another host than this server";
  const origin = headers.get("origin");
  if (origin !== null && origin !== studioOrigin && !isOwnOrigin(origin)) return "another site";
  if (origin === null && headers.get("sec-fetch-site") === "cross-site") return "another site";
  if (new URL(request.url).pathname.startsWith("/internal/")) return "internal";
  const reads = method === "GET" || method === "HEAD" || method === "OPTIONS";
  const kind = headers.get("content-type");
  if (!reads && kind !== null && !/^application\/json\s*(?:;|$)/i.test(kind)) return "no JSON";
  if (!reads && kind === null && headers.get("content-length") !== "0" && hasBody(headers)) {
    return "no JSON";
  }
  return Number(headers.get("content-length") ?? 0) > largestBodyBytes ? "too large" : null;
}

function hasBody(headers: Headers): boolean {
  return headers.has("content-length") || headers.has("transfer-encoding");
}

function isOwnHost(host: string | null): boolean {
  const port = process.env["PORT"] ?? "2024";
  return ["127.0.0.1", "localhost", "[::1]"].some((name) => host === `${name}:${port}`);
}

function isOwnOrigin(origin: string): boolean {
  return origin.startsWith("http://") && isOwnHost(origin.slice("http://".length));
}

/** Stands before every route but `/info`, also before those that no other middleware sees. */
export const auth = new Auth()
  .authenticate((request: Request) => {
    const why = whyRefused(request);
    if (why !== null) throw new HTTPException(403, { message: `Refused: ${why}.` });
    return user;
  })
  .on("threads:create_run", ({ value }) => {
    // A webhook would send what a run made to any address.
    if (webhookOf(value) !== undefined) {
      throw new HTTPException(403, { message: "Refused: webhooks are off here." });
    }
  });

function webhookOf(value: object): unknown {
  const { kwargs } = value as { kwargs?: { webhook?: unknown } };
  return kwargs?.webhook ?? undefined;
}

/** Stands before `/info`, which asks nobody who calls. */
export const app = new Hono().use(async (context, next) => {
  const why = whyRefused(context.req.raw);
  return why === null ? next() : context.text(`Refused: ${why}.`, 403);
});
