import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { TracePart } from "./trace-parts.ts";

/** A request that carries traces. */
export type TraceRequest = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
};

const compress = promisify(gzip);

/** One request of `/runs/multipart` for all parts; compressed where the server takes that. */
export async function multipartRequest(
  parts: readonly TracePart[],
  isCompressed: boolean,
): Promise<TraceRequest> {
  const boundary = `fellowship-${randomBytes(12).toString("hex")}`;
  const heads = parts.map(
    ({ name, json }, index) =>
      `${index === 0 ? "" : "\r\n"}--${boundary}\r\n` +
      `Content-Disposition: form-data; name="${name}"\r\n` +
      `Content-Type: application/json; length=${json.length}\r\n\r\n`,
  );
  const end = `\r\n--${boundary}--\r\n`;
  const sizes = parts.map(({ json }, index) => (heads[index]?.length ?? 0) + json.length);
  const body = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, end.length));
  let at = 0;
  for (const [index, { json }] of parts.entries()) {
    at += body.write(heads[index] ?? "", at, "latin1");
    at += json.copy(body, at);
  }
  body.write(end, at, "latin1");
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  if (!isCompressed) return { path: "/runs/multipart", headers, body };
  return {
    path: "/runs/multipart",
    headers: { ...headers, "content-encoding": "gzip" },
    // The fastest level takes a fifth of the bytes; the best takes a few less and thrice the time.
    body: await compress(body, { level: 1 }),
  };
}

/**
 * For servers that know no multipart: one request of `/runs/batch`, and one of `/feedback` for
 * each.
 */
export function jsonRequests(parts: readonly TracePart[]): TraceRequest[] {
  const headers = { "content-type": "application/json" };
  const runs = new Map<string, string>();
  const feedback: string[] = [];
  for (const { name, json: bytes } of parts) {
    const json = bytes.toString();
    const [kind, id = "", field] = name.split(".");
    if (kind === "feedback") feedback.push(json);
    else if (field === undefined) runs.set(id, json);
    else runs.set(id, `${runs.get(id)?.slice(0, -1)},${JSON.stringify(field)}:${json}}`);
  }
  const batch = `{"post":[${[...runs.values()].join(",")}],"patch":[]}`;
  return [
    { path: "/runs/batch", headers, body: batch },
    ...feedback.map((body) => ({ path: "/feedback", headers, body })),
  ];
}
