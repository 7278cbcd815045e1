import type { ReceivedRequest } from "../loopback/loopback-server.ts";

/** What matters of a request to a batch service, with ids of the server's left out. */
export type RecordedRequest = {
  readonly method: string;
  readonly path: string;
  /** The headers of Google's uploads. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, lines, or the fields of a form; null for none. */
  readonly body: unknown;
};

/** The requests of a client to a server of the tests, so that those of two clients compare. */
export function requestsAsRecorded(requests: readonly ReceivedRequest[]): RecordedRequest[] {
  return requests.map(({ method, path, headers, body }) => ({
    method,
    path: withoutIds(path),
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => isUpload.test(name))
        .map(([name, value]) => [name, String(value)]),
    ),
    body: bodyOf(body, headers["content-type"] ?? ""),
  }));
}

/** But for the type and the name of the file, which are the client's choice. */
const isUpload = /^x-goog-upload-(?:protocol|command|offset|header-content-length)$/;

function withoutIds(text: string): string {
  return text
    .replaceAll(/(?:msgbatch_|batch_|batches\/b|file-|files\/input|upload_id=u)\d+/g, "ID")
    .replaceAll(/(?:output|errors)-ID/g, "ID");
}

function bodyOf(body: unknown, type: string): unknown {
  if (body === "") return null;
  if (typeof body !== "string") return JSON.parse(withoutIds(JSON.stringify(body)));
  const boundary = /boundary=(.+)$/.exec(type)?.[1];
  if (boundary === undefined) return body.split("\n");
  const parts = body.split(`--${boundary}`).slice(1, -1);
  return Object.fromEntries(
    parts.map((part) => {
      const [head = "", ...rest] = part.split("\r\n\r\n");
      return [/name="(\w+)"/.exec(head)?.[1], rest.join("").trimEnd().split("\n")];
    }),
  );
}
