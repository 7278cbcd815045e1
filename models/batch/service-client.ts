import type * as z from "zod";
import { createRetries } from "../gate/failure/retry-policy.ts";
import { waitFor } from "../gate/failure/wait-for.ts";
import { parseBody } from "../wire/body.ts";
import { classifyFailure, classifyResponse, type WireFailure } from "../wire/classify-failure.ts";
import { oneLine } from "../wire/one-line.ts";
import { bodyText, maximumBodyBytes, oversized } from "../wire/read-body.ts";
import { looksLikeKey, withoutSecrets } from "../wire/secrets.ts";
import {
  openOnWire,
  type OpenResponse,
  type StreamedBody,
  type StreamedRequest,
} from "../wire/stream.ts";
import { brokenBy, type ReceivedResponse, type ResponseHeaders } from "../wire/wire.ts";
import { readLines, type ResultLine } from "./read-lines.ts";
import { serviceFailure } from "./service-failure.ts";

/** A request to a batch service. */
export type ServiceRequest<Value> = {
  /** The end of the sentence "can't …", for people. */
  readonly purpose: string;
  readonly method: "GET" | "POST";
  /** A path below the service's address, or a whole address that gets no key. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: object | StreamedBody;
  /** A header that the answer must have. */
  readonly neededHeader?: string;
  /** The answer's JSON; one that is not of this shape is a failure. */
  readonly answer: z.ZodType<Value>;
};

/** The value of an answer, and the headers that came with it. */
export type ServiceAnswer<Value> = {
  readonly value: Value;
  readonly headers: ResponseHeaders;
};

/** Asks a batch service, with the retries of live calls. */
export type ServiceClient = {
  readonly name: string;
  /** Its address, without a slash at the end. */
  readonly baseUrl: string;
  /** Sends a request until it is answered; one that may safely be sent more than once. */
  readonly ask: <Value>(
    request: ServiceRequest<Value>,
    signal: AbortSignal,
  ) => Promise<ServiceAnswer<Value>>;
  /**
   * Sends a request that makes something, which must not be made twice: where it may have arrived,
   * `find` says what it made, and only where that is nothing is it sent again.
   */
  readonly make: <Value>(
    request: ServiceRequest<Value>,
    find: () => Promise<Value | undefined>,
    signal: AbortSignal,
  ) => Promise<Value>;
  /** Reads a file line by line. Where it breaks off it is read again from its first line. */
  readonly lines: (
    request: Pick<ServiceRequest<never>, "purpose" | "path">,
    signal: AbortSignal,
  ) => AsyncIterable<ResultLine>;
};

export type ServiceClientOptions = {
  /** The provider's name in a model spec. */
  readonly name: string;
  readonly baseUrl: string;
  /** The key, by the name of its header, and what else each request carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** As for live calls (`GateOptions`). */
  readonly retryMs: number;
  readonly idleMs: number;
};

const headersMs = 600_000;
/** An upload of hundreds of megabytes, on a slow line. */
const uploadMs = 6 * 3_600_000;
/** The wait after a 429 that names none, in waits of the retry policy. */
const usualHolds = 20;
/**
 * After so many 429 to a request that makes something, it is given up: there may be no room for
 * what it makes.
 */
const mostHolds = 3;

/** The failure of one send, and the status of its response where there was one. */
type Failed = { readonly failure: WireFailure; readonly status?: number };

export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { name, retryMs, idleMs } = options;

  async function open(
    request: Pick<ServiceRequest<unknown>, "method" | "path" | "headers" | "body">,
    signal: AbortSignal,
  ): Promise<OpenResponse | Failed> {
    const streamed = streamedRequest(request, options);
    const isUpload = typeof streamed.body === "object";
    const limits = { headersMs: isUpload ? uploadMs : headersMs, idleMs, signal };
    const opened = await openOnWire(streamed, limits);
    signal.throwIfAborted();
    return opened.kind === "open" ? opened : { failure: classifyFailure(opened) };
  }

  async function send<Value>(
    request: ServiceRequest<Value>,
    signal: AbortSignal,
  ): Promise<ServiceAnswer<Value> | Failed> {
    const opened = await open(request, signal);
    if ("failure" in opened) return opened;
    const received = await receive(opened, signal);
    if ("failure" in received) return received;
    return read(received, request);
  }

  /** The wait before the next send. @throws FellowshipError where none follows */
  function createWaits(purpose: string, signal: AbortSignal, longestHolds = Infinity) {
    const retries = createRetries({ retryMs });
    let holds = 0;
    return async ({ failure, status }: Failed): Promise<void> => {
      // What is sent here costs nothing by itself, so a broken connection is no reason to wait.
      const passing = failure.remedy === "once" ? "transient" : failure.remedy;
      const waitMs = retries.waitMsAfter({ ...failure, remedy: passing });
      if (passing === "wait") holds += 1;
      if (waitMs === null || holds > longestHolds)
        throw serviceFailure(name, purpose, failure, status);
      const holdMs = passing === "wait" ? (failure.waitMs ?? usualHolds * retryMs) : 0;
      await waitFor(Math.max(waitMs, holdMs), signal);
      signal.throwIfAborted();
    };
  }

  return {
    name,
    baseUrl: options.baseUrl,
    async ask(request, signal) {
      const wait = createWaits(request.purpose, signal);
      for (;;) {
        const sent = await send(request, signal);
        if (!("failure" in sent)) return sent;
        await wait(sent);
      }
    },
    async make(request, find, signal) {
      const wait = createWaits(request.purpose, signal, mostHolds);
      for (;;) {
        const sent = await send(request, signal);
        if (!("failure" in sent)) return sent.value;
        await wait(sent);
        const found = sent.failure.isUnreached === true ? undefined : await find();
        if (found !== undefined) return found;
      }
    },
    async *lines({ purpose, path }, signal) {
      const wait = createWaits(purpose, signal);
      for (;;) {
        const opened = await open({ method: "GET", path }, signal);
        const failed = "failure" in opened ? opened : await refusalOf(opened, signal);
        if (failed !== null) {
          await wait(failed);
          continue;
        }
        const broken = yield* wholeLines(opened as OpenResponse, signal);
        if (broken === null) return;
        await wait({ failure: broken });
      }
    },
  };
}

