import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { RequestEntry } from "./request-log.ts";
import type { ServerSettings } from "./server-settings.ts";
import type { Kill, ServerState } from "./server-state.ts";

/** The server's report on itself. */
export type ServerReport = {
  readonly entries: readonly RequestEntry[];
  /** Connections of models' clients that are open now, those left unread among them. */
  readonly openConnections: number;
  readonly openUnread: number;
};

/**
 * The endpoints under /admin/: `log` gives a `ServerReport`; `reset` forgets all requests and takes
 * the settings in its body in place of those it has; `settings` takes them and forgets nothing;
 * `kill` ends a process after an answer; `answers?count=N` is silent until so many answers have
 * left.
 */
export function createAdministration(state: ServerState) {
  return async function administer(
    { url = "" }: IncomingMessage,
    body: string,
    response: ServerResponse,
  ): Promise<void> {
    const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
    response.setHeader("content-type", "application/json");
    switch (pathname) {
      case "/admin/log":
        response.end(JSON.stringify(await report(state)));
        return;
      case "/admin/reset":
        state.reset(changed(state.settings, body));
        break;
      case "/admin/settings":
        state.settings = changed(state.settings, body);
        break;
      case "/admin/kill":
        state.killAfter(JSON.parse(body) as Kill);
        break;
      case "/admin/answers":
        await state.untilAnswers(Number(searchParams.get("count")));
        break;
      default:
        response.statusCode = 404;
    }
    response.end("{}");
  };
}

async function report({ entries, used, unread }: ServerState): Promise<ServerReport> {
  const openUnread = await countOpen(unread);
  const openUsed = [...used].filter((socket) => !socket.closed).length;
  return { entries, openConnections: openUsed + openUnread, openUnread };
}

function changed(settings: ServerSettings, body: string): ServerSettings {
  const changes = body === "" ? {} : (JSON.parse(body) as Partial<ServerSettings>);
  return { ...settings, ...changes };
}

/** A connection shows that its other end was closed only when it is read. */
async function countOpen(sockets: ReadonlySet<Socket>): Promise<number> {
  const open = [...sockets].map(
    (socket) =>
      new Promise<boolean>((resolve) => {
        if (socket.closed) return resolve(false);
        socket.once("close", () => resolve(false)).resume();
        // The platform's client opens a connection in advance for one that it closed, and says
        // nothing on it.
        setTimeout(() => resolve(socket.bytesRead > 0 && !socket.closed), 100);
      }),
  );
  return (await Promise.all(open)).filter(Boolean).length;
}
