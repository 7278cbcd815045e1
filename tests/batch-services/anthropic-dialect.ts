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

const root = "/v1/messages/batches";

/** Anthropic's Message Batches API. */
export const anthropicDialect: BatchDialect = (store, { method, path, body }) => {
  const url = new URL(path, "http://host");
  if (!url.pathname.startsWith(root)) return undefined;
  const [id = "", action] = url.pathname.slice(root.length + 1).split("/");
  if (action === "results") return { step: "read", run: () => results(store, id) };
  if (action === "cancel") return { step: "cancel", run: () => cancel(store, id) };
  if (method === "POST") return { step: "submit", run: () => submit(store, body as Submission) };
  if (id === "") return { step: "list", run: () => list(store, url.searchParams) };
  return { step: "look", run: () => look(store, id) };
};

type Submission = { readonly requests?: readonly { custom_id: string; params: Fields }[] };

function submit(store: BatchStore, { requests: given }: Submission): Reply {
  const requests = given?.map(({ custom_id, params }) => ({ customId: custom_id, body: params }));
  const names = new Set(requests?.map(({ customId }) => customId));
  const isNamed = [...names].every((name) => /^[a-zA-Z0-9_-]{1,64}$/.test(name));
  if (requests === undefined || names.size < requests.length || !isNamed) {
    return refusal(400, "invalid_request_error", "requests: invalid");
  }
  if (!store.hasRoom(requests)) return refusal(429, "rate_limit_error", "Too many requests.");
  const batch = store.create(`msgbatch_${store.nextId()}`, undefined, requests);
  return { body: batchObject(store, batch) };
}

function list(store: BatchStore, query: URLSearchParams): Reply {
  const all = [...store.batches.values()].toReversed();
  const from = all.findIndex(({ id }) => id === query.get("after_id")) + 1;
  const page = all.slice(from, from + Math.min(Number(query.get("limit") ?? 20), 2));
  return {
    body: {
      data: page.map((batch) => batchObject(store, batch)),
      has_more: from + page.length < all.length,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    },
  };
}

function look(store: BatchStore, id: string): Reply {
  const batch = store.batches.get(id);
  if (batch === undefined) return refusal(404, "not_found_error", "Batch not found");
  return { body: batchObject(store, store.look(batch)) };
}

function cancel(store: BatchStore, id: string): Reply {
  const batch = store.batches.get(id);
  if (batch === undefined) return refusal(404, "not_found_error", "Batch not found");
  batch.state = "cancelled";
  return { body: batchObject(store, batch) };
}

function batchObject(store: BatchStore, batch: ServedBatch) {
  const { id, requests, createdAt, state } = batch;
  const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
  for (const request of requests) {
    if (state === "running") counts.processing += 1;
    else counts[resultOf(store, batch, request).type as keyof typeof counts] += 1;
  }
  return {
    id,
    type: "message_batch",
    processing_status: state === "running" ? "in_progress" : "ended",
    request_counts: counts,
    created_at: createdAt.toISOString(),
    ended_at: state === "running" ? null : new Date().toISOString(),
    expires_at: new Date(createdAt.getTime() + 86_400_000).toISOString(),
    archived_at: null,
    cancel_initiated_at: null,
    // Somewhere else than the service: no key may be sent there.
    results_url: state === "running" ? null : "http://elsewhere.invalid/results",
  };
}

function results(store: BatchStore, id: string): Reply {
  const batch = store.batches.get(id);
  if (batch === undefined || batch.state === "running") {
    return refusal(404, "not_found_error", "No results yet");
  }
  const text = arranged(store, batch)
    .map((request) => ({
      custom_id: request.customId,
      result: resultOf(store, batch, request),
    }))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
  return {
    headers: { "content-type": "application/x-jsonl" },
    body: store.options.write?.(text) ?? text,
  };
}

function resultOf(store: BatchStore, batch: ServedBatch, request: ServedRequest) {
  const reply = answerIn(store, batch, request);
  if (reply === null) return { type: batch.state === "cancelled" ? "canceled" : "expired" };
  const { status = 200, body } = reply;
  return status < 300 ? { type: "succeeded", message: body } : { type: "errored", error: body };
}

function refusal(status: number, type: string, message: string): Reply {
  return { status, body: { type: "error", error: { type, message } } };
}
