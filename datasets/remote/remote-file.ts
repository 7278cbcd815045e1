import { FellowshipError, isFellowshipError } from "../../state/fellowship-error.ts";
import { createByteStore, type ByteStore } from "./byte-store.ts";
import { refused, type Asked } from "./refused-text.ts";
import { requestRemote, type RemoteResponse } from "./remote-request.ts";
import { refuseBusy, waitToRetry } from "./retries.ts";

/** A file on a server, of which only the bytes that are read are downloaded, each once. */
export type RemoteFile = {
  /** Its length in bytes. */
  readonly size: () => Promise<number>;
  /** The bytes from `start` to before `end`, as far as the file reaches. */
  readonly read: (start: number, end: number) => Promise<Buffer>;
  /** All bytes in order, no more ahead of the reader than a few requests. */
  readonly stream: () => AsyncGenerator<Buffer, void, undefined>;
  /** The headers of the first answer: type, name and version of the file. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
};

export type RemoteFileOptions = Asked & {
  /** The address leads to the same bytes for ever, whatever the servers call them. */
  readonly isPinned: boolean;
};

/** Enough to learn a file's length and version. */
const fewBytes = 4;
const firstBytes = 64 * 1024;
/** The most that one request asks for: a lost connection costs no more than that. */
const mostBytes = 4 * 1024 * 1024;

/** What is known of the file, and how it is being read. */
type Reading = {
  readonly url: URL;
  readonly options: RemoteFileOptions;
  readonly store: ByteStore;
  /** Where the first address redirected to; used again as long as it answers. */
  located: URL | undefined;
  size: number | undefined;
  /** The version that all answers must be of. */
  version: string | undefined;
  headers: Readonly<Record<string, string>> | undefined;
  /** The body of a server that sends the whole file alone, and how far it was read. */
  whole: { readonly chunks: AsyncIterator<Buffer>; at: number } | undefined;
};

/**
 * Opens a file on a server. Nothing is sent until it is read.
 *
 * It is read by ranges; from a server that knows none, in order from its start. A connection that
 * is cut goes on where it stopped, and never with bytes of another version of the file.
 *
 * @throws FellowshipError, on reading: `bad_input` where the server refuses, or the file changed;
 *   `service_failed` where the server can't be reached
 */
export function openRemoteFile(url: URL, options: RemoteFileOptions): RemoteFile {
  const reading: Reading = {
    url,
    options,
    store: createByteStore(),
    located: undefined,
    size: undefined,
    version: undefined,
    headers: undefined,
    whole: undefined,
  };
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: a range that is asked for twice at the same time is downloaded once.
  function fill(start: number, end: number): Promise<void> {
    const now = last.then(() => download(reading, start, end));
    last = now.catch(() => undefined);
    return now;
  }
  async function read(start: number, end: number): Promise<Buffer> {
    await fill(start, end);
    return reading.store.get({ start, end: Math.min(end, reading.size ?? end) });
  }
  return {
    read,
    async size() {
      if (reading.size === undefined) await fill(0, fewBytes);
      if (reading.size === undefined) await fill(0, Number.MAX_SAFE_INTEGER);
      return reading.size ?? 0;
    },
    async headers() {
      if (reading.headers === undefined) await fill(0, fewBytes);
      return reading.headers ?? {};
    },
    async *stream() {
      let step = firstBytes;
      for (let at = 0; ;) {
        const chunk = await read(at, at + step);
        if (chunk.length === 0) return;
        yield chunk;
        at += chunk.length;
        step = Math.min(step * 2, mostBytes);
      }
    },
  };
}

async function download(reading: Reading, start: number, end: number): Promise<void> {
  const { store } = reading;
  const reach = () => Math.min(end, reading.size ?? end);
  let failures = 0;
  for (;;) {
    const [gap] = store.missing({ start, end: reach() });
    if (gap === undefined) return;
    const missing = () => store.missing({ start: gap.start, end: gap.start + 1 }).length > 0;
    try {
      await downloadGap(reading, gap.start, Math.min(gap.end, gap.start + mostBytes));
      failures = 0;
    } catch (error) {
      if (isFellowshipError(error)) throw error;
      failures = missing() ? failures + 1 : 1;
      await waitToRetry(error, {
        failures,
        address: reading.options.shown,
        hasAnswered: reading.headers !== undefined,
      });
    }
  }
}

