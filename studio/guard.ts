import { Auth, HTTPException } from "@langchain/langgraph-sdk/auth";
import { Hono } from "hono";
import { withPlainError } from "./plain-error.ts";

/** The browser page that may talk to the server; `langgraph.json` names the same under `cors`. */
export const studioOrigin = "https://smith.langchain.com";

/** Who calls: everybody who passes is this machine's one user. */
const user = "studio";
const largestBodyBytes = 10 * 1024 * 1024;

/**
 * The paths that Studio and the client ask for; there are more, such as `/internal/truncate`. Each
 * stands for itself alone: the server decodes a path before it finds its route, so none with a `%`
 * in it may pass, nor one with an empty segment or a dotted one.
 */
const known = /^\/(?:info|ok|(?:assistants|threads|runs)(?:\/(?!\.{1,2}(?:\/|$))[\w.~:|-]+)*)$/;

/**
 * Why a request is refused, null where it may pass. The server listens on loopback, but every page
 * in this machine's browser can reach that too: so a request must name the server as its host
 * (another name is a rebound one), come from Studio or from no page at all, ask for a path that
 * Studio asks for, and be no form or plain text that a page may post across sites unasked. A body
 * says how long it is: the server reads no further than that, and a
 * body sent in pieces has no known length.
 */
export function whyRefused(request: Request): string | null {
  const { method, headers } = request;
  if (!isOwnHost(headers.get("host"))) return "another host than this server";
  const origin = headers.get("origin");
  if (origin !== null && origin !== studioOrigin && !isOwnOrigin(origin)) return "another site";
  if (origin === null && headers.get("sec-fetch-site") === "cross-site") return "another site";
  if (!known.test(pathOf(request.url))) return "no path of Studio's";
  // The server answers them with an error of its own (500).
  if (/\/crons(?:\/|$)/.test(pathOf(request.url))) return "scheduled runs are off here";
  if (headers.has("transfer-encoding")) return "a body without its length";
  const reads = method === "GET" || method === "HEAD" || method === "OPTIONS";
  const kind = headers.get("content-type");
  if (!reads && kind !== null && !/^application\/json\s*(?:;|$)/i.test(kind)) return "no JSON";
  const bytes = Number(headers.get("content-length") ?? 0);
  if (!reads && kind === null && bytes !== 0) return "no JSON";
  return bytes > largestBodyBytes ? "too large" : null;
}

/** As it was sent, up to the query; `new URL` would tidy it up. */
function pathOf(url: string): string {
  return /^https?:\/\/[^/]*([^?]*)/.exec(url)?.[1] ?? "";
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

/**
 * Checks requests of `/info` too, which the authentication above never sees; gives the reason why a
 * state can't be edited, and the message of a run that failed as plain text.
 */
export const app = new Hono()
  .use(async (context, next) => {
    const why = whyRefused(context.req.raw);
    return why === null ? next() : context.text(`Refused: ${why}.`, 403);
  })
  .use("/threads/:thread/state", async (context, next) => {
    await next();
    if (context.error === undefined || context.res.status !== 500) return;
    context.res = context.json({ error: context.error.message }, 422);
  })
  .on("POST", ["/runs/wait", "/threads/:thread/runs/wait"], async (context, next) => {
    await next();
    if (context.res.ok) context.res = withPlainError(context.res);
  });
