import * as z from "zod";
import type { TracePart } from "./trace-parts.ts";
import { jsonRequests, multipartRequest, type TraceRequest } from "./trace-request.ts";
import type { TraceSettings } from "./trace-settings.ts";

/** What to do about traces after they were sent. */
export type Delivery =
  | { readonly kind: "taken" }
  /** Send them again, after a while where the server says so. */
  | { readonly kind: "again"; readonly why: string; readonly waitMs: number | null }
  /** `split`: in smaller requests · `refused`: neither these nor any other. */
  | { readonly kind: "split" | "refused"; readonly why: string };

/** A server that takes traces. */
export type TraceServer = {
  /** Never throws. Errors are described in a few words, without the server's own text. */
  readonly deliver: (parts: readonly TracePart[]) => Promise<Delivery>;
  /** The most it accepts in one request; null before it was asked. */
  readonly limits: RequestLimits | null;
  /** Ends all requests under way. */
  readonly abort: () => void;
};

export type RequestLimits = { readonly operations: number; readonly bytes: number };

/** As LangSmith's own client does where the server does not say. */
export const usualLimits: RequestLimits = { operations: 100, bytes: 20 * 1024 * 1024 };

const requestMs = 30_000;

/** What of a server's `/info` matters here. */
const serverInfo = z.object({
  instance_flags: z
    .object({
      gzip_body_enabled: z.boolean().nullish(),
      sdb_query_enabled: z.boolean().nullish(),
    })
    .nullish(),
  batch_ingest_config: z
    .object({
      use_multipart_endpoint: z.boolean().nullish(),
      size_limit: z.number().int().positive().nullish(),
      size_limit_bytes: z.number().int().positive().nullish(),
    })
    .nullish(),
});

/** A project, by which LangSmith's `/sessions` go. */
const session = z.object({ id: z.string() });

/** How the server wants to be sent traces. */
type Manner = {
  /**
   * Servers that store runs by project require its id with every piece of feedback.
   */
  readonly isByProject: boolean;
  readonly isMultipart: boolean;
  readonly isCompressed: boolean;
  readonly limits: RequestLimits;
};

type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };

/** Opens the way to a server; it is asked nothing before it is sent a trace. */
export function createTraceServer({
  endpoint,
  headers,
  project,
}: Pick<TraceSettings, "endpoint" | "headers" | "project">): TraceServer {
  const underWay = new Set<AbortController>();
  let manner: Manner | null = null;
  let projectId: string | null = null;

  /** Reads the answer whole: unread, it would keep its connection from being used again. */
  async function call(path: string, init: RequestInit): Promise<Answer> {
    const controller = new AbortController();
    const timeout = setTimeout(() => controller.abort(), requestMs);
    underWay.add(controller);
    try {
      const response = await fetch(`${endpoint}${path}`, {
        ...init,
        // Texts and the key go to no other server.
        redirect: "manual",
        signal: controller.signal,
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } finally {
      clearTimeout(timeout);
      underWay.delete(controller);
    }
  }

  function post({ path, headers: own, body }: TraceRequest): Promise<Answer> {
    return call(path, { method: "POST", headers: { ...headers, ...own }, body });
  }

  const get = (path: string) => call(path, { method: "GET", headers: { ...headers } });

  /** The id of the project, made where there is none yet; null where the server does not say. */
  async function findProject(): Promise<string | null> {
    const query = new URLSearchParams({ name: project, limit: "1" });
    const { text } = await get(`/sessions?${query.toString()}`);
    const found = z.array(session).safeParse(parseJson(text)).data?.[0];
    if (found !== undefined) return found.id;
    const body = JSON.stringify({ name: project });
    const json = { "content-type": "application/json" };
    const made = await post({ path: "/sessions", headers: json, body });
    return session.safeParse(parseJson(made.text)).data?.id ?? null;
  }

  async function send(given: readonly TracePart[]): Promise<Delivery> {
    if (manner === null) {
      const info = await get("/info");
      const delivery = deliveryOf(info);
      if (delivery.kind === "again") return delivery;
      const asked = mannerOf(info);
      if (asked.isByProject) projectId = await findProject();
      manner = asked;
    }
    const parts = projectId === null ? given : withProject(given, projectId);
    if (manner.isMultipart) {
      const answer = await post(await multipartRequest(parts, manner.isCompressed));
      if (answer.status !== 404 && answer.status !== 405) return deliveryOf(answer);
      // Servers from before 2025 accept runs only as JSON.
      manner = { ...manner, isMultipart: false };
    }
    for (const request of jsonRequests(parts)) {
      const delivery = deliveryOf(await post(request));
      if (delivery.kind !== "taken") return delivery;
    }
    return { kind: "taken" };
  }

  return {
    get limits() {
      return manner?.limits ?? null;
    },
    abort: () => underWay.forEach((controller) => controller.abort()),
    deliver: (parts) =>
      send(parts).catch((error: unknown) => ({
        kind: "again",
        why: brokenBy(error),
        waitMs: null,
      })),
  };
}

function withProject(parts: readonly TracePart[], id: string): TracePart[] {
  return parts.map(({ name, json }) => {
    if (!name.startsWith("feedback.")) return { name, json };
    const withId = `${json.toString().slice(0, -1)},"session_id":${JSON.stringify(id)}}`;
    return { name, json: Buffer.from(withId) };
  });
}

/** Servers that have no such page are sent what all of them take. */
function mannerOf({ text }: Answer): Manner {
  const { instance_flags: flags, batch_ingest_config: config } =
    serverInfo.safeParse(parseJson(text)).data ?? {};
  return {
    isByProject: flags?.sdb_query_enabled ?? false,
    isMultipart: config?.use_multipart_endpoint ?? true,
    isCompressed: flags?.gzip_body_enabled ?? false,
    limits: {
      operations: config?.size_limit ?? usualLimits.operations,
      bytes: Math.min(config?.size_limit_bytes ?? Infinity, usualLimits.bytes),
    },
  };
}

/** Only by the status: a server's text may repeat the request. */
function deliveryOf({ status, headers }: Answer): Delivery {
  // 409: it has these already, from a request whose answer was lost.
  if ((status >= 200 && status < 300) || status === 409) return { kind: "taken" };
  const why = `HTTP ${status}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    return { kind: "again", why, waitMs: Number.isFinite(seconds) ? seconds * 1_000 : null };
  }
  const isTheirs = status === 400 || status === 413 || status === 422;
  return { kind: isTheirs ? "split" : "refused", why };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function brokenBy(error: unknown): string {
  if (error instanceof Error && error.name === "AbortError") return "no answer in time";
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "the connection broke";
}
