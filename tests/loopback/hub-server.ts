import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A data set as the Hub keeps it: commits by revision, and the files of each commit. */
type ServedDataSet = {
  readonly revisions: Record<string, string>;
  readonly commits: Readonly<Record<string, Readonly<Record<string, Buffer | string>>>>;
  /** The token that alone may read it. */
  readonly token?: string;
};

export type HubServer = {
  /** For `HF_ENDPOINT`. */
  readonly url: string;
  /** Where the Hub redirects to for files: another host to a client. */
  readonly storageUrl: string;
  readonly dataSets: Record<string, ServedDataSet>;
  /** What was asked, in order. */
  readonly requests: {
    server: "hub" | "storage";
    path: string;
    headers: IncomingMessage["headers"];
  }[];
  /** The bytes of all bodies that were sent. */
  readonly sent: () => number;
  /** Each of the next answers with a file breaks off after so many bytes. */
  cutAfter: number[];
  /** Whether files can be asked for by range. */
  knowsRanges: boolean;
};

/** Starts a Hub on loopback, with its file storage on a port of its own; they end with the test. */
export async function startHub(dataSets: Record<string, ServedDataSet>): Promise<HubServer> {
  let sent = 0;
  const send = (response: ServerResponse, status: number, body: Buffer | string, headers = {}) => {
    sent += Buffer.byteLength(body);
    response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers }).end(body);
  };
  const storage = await listen((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    hub.requests.push({ server: "storage", path, headers: request.headers });
    const [, dataSet = "", commit = "", name = ""] =
      /^\/([^/]+\/[^/]+)\/([^/]+)\/([^?]+)/.exec(path) ?? [];
    const content = dataSets[dataSet]?.commits[commit]?.[name];
    if (content === undefined) return send(response, 404, "no such file");
    sendFile(request, response, Buffer.from(content));
  });
  const main = await listen((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    hub.requests.push({ server: "hub", path, headers: request.headers });
    const [, api, dataSet = "", action = "", rest = ""] =
      /^(\/api)?\/datasets\/([^/]+\/[^/]+)\/(revision|resolve)\/(.+)$/.exec(path) ?? [];
    const known = dataSets[dataSet];
    if (known === undefined)
      return send(response, path.includes("/api/models/a/model") ? 200 : 401, "{}");
    if (known.token !== undefined && request.headers.authorization !== `Bearer ${known.token}`) {
      const reason = { "x-error-code": "GatedRepo", "x-error-message": "Access is restricted." };
      return send(response, request.headers.authorization === undefined ? 401 : 403, "", reason);
    }
    if (api !== undefined && action === "revision") {
      const commit = known.revisions[rest] ?? (rest in known.commits ? rest : undefined);
      if (commit === undefined)
        return send(response, 404, "", { "x-error-code": "RevisionNotFound" });
      const siblings = Object.keys(known.commits[commit] ?? {}).map((rfilename) => ({ rfilename }));
      return send(response, 200, JSON.stringify({ id: dataSet, sha: commit, siblings }));
    }
    const location = `${hub.storageUrl}/${dataSet}/${rest}?signed=secret`;
    return send(response, 302, "", { location });
  });

  function sendFile(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const headers = { etag: '"one"' };
    const isRange = hub.knowsRanges && first !== undefined;
    if (isRange && Number(first) >= content.length) {
      return send(response, 416, "", { "content-range": `bytes */${content.length}` });
    }
    const start = isRange ? Number(first) : 0;
    const end =
      isRange && last !== "" ? Math.min(Number(last) + 1, content.length) : content.length;
    const part = content.subarray(start, end);
    const range = { "content-range": `bytes ${start}-${end - 1}/${content.length}` };
    const cut = hub.cutAfter.shift();
    if (cut === undefined || cut >= part.length) {
      return send(response, isRange ? 206 : 200, part, { ...headers, ...(isRange ? range : {}) });
    }
    sent += cut;
    const length = { "content-length": part.length };
    response.writeHead(isRange ? 206 : 200, { ...headers, ...length, ...(isRange ? range : {}) });
    response.write(part.subarray(0, cut), () => response.destroy());
  }

  const hub: HubServer = {
    url: main,
    storageUrl: storage,
    dataSets,
    requests: [],
    sent: () => sent,
    cutAfter: [],
    knowsRanges: true,
  };
  return hub;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(listener: Listener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
