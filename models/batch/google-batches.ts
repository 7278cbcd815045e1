import * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseBody } from "../wire/body.ts";
import { classifyResponse, type WireFailure } from "../wire/classify-failure.ts";
import { uploadOf } from "./batch-lines.ts";
import { responseOf, resultsIn } from "./batch-result.ts";
import type { Connection } from "../providers/provider.ts";
import type {
  Batch,
  BatchFacts,
  BatchRequest,
  BatchResult,
  BatchService,
  BatchState,
  BatchStatus,
} from "./batch-service.ts";
import { lostWhereUnknown } from "./lost-batch.ts";
import type { ServiceClient } from "./service-client.ts";

const pageSize = 100;
const mostPages = 1_000;

const status = z.object({
  code: z.number().int().nullish(),
  message: z.string().nullish(),
  status: z.string().nullish(),
});
type Status = z.infer<typeof status>;

const output = z.object({ responsesFile: z.string().nullish() }).nullish().catch(null);
/** Counts are 64-bit integers, which come as texts. */
const count = z.coerce.number().int().nonnegative().nullish().catch(null);

/** A batch comes as an operation, with its facts in `metadata`. */
const operation = z.object({
  name: z.string().regex(/^batches\/[\w-]+$/),
  error: status.nullish(),
  response: output,
  metadata: z
    .object({
      displayName: z.string().nullish(),
      state: z.string().nullish(),
      output,
      batchStats: z
        .object({ requestCount: count, successfulRequestCount: count, failedRequestCount: count })
        .nullish()
        .catch(null),
    })
    .nullish(),
});
type Operation = z.infer<typeof operation>;

/** Batches of other kinds may look otherwise. */
const operationPage = z.object({
  operations: z.array(operation.nullable().catch(null)).nullish(),
  nextPageToken: z.string().nullish(),
});

/** `BATCH_STATE_SUCCEEDED` in the REST API, `JOB_STATE_SUCCEEDED` in its clients. */
const states: Readonly<Record<string, BatchState>> = {
  SUCCEEDED: "ended",
  EXPIRED: "expired",
  CANCELLED: "cancelled",
  FAILED: "failed",
};

/**
 * Gemini's batch mode (ai.google.dev/gemini-api/docs/batch-api). Requests and results are files:
 * results that come inside the batch would come again with every look at it.
 */
export function googleBatches(
  facts: BatchFacts,
  { model, baseUrl }: Connection,
  client: ServiceClient,
): BatchService {
  const modelPath = model.includes("/") ? model : `models/${model}`;
  const at = (name: string) => `/v1beta/${name}`;

  async function fetchBatch(name: string, signal: AbortSignal): Promise<Operation> {
    const purpose = "look at a batch";
    const request = { purpose, method: "GET", path: at(name), answer: operation } as const;
    return (await client.ask(request, signal)).value;
  }

  async function find(key: string, signal: AbortSignal): Promise<string | undefined> {
    let token = "";
    for (let page = 0; page < mostPages; page += 1) {
      const path = at(`batches?pageSize=${pageSize}${token}`);
      const { value } = await client.ask(
        { purpose: "list the batches", method: "GET", path, answer: operationPage },
        signal,
      );
      const found = value.operations?.find((one) => one?.metadata?.displayName === key);
      if (found != null) return found.name;
      if (value.nextPageToken == null || value.nextPageToken === "") break;
      token = `&pageToken=${encodeURIComponent(value.nextPageToken)}`;
    }
    return undefined;
  }

  /** Uploads the requests; the name of their file. */
  async function upload(batch: Batch, signal: AbortSignal): Promise<string> {
    const body = await uploadOf(batch, form, signal);
    const purpose = "upload the requests";
    const begun = await client.ask(
      {
        purpose,
        method: "POST",
        path: "/upload/v1beta/files",
        headers: {
          "x-goog-upload-protocol": "resumable",
          "x-goog-upload-command": "start",
          "x-goog-upload-header-content-length": String(body.bytes),
          "x-goog-upload-header-content-type": jsonLines,
        },
        body: {
          file: { mimeType: jsonLines, displayName: batch.key, sizeBytes: String(body.bytes) },
        },
        neededHeader: "x-goog-upload-url",
        answer: z.unknown(),
      },
      signal,
    );
    const sent = await client.ask(
      {
        purpose,
        method: "POST",
        path: uploadAddress(begun.headers.get("x-goog-upload-url"), baseUrl),
        headers: {
          "content-type": jsonLines,
          "x-goog-upload-offset": "0",
          "x-goog-upload-command": "upload, finalize",
        },
        body,
        answer: z.object({ file: z.object({ name: fileName }) }),
      },
      signal,
    );
    return sent.value.file.name;
  }

  return {
    name: client.name,
    ...facts,
    sizeOf: (request) => Buffer.byteLength(lineOf(request)),
    async submit(batch, signal) {
      const file = await upload(batch, signal);
      const made = await client.make(
        {
          purpose: "submit a batch",
          method: "POST",
          path: at(`${modelPath}:batchGenerateContent`),
          body: { batch: { displayName: batch.key, inputConfig: { fileName: file } } },
          answer: operation.pick({ name: true }),
        },
        async () => {
          const found = await find(batch.key, signal);
          return found === undefined ? undefined : { name: found };
        },
        signal,
      );
      return { id: made.name };
    },
    find: ({ key }, signal) => find(key, signal),
    poll: (id, signal) =>
      lostWhereUnknown(fetchBatch(id, signal).then((one) => statusOf(one, baseUrl))),
    async *results(id, signal) {
      const { response, metadata } = await fetchBatch(id, signal);
      const file = response?.responsesFile ?? metadata?.output?.responsesFile;
      if (!fileName.safeParse(file).success) return;
      const path = `/download/v1beta/${file}:download?alt=media`;
      const lines = client.lines({ purpose: "read the results of a batch", path }, signal);
      yield* resultsIn(lines, baseUrl, "key", resultOf);
    },
    async cancel(id, signal) {
      const path = `${at(id)}:cancel`;
      const purpose = "cancel a batch";
      await client.ask({ purpose, method: "POST", path, body: {}, answer: z.unknown() }, signal);
    },
  };
}

