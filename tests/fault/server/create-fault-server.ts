import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSocketServer, type AddressInfo, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { bodyBytes, sendReply, type Reply } from "../../loopback/reply.ts";
import { createAdministration } from "./administration.ts";
import { answerQuestion, faultOf, readQuestion, type Question } from "./answer-request.ts";
import type { RequestEntry } from "./request-log.ts";
import type { FaultRule, ServerSettings } from "./server-settings.ts";
import { createServerState, type ServerState } from "./server-state.ts";

/** Where a fault server is reached. */
export type FaultServerUrls = {
  readonly url: string;
  /** Connections to this one are accepted and never read. */
  readonly unreadUrl: string;
};

/** Starts the server on free ports of 127.0.0.1. */
export async function createFaultServer(settings: ServerSettings): Promise<FaultServerUrls> {
  const state = createServerState(settings);
  const administer = createAdministration(state);
  const http = createServer((message, response) => {
    void text(message).then((body) =>
      message.url?.startsWith("/admin/") === true
        ? administer(message, body, response)
        : serve(message, body, response, state),
    );
  });
  // A connection that the server closes just when the client sends is a fault too, but none that
  // was asked for.
  Object.assign(http, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 });
  const unread = createSocketServer((socket) => {
    state.unread.add(socket.on("error", () => undefined).pause());
  });
  return { url: await listen(http), unreadUrl: await listen(unread) };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(
  message: IncomingMessage,
  body: string,
  response: ServerResponse,
  state: ServerState,
): Promise<void> {
  const question = readQuestion(message.url ?? "", body);
  if (question === null) {
    response.writeHead(404).end();
    return;
  }
  state.use(message.socket);
  const now = performance.timeOrigin + performance.now();
  const attempt = state.countAttempt(question.key);
  const fault = whatHappens(question, attempt, now, state);
  const sentKey = keyIn(message);
  const answered = answerQuestion(question, attempt, fault, state.settings, sentKey);
  const { reply, heldMs, generated, usage, faultId } = answered;
  const entry: RequestEntry = {
    number: state.entries.length + 1,
    time: now,
    key: question.key,
    attempt,
    path: message.url ?? "",
    model: question.model,
    row: question.row,
    form: question.form,
    faultId,
    status: reply.status ?? 200,
    generated,
    usage,
    replySha256: createHash("sha256").update(bodyBytes(reply)).digest("hex"),
    brokeHint: state.isHeld(question.model, now),
    lastByteFlushed: false,
    clientClosedEarly: false,
    endedAfterMs: null,
  };
  state.entries.push(entry);
  follow(response, reply, entry, heldMs, state);
  await sendReply(reply, response);
}

/** The fault of a request: of the outage, of the limit, or of its own. */
function whatHappens(
  question: Question,
  attempt: number,
  now: number,
  state: ServerState,
): FaultRule | null {
  const { outage, limit } = state.settings;
  const sinceFirst = now - (state.entries[0]?.time ?? now);
  if (outage !== null && sinceFirst >= outage.fromMs && sinceFirst < outage.untilMs) return outage;
  const fault = faultOf(question, attempt, state.settings);
  if (fault !== null || limit === null) return fault;
  const waitMs = state.limited(now);
  return waitMs === null ? null : { fault: limit.fault ?? "429-bare", waitMs: Math.ceil(waitMs) };
}

/** Writes down how the exchange ends. */
function follow(
  response: ServerResponse,
  { fault }: Reply,
  entry: RequestEntry,
  heldMs: number,
  state: ServerState,
): void {
  const isCutByServer = fault?.kind === "cut" || fault?.kind === "wrong-length";
  const elapsed = () => performance.timeOrigin + performance.now() - entry.time;
  response.on("finish", () => {
    entry.lastByteFlushed = true;
    // The client may have it before this process knows so, and counts from then on.
    if (heldMs > 0) state.hold(entry.model, entry.time + elapsed(), entry.time + heldMs);
    if (entry.generated) state.answerFlushed();
  });
  response.on("close", () => {
    entry.endedAfterMs = elapsed();
    entry.clientClosedEarly = !response.writableFinished && !isCutByServer;
  });
}

function keyIn({ headers }: IncomingMessage): string {
  const google = headers["x-goog-api-key"];
  if (typeof google === "string") return google;
  return (headers.authorization ?? "").replace(/^Bearer /, "");
}
