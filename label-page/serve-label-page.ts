import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as z from "zod";
import { FellowshipError, isFellowshipError } from "../state/fellowship-error.ts";
import { labelPage } from "./label-page.ts";
import { shownAnswers, type LabelSession, type LabelState } from "./label-session.ts";

export type ServedPage = {
  /** The whole address, with the token that the server asks for. */
  readonly address: string;
  readonly stop: () => Promise<void>;
};

export type ServeOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  /** Called with what went wrong while an answer was taken, which the page shows too. */
  readonly onProblem: (problem: string) => void;
};

/** A request that is refused, with its status. */
class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const mostBodyBytes = 4096;
const loopbackNames = new Set(["127.0.0.1", "localhost", "[::1]"]);

const AnswerBody = z.object({ pair: z.number().int(), answer: z.enum(shownAnswers) });

/**
 * Serves the page of a session on loopback. Only who knows the token in the address can use it: it
 * is another for every start. Requests under another host's name (DNS rebinding) and requests that
 * a page of another origin makes are refused.
 *
 * @throws FellowshipError `bad_usage` where the port is taken
 */
export async function serveLabelPage(
  session: LabelSession,
  { port, onProblem }: ServeOptions,
): Promise<ServedPage> {
  const token = randomBytes(18).toString("base64url");
  const page = labelPage();
  const server = createServer((request, response) => {
    respond(request, token, { session, page: page.text })
      .catch((error: unknown) => {
        if (error instanceof Refused)
          return { status: error.status, body: { problem: error.message } };
        if (!isFellowshipError(error)) throw error;
        onProblem(error.message);
        return { status: 500, body: { problem: error.message } };
      })
      .then((reply) => send(response, reply, page.policy))
      .catch((error: unknown) => {
        onProblem(error instanceof Error ? (error.stack ?? error.message) : String(error));
        response.destroy();
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(portProblem(port, error)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = server.address();
  const boundPort = typeof bound === "object" ? bound?.port : port;
  return {
    address: `http://127.0.0.1:${boundPort}/${token}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portProblem(port: number, error: NodeJS.ErrnoException): FellowshipError {
  const problem =
    error.code === "EADDRINUSE" ? "another program uses it" : `the system says ${error.message}`;
  return new FellowshipError(
    "bad_usage",
    `--port ${port}: expected a free port, but ${problem}. Leave --port out to take any free one.`,
    { facts: { port }, cause: error },
  );
}

type Reply = { readonly status: number; readonly body: string | object };
type Served = { readonly session: LabelSession; readonly page: string };

async function respond(request: IncomingMessage, token: string, served: Served): Promise<Reply> {
  refuseStrangers(request);
  const path = tokenPath(request.url ?? "", token);
  const act = actions[path];
  if (act === undefined) throw new Refused(404, "There is nothing under this address.");
  if (request.method !== act.method) {
    throw new Refused(405, `Expected ${act.method}, got ${request.method}.`);
  }
  return { status: 200, body: await act.reply(served, request) };
}

type Action = {
  readonly method: string;
  readonly reply: (served: Served, request: IncomingMessage) => string | Promise<LabelState>;
};

const actions: Readonly<Record<string, Action>> = Object.assign(Object.create(null), {
  "": { method: "GET", reply: ({ page }) => page },
  state: { method: "GET", reply: ({ session }) => session.state() },
  answer: {
    method: "POST",
    reply: async ({ session }, request) => {
      const body = AnswerBody.safeParse(await readJson(request));
      if (!body.success)
        throw new Refused(400, 'Expected {"pair": number, "answer": "a", "b", "tie" or "skip"}.');
      return session.answer(body.data.pair, body.data.answer);
    },
  },
  undo: {
    method: "POST",
    reply: async ({ session }, request) => {
      await readJson(request);
      return session.undo();
    },
  },
} satisfies Record<string, Action>);

/** Refuses requests that no page of ours has made. */
function refuseStrangers({ headers }: IncomingMessage): void {
  const host = headers.host ?? "";
  if (!loopbackNames.has(host.replace(/:\d+$/, "").toLowerCase())) {
    throw new Refused(403, "Expected a request to 127.0.0.1, got one to another host.");
  }
  const { origin } = headers;
  const site = headers["sec-fetch-site"] ?? "same-origin";
  const isForeign = origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`;
  if (isForeign || (site !== "same-origin" && site !== "none")) {
    throw new Refused(403, "Expected a request of this page, got one of another site.");
  }
}

/** The path after the token. */
function tokenPath(url: string, token: string): string {
  const [, given = "", path] = /^\/([^/?#]*)\/([^?#]*)$/.exec(url) ?? [];
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  if (path !== undefined && one.length === other.length && timingSafeEqual(one, other)) return path;
  throw new Refused(403, "Expected the whole address that the command printed, with its token.");
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  // Pages of other sites can't send this type without asking first.
  if (request.headers["content-type"]?.split(";")[0] !== "application/json") {
    throw new Refused(415, "Expected application/json.");
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > mostBodyBytes) throw new Refused(413, "The request is too large.");
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    throw new Refused(400, "Expected JSON.");
  }
}

function send(response: ServerResponse, { status, body }: Reply, policy: string): void {
  const isPage = typeof body === "string";
  response.writeHead(status, {
    "content-type": isPage ? "text/html; charset=utf-8" : "application/json; charset=utf-8",
    "content-security-policy": policy,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  response.end(isPage ? body : JSON.stringify(body));
}
