import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { readMultipart } from "./read-multipart.ts";

/** A run as LangSmith would keep it. */
export type CollectedRun = {
  readonly id: string;
  readonly name: string;
  readonly run_type: string;
  readonly trace_id: string;
  readonly dotted_order: string;
  readonly parent_run_id?: string | null;
  readonly session_name: string;
  readonly start_time: string | number;
  readonly end_time?: string | number;
  readonly tags: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly extra: { readonly metadata: Readonly<Record<string, unknown>> };
};

export type CollectedFeedback = {
  readonly run_id: string;
  readonly trace_id: string;
  readonly key: string;
  readonly score?: number;
  readonly value?: string;
  readonly comment?: string;
  readonly session_id?: string;
};

/** A run with what is below it, in the order in which it began. */
export type CollectedTree = { readonly run: CollectedRun; readonly children: CollectedTree[] };

/** A request as it came, its body unpacked. */
export type CollectedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
};

/**
 * How the collector takes a request: after a while, with another status, or never; default at once
 * and well.
 */
export type Taking = {
  readonly delayMs?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly hang?: boolean;
};

export type CollectorOptions = {
  readonly take?: (request: CollectedRequest, number: number) => Taking;
  /** What `/info` says; that of LangSmith where not given. */
  readonly info?: unknown;
  /** Without the newer form, as servers were before 2025. */
  readonly withoutMultipart?: boolean;
};

export type TraceCollector = {
  readonly url: string;
  readonly requests: readonly CollectedRequest[];
  readonly runs: ReadonlyMap<string, CollectedRun>;
  readonly feedback: readonly CollectedFeedback[];
  /** What a request was refused for, beside what `take` says. */
  readonly complaints: readonly string[];
  /**
   * The traces, in the order in which they began; throws where a run was not ended or does not
   * belong to its trace.
   */
  readonly traces: () => CollectedTree[];
  readonly close: () => Promise<void>;
};

const langSmithInfo = {
  version: "0.18.3",
  instance_flags: { gzip_body_enabled: true },
  batch_ingest_config: {
    use_multipart_endpoint: true,
    size_limit: 100,
    size_limit_bytes: 20_971_520,
  },
};

/**
 * Starts a server on a free port of 127.0.0.1 that takes traces as LangSmith does, and keeps them.
 */
export async function startTraceCollector(options: CollectorOptions = {}): Promise<TraceCollector> {
  const { info = langSmithInfo, withoutMultipart = false } = options;
  const take: NonNullable<CollectorOptions["take"]> = options.take ?? (() => ({}));
  const requests: CollectedRequest[] = [];
  const runs = new Map<string, CollectedRun>();
  const feedback: CollectedFeedback[] = [];
  const complaints: string[] = [];
  const made = new Set<string>();

  async function receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await buffer(message);
    const { method = "", url: path = "", headers } = message;
    const body = headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    const request = { method, path, headers, body };
    requests.push(request);
    const {
      delayMs = 0,
      status,
      headers: said = {},
      hang = false,
    } = take(request, requests.length);
    if (hang) return;
    if (delayMs > 0) await sleep(delayMs);
    const answer = status === undefined ? keep(request) : { status, body: {} };
    response.writeHead(answer.status, { "content-type": "application/json", ...said });
    response.end(JSON.stringify(answer.body));
  }

  function keep({ method, path, headers, body }: CollectedRequest) {
    try {
      if (method === "GET" && path === "/info") return { status: 200, body: info };
      if (path.startsWith("/sessions")) return { status: 200, body: projects(method, body) };
      if (method === "POST" && path === "/runs/multipart" && !withoutMultipart) {
        keepParts(readMultipart(body, headers["content-type"] ?? ""));
      } else if (method === "POST" && path === "/runs/batch") {
        const { post, patch } = JSON.parse(body.toString()) as Record<string, CollectedRun[]>;
        for (const run of [...(post ?? []), ...(patch ?? [])]) merge(run.id, run);
      } else if (method === "POST" && path === "/feedback") {
        feedback.push(JSON.parse(body.toString()) as CollectedFeedback);
      } else {
        return { status: 404, body: { detail: "Not Found" } };
      }
      return { status: 202, body: { message: "taken" } };
    } catch (error) {
      complaints.push(String(error));
      return { status: 422, body: { detail: String(error) } };
    }
  }

  function projects(method: string, body: Buffer): unknown {
    if (method === "GET") return [...made].map((name) => ({ id: `id of ${name}` }));
    const { name } = JSON.parse(body.toString()) as { name: string };
    made.add(name);
    return { id: `id of ${name}` };
  }

  function keepParts(parts: ReturnType<typeof readMultipart>): void {
    for (const { name, body } of parts) {
      const [kind = "", id = "", field] = name.split(".");
      const value: unknown = JSON.parse(body);
      if (kind === "feedback") feedback.push(value as CollectedFeedback);
      else if (kind === "post" || kind === "patch") {
        merge(id, field === undefined ? (value as Partial<CollectedRun>) : { [field]: value });
      } else throw new Error(`unknown part ${name}`);
    }
  }

  function merge(id: string, fields: Partial<CollectedRun>): void {
    runs.set(id, { ...runs.get(id), ...fields } as CollectedRun);
  }

  const server = createServer((message, response) => void receive(message, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    runs,
    feedback,
    complaints,
    traces: () => buildTrees([...runs.values()]),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function buildTrees(runs: readonly CollectedRun[]): CollectedTree[] {
  const sorted = runs.toSorted((one, other) => (one.dotted_order < other.dotted_order ? -1 : 1));
  const trees = new Map<string, CollectedTree>();
  const roots: CollectedTree[] = [];
  for (const run of sorted) {
    const tree = { run, children: [] };
    trees.set(run.id, tree);
    const parent = run.parent_run_id == null ? undefined : trees.get(run.parent_run_id);
    check(run, parent?.run);
    (parent?.children ?? roots).push(tree);
  }
  return roots;
}

/** What LangSmith's tree is built from has to fit together. */
function check(run: CollectedRun, parent: CollectedRun | undefined): void {
  const fail = (why: string) => {
    throw new Error(`run ${run.name} (${run.id}): ${why}`);
  };
  if (run.end_time === undefined) fail("never ended");
  if ((run.parent_run_id == null) !== (parent === undefined)) fail("its parent is not there");
  if (run.trace_id !== (parent?.trace_id ?? run.id)) fail(`is of trace ${run.trace_id}`);
  const own = run.dotted_order.split(".").at(-1) ?? "";
  const expected = parent === undefined ? own : `${parent.dotted_order}.${own}`;
  if (run.dotted_order !== expected) fail(`has the order ${run.dotted_order}`);
  if (!/^\d{8}T\d{12}Z/.test(own) || !own.endsWith(`Z${run.id}`)) fail(`has the order ${own}`);
  if (!own.startsWith(String(run.start_time).replaceAll(/[-:.]/g, ""))) {
    fail(`began at ${run.start_time} and stands at ${own}`);
  }
}