function streamedRequest(
  {
    method,
    path,
    headers,
    body,
  }: Pick<ServiceRequest<unknown>, "method" | "path" | "headers" | "body">,
  { baseUrl, headers: usual }: ServiceClientOptions,
): StreamedRequest {
  const isOwn = typeof path === "string";
  const isStream = body !== undefined && "pieces" in body;
  return {
    method,
    url: isOwn ? `${baseUrl}${path}` : path.href,
    headers: {
      accept: "application/json",
      "user-agent": "fellowship",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(isOwn ? usual : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isStream ? body : JSON.stringify(body) }),
  };
}

/** Receives a response to its last byte. */
async function receive(
  { address, status, headers, secrets, pieces }: OpenResponse,
  signal: AbortSignal,
): Promise<ReceivedResponse | Failed> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      parts.push(piece);
      bytes += piece.byteLength;
      if (bytes > maximumBodyBytes) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    return { failure: classifyFailure(brokenBy(error)), status };
  }
  const whole = Buffer.concat(parts);
  const { text, ...flaw } =
    bytes > maximumBodyBytes ? oversized(whole) : await bodyText(whole, null);
  const body = withoutSecrets(text, secrets);
  return { kind: "received", address, status, headers, body, ...flaw };
}

/** Reads the JSON of a response. */
function read<Value>(
  received: ReceivedResponse,
  { answer, neededHeader }: ServiceRequest<Value>,
): ServiceAnswer<Value> | Failed {
  const { status, headers } = received;
  const body = parseBody(received.body);
  if (status >= 300) return { failure: classifyResponse(received, body), status };
  const parsed = answer.safeParse(body.json);
  const hasHeader = neededHeader === undefined || headers.get(neededHeader) != null;
  if (parsed.success && hasHeader) return { value: parsed.data, headers };
  // A gateway's page, or half an answer: the service itself may have done what it was asked.
  const detail = `HTTP ${status} with an answer that can't be read: ${oneLine(received.body, 120)}`;
  const failure: WireFailure = {
    outcome: "bad_response",
    remedy: "transient",
    detail,
    waitMs: null,
    cost: "unknown",
  };
  return { failure, status };
}

/** The failure of a response that is no file; null where it is one. */
async function refusalOf(opened: OpenResponse, signal: AbortSignal): Promise<Failed | null> {
  const { status } = opened;
  if (status >= 200 && status < 300) return null;
  const received = await receive(opened, signal);
  if ("failure" in received) return received;
  return { failure: classifyResponse(received, parseBody(received.body)), status };
}

/** Gives the lines of a file, and returns why it broke off, or null at its end. */
async function* wholeLines(
  { pieces, secrets }: OpenResponse,
  signal: AbortSignal,
): AsyncGenerator<ResultLine, WireFailure | null> {
  const hidden = secrets.filter(looksLikeKey);
  const lines = readLines(pieces);
  try {
    for (;;) {
      const next = await lines.next().catch((error: unknown) => brokenBy(error));
      signal.throwIfAborted();
      if ("kind" in next) return classifyFailure(next);
      if (next.done === true) return null;
      if (isCut(next.value)) return classifyFailure(brokenBy(new Error("the file ends in a line")));
      yield { ...next.value, text: withoutSecrets(next.value.text, hidden) };
    }
  } finally {
    await lines.return(undefined);
  }
}

/** Whether a file ends in the middle of a line. */
function isCut({ text, flaw, isUnended }: ResultLine): boolean {
  return isUnended === true && flaw === undefined && parseBody(text).json === undefined;
}