async function downloadGap(reading: Reading, start: number, end: number): Promise<void> {
  if (reading.whole !== undefined) return readWhole(reading, end);
  const response = await requestRange(reading, start, end);
  const { status, headers, body } = response;
  if (status === 206) {
    await putRange(reading, response, start);
    return;
  }
  if (status === 416) {
    await body.dump();
    noteSize(reading, /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1] ?? String(start));
    reading.headers ??= headers;
    return;
  }
  // A server that knows no ranges sends the file from its start.
  if (reading.headers !== undefined && reading.store.missing({ start: 0, end: 1 }).length === 0) {
    body.destroy();
    throw changed(reading);
  }
  noteHeaders(reading, headers);
  if (headers["content-length"] !== undefined) noteSize(reading, headers["content-length"]);
  reading.whole = { chunks: body[Symbol.asyncIterator]() as AsyncIterator<Buffer>, at: 0 };
  await readWhole(reading, end);
}

/** Asks the address that answered last; where it no longer does, the one that it came from. */
async function requestRange(reading: Reading, start: number, end: number): Promise<RemoteResponse> {
  const { url, located, options } = reading;
  const response = await requestRemote(located ?? url, rangeHeaders(reading, start, end));
  const { status } = response;
  if (status === 200 || status === 206 || status === 416) {
    reading.located = response.url;
    return response;
  }
  if (located !== undefined) {
    await response.body.dump();
    reading.located = undefined;
    return requestRange(reading, start, end);
  }
  await refuseBusy(response);
  throw await refused(options, response);
}

function rangeHeaders({ version, options }: Reading, start: number, end: number) {
  const isStrong = version !== undefined && !version.startsWith("W/");
  return {
    "accept-encoding": "identity",
    range: `bytes=${start}-${end - 1}`,
    // Several hosts may call the bytes of a commit by different names.
    ...(isStrong && !options.isPinned ? { "if-range": version } : {}),
  };
}

async function putRange(
  reading: Reading,
  { headers, body }: RemoteResponse,
  start: number,
): Promise<void> {
  const [, first, last, size] =
    /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  if (Number(first) !== start || last === undefined) {
    body.destroy();
    throw new Error("the server sent another range than was asked for");
  }
  if (size !== undefined && size !== "*") noteSize(reading, size);
  noteHeaders(reading, headers);
  let at = start;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    await reading.store.put(at, chunk);
    at += chunk.length;
  }
  if (at <= Number(last)) throw new Error("the connection was cut");
}

async function readWhole(reading: Reading, end: number): Promise<void> {
  const { whole, store } = reading;
  if (whole === undefined) return;
  try {
    while (whole.at < end) {
      const { done, value } = await whole.chunks.next();
      if (done === true) {
        if (reading.size !== undefined && whole.at < reading.size) throw new Error("cut short");
        reading.size = whole.at;
        return;
      }
      await store.put(whole.at, value);
      whole.at += value.length;
    }
  } catch (error) {
    // From the start again: what is there already must come again, byte for byte.
    reading.whole = undefined;
    store.clear();
    throw error;
  }
}

/** @throws FellowshipError `bad_input` where the file has another length than before */
function noteSize(reading: Reading, text: string): void {
  const size = Number(text);
  if (!Number.isSafeInteger(size)) return;
  if (reading.size !== undefined && reading.size !== size) throw changed(reading);
  reading.size = size;
}

function noteHeaders(reading: Reading, headers: Readonly<Record<string, string>>): void {
  const version = versionOf(headers);
  const isOther = reading.version !== undefined && version !== reading.version;
  if (isOther && !reading.options.isPinned) throw changed(reading);
  reading.version = version;
  reading.headers ??= headers;
}

/** The name of a file's version: its ETag, else the time of its last change. */
export function versionOf(headers: Readonly<Record<string, string>>): string | undefined {
  return headers["etag"] ?? headers["last-modified"];
}

function changed({ options: { shown } }: Reading): FellowshipError {
  return new FellowshipError(
    "bad_input",
    `${shown} changed while it was read. Give the command again, with another --out.`,
    { facts: { address: shown } },
  );
}
