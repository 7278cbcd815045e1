import type { WireFailure } from "../wire/classify-failure.ts";
import { parseBody } from "../wire/body.ts";
import type { ReceivedResponse } from "../wire/wire.ts";
import type { BatchResult } from "./batch-service.ts";
import type { ResultLine } from "./read-lines.ts";

/**
 * The response that a request would have got live, from its JSON in a batch's results.
 *
 * @param address The service's, for people
 */
export function responseOf(address: string, status: number, body: unknown): ReceivedResponse {
  return {
    kind: "received",
    address,
    status,
    headers: new Map(),
    body: JSON.stringify(body ?? null),
  };
}

/** The failure of a request that its batch did not come to; it may be asked for again. */
export function notReached(detail: string): WireFailure {
  return { outcome: "provider_error", remedy: "transient", detail, waitMs: null, cost: "none" };
}

/**
 * The results in a file's lines. Of a line that is too long or not in UTF-8 its request gets a bad
 * response; a line that is no JSON, or has no name, is left out.
 *
 * @param address The service's, for people
 * @param nameField The field with the request's name
 * @param read Reads the rest of a line; undefined where it is no result
 */
export async function* resultsIn(
  lines: AsyncIterable<ResultLine>,
  address: string,
  nameField: string,
  read: (json: unknown, address: string) => BatchResult["result"] | undefined,
): AsyncGenerator<BatchResult> {
  const nameAt = new RegExp(String.raw`"${nameField}"\s*:\s*"([\w-]{1,64})"`);
  for await (const { text, flaw } of lines) {
    if (flaw !== undefined) {
      const customId = nameAt.exec(text)?.[1];
      if (customId === undefined) continue;
      yield { customId, result: { ...responseOf(address, 200, null), body: text, flaw } };
      continue;
    }
    const { json } = parseBody(text);
    if (typeof json !== "object" || json === null) continue;
    const customId: unknown = (json as Readonly<Record<string, unknown>>)[nameField];
    const result = read(json, address);
    if (typeof customId === "string" && result !== undefined) yield { customId, result };
  }
}