const jsonLines = "application/jsonl";
const form = { before: "", between: "", after: "", lineOf };
const fileName = z.string().regex(/^files\/[\w-]+$/);

function lineOf({ customId, body }: BatchRequest): string {
  return `${JSON.stringify({ key: customId, request: body })}\n`;
}

/**
 * The address that takes an upload. It gets the requests without the key, and must be the service's
 * own: a server may not send them elsewhere.
 */
function uploadAddress(address: string | null | undefined, baseUrl: string): URL {
  const url = URL.canParse(address ?? "") ? new URL(address ?? "") : null;
  const isOwn = url?.origin === new URL(baseUrl).origin;
  const isGoogle = url?.protocol === "https:" && url.hostname.endsWith(".googleapis.com");
  if (url !== null && (isOwn || isGoogle)) return url;
  throw new FellowshipError(
    "service_failed",
    `google's batches: expected an upload address at ${new URL(baseUrl).host}, ` +
      `got ${url?.host ?? "none"}.`,
    { facts: { provider: "google", host: url?.host } },
  );
}

function statusOf({ metadata, error }: Operation, address: string): BatchStatus {
  const named = (metadata?.state ?? "").replace(/^(?:BATCH|JOB)_STATE_/, "");
  const state = states[named] ?? (error == null ? "running" : "failed");
  const stats = metadata?.batchStats;
  const counts = {
    total: stats?.requestCount ?? 0,
    done: stats?.successfulRequestCount ?? 0,
    failed: stats?.failedRequestCount ?? 0,
  };
  return state === "failed"
    ? { state, counts, failure: failureOf(error ?? {}, address) }
    : { state, counts };
}

function failureOf(error: Status, address: string): WireFailure {
  const response = refusal(error, address);
  const { addressHint: _, ...failure } = classifyResponse(response, parseBody(response.body));
  const detail = error.message ?? "the service does not say why";
  const isPassing = failure.remedy === "wait" || response.status >= 500;
  if (isPassing) return { ...failure, detail };
  return { ...failure, outcome: "provider_refused", remedy: "run", detail };
}

const resultLine = z.object({
  response: z.record(z.string(), z.unknown()).nullish(),
  error: status.nullish(),
  status: status.nullish(),
});

function resultOf(json: unknown, address: string): BatchResult["result"] | undefined {
  const { response, error, status } = resultLine.safeParse(json).data ?? {};
  if (response != null) return responseOf(address, 200, response);
  const refused = error ?? status;
  return refused == null ? undefined : refusal(refused, address);
}

/** The HTTP statuses of gRPC's codes, as Google's live API gives them (google.rpc.Code). */
const httpStatuses: Readonly<Record<number, number>> = {
  1: 499,
  3: 400,
  4: 504,
  5: 404,
  7: 403,
  8: 429,
  9: 400,
  10: 409,
  11: 400,
  14: 503,
  16: 401,
};

/** An error in the form in which it comes live. */
function refusal({ code, ...said }: Status, address: string) {
  const isHttp = code != null && code >= 400 && code < 600;
  const http = isHttp ? code : (httpStatuses[code ?? 0] ?? 500);
  return responseOf(address, http, { error: { code: http, ...said } });
}
