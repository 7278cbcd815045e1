import type { StreamedBody } from "../wire/stream.ts";
import type { Batch, BatchRequest } from "./batch-service.ts";

/** The form of a batch as its service reads it: the texts around and between its requests. */
export type BatchForm = {
  readonly before: string;
  readonly between: string;
  readonly after: string;
  readonly lineOf: (request: BatchRequest) => string;
};

/** A batch to be uploaded, and the number of its requests. */
export type UploadedBatch = StreamedBody & { readonly count: number };

/** Pieces of about this size go to the network, not one for each request. */
const pieceBytes = 64 * 1024;

/**
 * Makes the body of an upload without holding it: the requests are read once for its length, and
 * again each time it is sent.
 */
export async function uploadOf(
  { requests }: Batch,
  { before, between, after, lineOf }: BatchForm,
  signal: AbortSignal,
): Promise<UploadedBatch> {
  let count = 0;
  let bytes = Buffer.byteLength(before) + Buffer.byteLength(after);
  for await (const request of requests()) {
    signal.throwIfAborted();
    bytes += Buffer.byteLength(lineOf(request)) + (count > 0 ? Buffer.byteLength(between) : 0);
    count += 1;
  }
  return { count, bytes, pieces };

  async function* pieces(): AsyncGenerator<Uint8Array> {
    let text = before;
    let isFirst = true;
    for await (const request of requests()) {
      text += (isFirst ? "" : between) + lineOf(request);
      isFirst = false;
      if (text.length < pieceBytes) continue;
      yield Buffer.from(text);
      text = "";
    }
    yield Buffer.from(text + after);
  }
}
