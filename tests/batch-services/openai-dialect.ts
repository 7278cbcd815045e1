import type { Fields } from "../../models/wire/request-params.ts";
import type { Reply } from "../loopback/reply.ts";
import {
  answerIn,
  arranged,
  type BatchDialect,
  type BatchStore,
  type ServedBatch,
  type ServedRequest,
} from "./batch-store.ts";

/** OpenAI's Files and Batch APIs, below `/v1`. */
export const openAiDialect: BatchDialect = (store, { method, path, body }) => {
  const url = new URL(path, "http://host");
  const [, version, ...parts] = url.pathname.split("/");
  if (version !== "v1") return undefined;
  const [collection, id = "", action] = parts;
  if (collection === "files") {
    if (method === "POST") return { step: "upload", run: () => upload(store, String(body)) };
    return { step: "read", run: () => file(store, id) };
  }
  if (collection !== "batches") return undefined;
  if (action === "cancel") return { step: "cancel", run: () => cancel(store, id) };
  if (method === "POST") return { step: "submit", run: () => submit(store, body as Submission) };
  if (id === "") return { step: "list", run: () => list(store, url.searchParams) };
  return { step: "look", run: () => look(store, id) };
};

type Submission = {
  readonly input_file_id: string;
  readonly endpoint: string;
  readonly completion_window: string;
  readonly metadata?: Readonly<Record<string, string>>;
};

type Line = { custom_id: string; method: string; url: string; body: Fields };

function upload(store: BatchStore, form: string): Reply {
  const boundary = form.slice(0, form.indexOf("\r\n"));
  const parts = form.split(boundary).slice(1, -1);
  const content = (name: string) => {
    const part = parts.find((one) => one.includes(`name="${name}"`)) ?? "";
    return part.slice(part.indexOf("\r\n\r\n") + 4, -2);
  };
  const purpose = content("purpose");
  if (purpose !== "batch" || !form.endsWith(`${boundary}--\r\n`)) return refusal(400, "bad form");
  const id = `file-${store.nextId()}`;
  store.files.set(id, content("file"));
  const bytes = Buffer.byteLength(content("file"));
  const named = { filename: "requests.jsonl", created_at: now(), status: "processed" };
  return { body: { id, object: "file", purpose, bytes, ...named } };
}

function submit(store: BatchStore, { input_file_id, endpoint, ...rest }: Submission): Reply {
  const text = store.files.get(input_file_id);
  if (text === undefined) return refusal(400, "Invalid file");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  const isWhole = lines.every(({ url, method }) => url === endpoint && method === "POST");
  const names = new Set(lines.map(({ custom_id }) => custom_id));
  if (!isWhole || names.size < lines.length || rest.completion_window !== "24h") {
    return refusal(400, "invalid input");
  }
  const requests = lines.map(({ custom_id, body }) => ({ customId: custom_id, body }));
  const key = rest.metadata?.["fellowship_batch"];
  return { body: batchObject(store, store.create(`batch_${store.nextId()}`, key, requests)) };
}

/** In seconds since 1970. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}

function list(store: BatchStore, query: URLSearchParams): Reply {
  const all = [...store.batches.values()].toReversed();
  const from = all.findIndex(({ id }) => id === query.get("after")) + 1;
  const page = all.slice(from, from + Math.min(Number(query.get("limit") ?? 20), 2));
  const data = page.map((batch) => batchObject(store, batch));
  return { body: { object: "list", data, has_more: from + page.length < all.length } };
}

function look(store: BatchStore, id: string): Reply {
  const batch = store.batches.get(id);
  if (batch === undefined) return refusal(404, `No batch found with id '${id}'.`);
  return { body: batchObject(store, store.look(batch)) };
}

function cancel(store: BatchStore, id: string): Reply {
  const batch = store.batches.get(id);
  if (batch === undefined) return refusal(404, `No batch found with id '${id}'.`);
  batch.state = "cancelled";
  return { body: batchObject(store, batch) };
}

function batchObject(store: BatchStore, batch: ServedBatch) {
  const { id, key, requests, createdAt, state } = batch;
  const hasResults = state !== "running" && state !== "failed";
  return {
    id,
    object: "batch",
    endpoint: "/v1/chat/completions",
    input_file_id: `input-${id}`,
    completion_window: "24h",
    errors: state === "failed" ? { object: "list", data: [failureOf(store)] } : null,
    status: { running: "in_progress", ended: "completed" }[state as string] ?? state,
    output_file_id: hasResults ? `output-${id}` : null,
    error_file_id: hasResults ? `errors-${id}` : null,
    created_at: Math.floor(createdAt.getTime() / 1000),
    request_counts: {
      total: requests.length,
      completed: hasResults
        ? requests.filter((request) => answerIn(store, batch, request) !== null).length
        : 0,
      failed: 0,
    },
    metadata: key === undefined ? null : { fellowship_batch: key },
  };
}

/** Batches that find no room fail once they are made. */
function failureOf({ options }: BatchStore) {
  return options.endsAs === "failed"
    ? { code: "model_not_found", message: "no such model", line: 1 }
    : { code: "token_limit_exceeded", message: "Enqueued token limit reached.", line: null };
}

function file(store: BatchStore, name: string): Reply {
  const [kind = "", id = ""] = name.split(/-(.*)/);
  const batch = store.batches.get(id);
  if (batch === undefined) return refusal(404, "No such File object");
  const lines = arranged(store, batch)
    .map((request) => resultLine(store, batch, request))
    .filter(({ isError }) => isError === (kind === "errors"));
  const text = lines.map(({ line }) => `${JSON.stringify(line)}\n`).join("");
  return {
    headers: { "content-type": "application/octet-stream" },
    body: kind === "output" ? (store.options.write?.(text) ?? text) : text,
  };
}

function resultLine(store: BatchStore, batch: ServedBatch, request: ServedRequest) {
  const { customId } = request;
  const reply = answerIn(store, batch, request);
  const named = { id: `batch_req_${customId}`, custom_id: customId };
  if (reply === null) {
    const code = batch.state === "cancelled" ? "batch_cancelled" : "batch_expired";
    const error = { code, message: "This request could not be executed in time." };
    return { isError: true, line: { ...named, response: null, error } };
  }
  const { status = 200, body: answer } = reply;
  const response = { status_code: status, request_id: `req_${customId}`, body: answer };
  return { isError: status >= 400, line: { ...named, response, error: null } };
}

function refusal(status: number, message: string): Reply {
  return { status, body: { error: { message, type: "invalid_request_error", code: null } } };
}
