import * as z from "zod";
import { uploadOf } from "./batch-lines.ts";
import { notReached, responseOf, resultsIn } from "./batch-result.ts";
import type { Connection } from "../providers/provider.ts";
import type {
  BatchFacts,
  BatchRequest,
  BatchResult,
  BatchService,
  BatchStatus,
  SoughtBatch,
} from "./batch-service.ts";
import { lostWhereUnknown } from "./lost-batch.ts";
import type { ServiceClient } from "./service-client.ts";

const batches = "/v1/messages/batches";
const pageSize = 100;
const mostPages = 100;
/** The clocks of two machines, in milliseconds. */
const clockSkewMs = 5 * 60_000;

const count = z.number().int().nonnegative();
const batchObject = z.object({
  id: z.string().min(1),
  processing_status: z.string(),
  created_at: z.string(),
  /** When the results were deleted, 29 days after the end. */
  archived_at: z.string().nullish(),
  request_counts: z.object({
    processing: count,
    succeeded: count,
    errored: count,
    canceled: count,
    expired: count,
  }),
});
type BatchObject = z.infer<typeof batchObject>;

const batchPage = z.object({
  /** A batch that can't be read is not ours. */
  data: z.array(batchObject.nullable().catch(null)),
  has_more: z.boolean().nullish(),
  last_id: z.string().nullish(),
});

/**
 * Anthropic's Message Batches: the requests are the body of one request, the results a file
 * (platform.claude.com/docs/en/build-with-claude/batch-processing).
 *
 * A batch has no name of its own, so one whose submission was not answered is looked for by its
 * time and its number of requests; where it has ended, by the names in its results too. While it
 * runs, another batch of the same minutes and size may be taken for it, until the names in its
 * results show that it is none of these requests'.
 */
export function anthropicBatches(
  facts: BatchFacts,
  _: Connection,
  client: ServiceClient,
): BatchService {
  const batchAt = (id: string) => `${batches}/${encodeURIComponent(id)}`;
  const linesOf = (id: string, signal: AbortSignal) =>
    client.lines(
      { purpose: "read the results of a batch", path: `${batchAt(id)}/results` },
      signal,
    );

  async function* results(id: string, signal: AbortSignal): AsyncGenerator<BatchResult> {
    yield* resultsIn(linesOf(id, signal), client.baseUrl, "custom_id", resultOf);
  }

  /** Batches of a time and size that are not known to be others, newest first. */
  async function* candidates({ count, since, known }: SoughtBatch, signal: AbortSignal) {
    let after = "";
    for (let page = 0; page < mostPages; page += 1) {
      const { value } = await client.ask(
        {
          purpose: "list the batches",
          method: "GET",
          path: `${batches}?limit=${pageSize}${after}`,
          answer: batchPage,
        },
        signal,
      );
      for (const batch of value.data) {
        if (batch === null) continue;
        if (Date.parse(batch.created_at) < since - clockSkewMs) return;
        if (known?.has(batch.id) !== true && totalOf(batch) === count) yield batch;
      }
      if (value.has_more !== true || value.last_id == null) return;
      after = `&after_id=${encodeURIComponent(value.last_id)}`;
    }
  }

  async function find(sought: SoughtBatch, signal: AbortSignal): Promise<string | undefined> {
    let possible: string | undefined;
    for await (const batch of candidates(sought, signal)) {
      if (stateOf(batch) === "lost") continue;
      if (batch.processing_status !== "ended") possible ??= batch.id;
      else if (await holdsFirst(sought, results(batch.id, signal))) return batch.id;
    }
    return possible;
  }

  return {
    name: client.name,
    ...facts,
    sizeOf: (request) => Buffer.byteLength(lineOf(request)) + 1,
    async submit(batch, signal) {
      const since = Date.now();
      const upload = await uploadOf(batch, form, signal);
      const made = await client.make(
        {
          purpose: "submit a batch",
          method: "POST",
          path: batches,
          body: upload,
          answer: z.object({ id: z.string().min(1) }),
        },
        async () => {
          const ours = await namesIn(batch.requests());
          const holds = (name: string) => ours.has(name);
          const { key, known = none } = batch;
          const sought = { key, count: upload.count, since, known, holds };
          const found = await find(sought, signal);
          return found === undefined ? undefined : { id: found };
        },
        signal,
      );
      return { id: made.id };
    },
    find,
    poll: (id, signal) =>
      lostWhereUnknown(
        client
          .ask(
            { purpose: "look at a batch", method: "GET", path: batchAt(id), answer: batchObject },
            signal,
          )
          .then(({ value }) => statusOf(value)),
      ),
    results,
    async cancel(id, signal) {
      const path = `${batchAt(id)}/cancel`;
      const purpose = "cancel a batch";
      await client.ask({ purpose, method: "POST", path, answer: z.unknown() }, signal);
    },
  };
}

const none: ReadonlySet<string> = new Set();

const form = { before: '{"requests":[', between: ",", after: "]}", lineOf };

function lineOf({ customId, body }: BatchRequest): string {
  return JSON.stringify({ custom_id: customId, params: body });
}

async function namesIn(
  requests: Iterable<BatchRequest> | AsyncIterable<BatchRequest>,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const { customId } of requests) names.add(customId);
  return names;
}

/** Whether a batch's first result has the name of a request that is sought. */
async function holdsFirst(
  { holds }: SoughtBatch,
  results: AsyncIterable<BatchResult>,
): Promise<boolean> {
  for await (const { customId } of results) return holds(customId);
  return false;
}

function totalOf({ request_counts: counts }: BatchObject): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}

function stateOf({ processing_status: status, archived_at: deleted, ...batch }: BatchObject) {
  if (status !== "ended") return "running";
  if (deleted != null) return "lost";
  if (batch.request_counts.canceled > 0) return "cancelled";
  return batch.request_counts.expired > 0 ? "expired" : "ended";
}

function statusOf(batch: BatchObject): BatchStatus {
  const { succeeded, errored, canceled, expired } = batch.request_counts;
  return {
    state: stateOf(batch),
    counts: { total: totalOf(batch), done: succeeded, failed: errored + canceled + expired },
  };
}

const resultLine = z.object({
  result: z.object({
    type: z.string(),
    message: z.unknown().optional(),
    error: z.unknown().optional(),
  }),
});

/** A request's error, as in a live refusal: `{"type": "error", "error": {"type", "message"}}`. */
const errorBody = z.object({ error: z.object({ type: z.string() }) });

/** The HTTP statuses of Anthropic's error types (docs.claude.com/en/api/errors). */
const statusByType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

function resultOf(json: unknown, address: string): BatchResult["result"] | undefined {
  const { type, message, error } = resultLine.safeParse(json).data?.result ?? {};
  if (type === "succeeded") return responseOf(address, 200, message);
  if (type === "expired") return notReached("the batch expired before it came to this request");
  if (type === "canceled") return notReached("the batch was cancelled before this request");
  if (type !== "errored") return undefined;
  const named = errorBody.safeParse(error).data?.error.type ?? "api_error";
  return responseOf(address, statusByType[named] ?? 500, error);
}
