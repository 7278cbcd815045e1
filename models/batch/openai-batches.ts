import { randomUUID } from "node:crypto";
import * as z from "zod";
import { parseBody } from "../wire/body.ts";
import { classifyResponse, type WireFailure } from "../wire/classify-failure.ts";
import { uploadOf, type BatchForm } from "./batch-lines.ts";
import { notReached, responseOf, resultsIn } from "./batch-result.ts";
import type { Connection } from "../providers/provider.ts";
import type {
  BatchFacts,
  BatchRequest,
  BatchResult,
  BatchService,
  BatchState,
  BatchStatus,
} from "./batch-service.ts";
import { lostWhereUnknown } from "./lost-batch.ts";
import type { ServiceClient } from "./service-client.ts";

/** The key of a batch in its metadata. */
const keyField = "fellowship_batch";
/** The path of a call, as the lines and the batch name it, whatever the host's base URL. */
const endpoint = "/v1/chat/completions";
const pageSize = 100;
const mostPages = 100;
/** The clocks of two machines, in milliseconds. */
const clockSkewMs = 10 * 60_000;

const id = z.string().min(1);
const batchError = z.object({ code: z.string().nullish(), message: z.string().nullish() });
type BatchError = z.infer<typeof batchError>;

const batchObject = z.object({
  id,
  status: z.string(),
  created_at: z.number().nullish().catch(null),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  request_counts: z
    .object({ total: z.number(), completed: z.number(), failed: z.number() })
    .nullish()
    .catch(null),
  errors: z
    .object({ data: z.array(batchError).nullish() })
    .nullish()
    .catch(null),
  metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
});
type BatchObject = z.infer<typeof batchObject>;

/** A batch that can't be read is not ours. */
const batchPage = z.object({
  data: z.array(batchObject.nullable().catch(null)),
  has_more: z.boolean().nullish(),
});

const states: Readonly<Record<string, BatchState>> = {
  completed: "ended",
  expired: "expired",
  cancelled: "cancelled",
  failed: "failed",
};

/**
 * OpenAI's Batch API: a file of requests is uploaded, a batch made of it, and answers and errors
 * come as two files (platform.openai.com/docs/guides/batch).
 */
export function openAiBatches(
  facts: BatchFacts,
  _: Connection,
  client: ServiceClient,
): BatchService {
  const batchAt = (id: string) => `/batches/${encodeURIComponent(id)}`;

  async function fetchBatch(id: string, signal: AbortSignal): Promise<BatchObject> {
    const purpose = "look at a batch";
    const { value } = await client.ask(
      { purpose, method: "GET", path: batchAt(id), answer: batchObject },
      signal,
    );
    return value;
  }

  /** Newest first. */
  async function find(key: string, since: number, signal: AbortSignal) {
    let after = "";
    for (let page = 0; page < mostPages; page += 1) {
      const path = `/batches?limit=${pageSize}${after}`;
      const { value } = await client.ask(
        { purpose: "list the batches", method: "GET", path, answer: batchPage },
        signal,
      );
      const found = value.data.find((one) => one?.metadata?.[keyField] === key);
      if (found != null) return found.id;
      const last = value.data.findLast((one) => one !== null);
      const oldest = (last?.created_at ?? Infinity) * 1000;
      if (last === undefined || value.has_more !== true || oldest < since - clockSkewMs) break;
      after = `&after=${encodeURIComponent(last.id)}`;
    }
    return undefined;
  }

  return {
    name: client.name,
    ...facts,
    sizeOf: (request) => Buffer.byteLength(lineOf(request)),
    async submit(batch, signal) {
      const since = Date.now();
      const boundary = randomUUID();
      const upload = await uploadOf(batch, formOf(batch.key, boundary), signal);
      const file = await client.ask(
        {
          purpose: "upload the requests",
          method: "POST",
          path: "/files",
          headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
          body: upload,
          answer: z.object({ id }),
        },
        signal,
      );
      const made = await client.make(
        {
          purpose: "submit a batch",
          method: "POST",
          path: "/batches",
          body: {
            input_file_id: file.value.id,
            endpoint,
            completion_window: "24h",
            metadata: { [keyField]: batch.key },
          },
          answer: z.object({ id }),
        },
        async () => {
          const found = await find(batch.key, since, signal);
          return found === undefined ? undefined : { id: found };
        },
        signal,
      );
      return { id: made.id };
    },
    find: ({ key, since }, signal) => find(key, since, signal),
    poll: (id, signal) =>
      lostWhereUnknown(fetchBatch(id, signal).then((batch) => statusOf(batch, client.baseUrl))),
    async *results(id, signal) {
      const batch = await fetchBatch(id, signal);
      for (const file of [batch.output_file_id, batch.error_file_id]) {
        if (file == null || file === "") continue;
        const path = `/files/${encodeURIComponent(file)}/content`;
        const lines = client.lines({ purpose: "read the results of a batch", path }, signal);
        yield* resultsIn(lines, client.baseUrl, "custom_id", resultOf);
      }
    },
    async cancel(id, signal) {
      const path = `${batchAt(id)}/cancel`;
      const purpose = "cancel a batch";
      await client.ask({ purpose, method: "POST", path, answer: z.unknown() }, signal);
    },
  };
}

function lineOf({ customId, body }: BatchRequest): string {
  return `${JSON.stringify({ custom_id: customId, method: "POST", url: endpoint, body })}\n`;
}

/** A form with the file in it. */
function formOf(key: string, boundary: string): BatchForm {
  const part = (name: string, rest = "") =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\n`;
  const file = part("file", `; filename="${key}.jsonl"\r\nContent-Type: application/jsonl`);
  return {
    before: `${part("purpose")}batch\r\n${file}`,
    between: "",
    after: `\r\n--${boundary}--\r\n`,
    lineOf,
  };
}

function statusOf(
  { status, request_counts: counted, errors }: BatchObject,
  address: string,
): BatchStatus {
  const state = states[status.toLowerCase()] ?? "running";
  const { total = 0, completed: done = 0, failed = 0 } = counted ?? {};
  const counts = { total, done, failed };
  if (state !== "failed") return { state, counts };
  return { state, counts, failure: failureOf(errors?.data?.[0] ?? {}, address) };
}

/** Why a batch was refused as a whole. */
function failureOf(error: BatchError, address: string): WireFailure {
  const response = responseOf(address, 400, { error });
  const failure = classifyResponse(response, parseBody(response.body));
  const detail = error.message ?? error.code ?? "the service does not say why";
  if (error.code === "token_limit_exceeded") {
    return { ...failure, outcome: "rate_limited", remedy: "wait", detail, waitMs: null };
  }
  return { ...failure, outcome: "provider_refused", remedy: "run", detail };
}

const resultLine = z.object({
  response: z.object({ status_code: z.number().int(), body: z.unknown() }).nullish(),
  error: batchError.nullish(),
});

function resultOf(json: unknown, address: string): BatchResult["result"] | undefined {
  const { response, error } = resultLine.safeParse(json).data ?? {};
  if (response != null) return responseOf(address, response.status_code, response.body);
  if (error == null) return undefined;
  if (/^batch_(?:expired|cancelled)$/.test(error.code ?? "")) {
    return notReached(error.message ?? `the request was not reached (${error.code})`);
  }
  return responseOf(address, 500, { error });
}
