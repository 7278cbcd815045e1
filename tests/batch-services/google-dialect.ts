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

/** Gemini's Files API and batch mode. */
export const googleDialect: BatchDialect = (store, { method, path, headers, body }) => {
  const url = new URL(path, "http://host");
  const { pathname, searchParams } = url;
  if (pathname === "/upload/v1beta/files") {
    if (searchParams.has("upload_id")) {
      return { step: "upload", run: () => upload(store, body) };
    }
    const own = `http://${headers.host}${pathname}?upload_id=u${store.nextId()}`;
    return { step: "upload", run: () => ({ headers: { "x-goog-upload-url": own }, body: "" }) };
  }
  if (pathname.endsWith(":batchGenerateContent")) {
    return { step: "submit", run: () => submit(store, body as Submission) };
  }
  if (pathname === "/v1beta/batches") {
    return { step: "list", run: () => list(store, searchParams) };
  }
  const id = /^\/v1beta\/(batches\/\w+)/.exec(pathname)?.[1];
  if (id !== undefined && method === "POST")
    return { step: "cancel", run: () => cancel(store, id) };
  if (id !== undefined) return { step: "look", run: () => look(store, id) };
  // The first is the documented path, the second the one that the official client takes.
  const file = /^(?:\/download)?\/v1beta\/files\/results-(\w+):download$/.exec(pathname)?.[1];
  return file === undefined ? undefined : { step: "read", run: () => results(store, file) };
};

type Submission = {
  readonly batch: { displayName: string; inputConfig: { fileName: string } };
};

type Line = { readonly key: string; readonly request: Fields };

function upload(store: BatchStore, body: unknown): Reply {
  const name = `files/input${store.nextId()}`;
  // A file of one line is JSON, and came parsed.
  store.files.set(name, typeof body === "string" ? body : JSON.stringify(body));
  return {
    headers: { "x-goog-upload-status": "final" },
    body: { file: { name, mimeType: "application/jsonl", state: "ACTIVE" } },
  };
}

function submit(store: BatchStore, { batch }: Submission): Reply {
  const text = store.files.get(batch.inputConfig.fileName);
  if (text === undefined) return refusal(400, "INVALID_ARGUMENT", "no such file");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  const requests = lines.map(({ key, request }) => ({ customId: key, body: request }));
  if (!store.hasRoom(requests)) return refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded.");
  const id = `batches/b${store.nextId()}`;
  return { body: operation(store, store.create(id, batch.displayName, requests)) };
}

function list(store: BatchStore, query: URLSearchParams): Reply {
  const all = [...store.batches.values()];
  const from = Number(query.get("pageToken") ?? 0);
  const page = all.slice(from, from + Math.min(Number(query.get("pageSize") ?? 20), 2));
  const next = from + page.length;
  return {
    body: {
      operations: page.map((batch) => operation(store, batch)),
      ...(next < all.length ? { nextPageToken: String(next) } : {}),
    },
  };
}

function look(store: BatchStore, id: string): Reply {
  const batch = store.batches.get(id);
  if (batch === undefined) return refusal(404, "NOT_FOUND", "Requested entity was not found.");
  return { body: operation(store, store.look(batch)) };
}

function cancel(store: BatchStore, id: string): Reply {
  const batch = store.batches.get(id);
  if (batch === undefined) return refusal(404, "NOT_FOUND", "Requested entity was not found.");
  batch.state = "cancelled";
  return { body: {} };
}

function operation(store: BatchStore, { id, key, requests, state, createdAt }: ServedBatch) {
  const named = { ended: "SUCCEEDED" }[state as string] ?? state.toUpperCase();
  const output = { responsesFile: `files/results-${id.slice("batches/".length)}` };
  const hasResults = state !== "running" && state !== "failed";
  return {
    name: id,
    metadata: {
      "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
      model: "models/test-model",
      displayName: key,
      createTime: createdAt.toISOString(),
      batchStats: { requestCount: String(requests.length) },
      state: `BATCH_STATE_${named}`,
      ...(hasResults ? { output } : {}),
    },
    ...(state === "failed" ? { done: true, error: { code: 5, message: "no such model" } } : {}),
    ...(hasResults ? { done: true, response: output } : {}),
  };
}

function results(store: BatchStore, id: string): Reply {
  const batch = store.batches.get(`batches/${id}`);
  if (batch === undefined) return refusal(404, "NOT_FOUND", "Requested entity was not found.");
  const text = arranged(store, batch)
    .flatMap((request) => resultOf(store, batch, request))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
  return {
    headers: { "content-type": "application/jsonl" },
    body: store.options.write?.(text) ?? text,
  };
}

/** Requests that a batch did not come to have no line. */
function resultOf(store: BatchStore, batch: ServedBatch, request: ServedRequest) {
  const reply = answerIn(store, batch, request);
  if (reply === null) return [];
  const { status = 200, body: answer } = reply;
  return [{ key: request.customId, ...(status < 300 ? { response: answer } : (answer as object)) }];
}

function refusal(code: number, status: string, message: string): Reply {
  return { status: code, body: { error: { code, message, status } } };
}
