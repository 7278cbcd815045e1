import { createHash } from "node:crypto";
import { shownAddress } from "../../state/files/remote-address.ts";
import { openHub } from "./open-hub.ts";
import { parseAddress } from "./parse-address.ts";
import { readableEnding } from "./readable-ending.ts";
import { openRemoteFile, versionOf, type RemoteFile } from "./remote-file.ts";

/** An input on the Hub or on the web. */
export type RemoteInput = {
  /** The address that leads to the same again: of a data set on the Hub, with its commit. */
  readonly pinned: string;
  /** The commit of a data set on the Hub. */
  readonly commit?: string;
  /**
   * The same as long as the content is: the pinned address; of a file on the web its address and
   * version, or the SHA-256 of its bytes where the server names no version.
   */
  readonly identity: () => Promise<string>;
  /** In the order in which their rows are read. */
  readonly files: readonly RemoteInputFile[];
};

export type RemoteInputFile = {
  /** For messages. */
  readonly name: string;
  /** A name whose ending tells the format. */
  readonly fileName: () => Promise<string>;
  readonly file: RemoteFile;
};

const inputs = new Map<string, Promise<RemoteInput>>();

/**
 * Opens an input by its address. A process opens each address once: the commit of a data set stays
 * the same for all that a command reads of it, and what was downloaded isn't downloaded again.
 *
 * @throws FellowshipError as `parseAddress` and `openHub` do
 */
export async function openRemoteInput(address: string): Promise<RemoteInput> {
  const key = `${process.env["HF_ENDPOINT"] ?? ""} ${address}`;
  let input = inputs.get(key);
  if (input === undefined) {
    input = open(address);
    inputs.set(key, input);
    // The pinned address leads to the same files.
    const { pinned } = await input.catch((error: unknown) => {
      inputs.delete(key);
      throw error;
    });
    inputs.set(`${process.env["HF_ENDPOINT"] ?? ""} ${pinned}`, input);
  }
  return input;
}

async function open(address: string): Promise<RemoteInput> {
  const parsed = parseAddress(address);
  return parsed.kind === "hub" ? openHubInput(parsed, address) : openWebInput(parsed.url);
}

async function openHubInput(
  address: Parameters<typeof openHub>[0],
  shown: string,
): Promise<RemoteInput> {
  const { pinned, commit, files } = await openHub(address, shown);
  return {
    pinned,
    commit,
    identity: () => Promise.resolve(pinned),
    files: files.map(({ name, file }) => ({ name, file, fileName: () => Promise.resolve(name) })),
  };
}

function openWebInput(url: URL): RemoteInput {
  const shown = shownAddress(url.href);
  const file = openRemoteFile(url, { shown, isPinned: false });
  return {
    pinned: url.href,
    async identity() {
      const version = versionOf(await file.headers()) ?? `sha256 ${await contentSha256(file)}`;
      return `${url.origin}${url.pathname} ${version} ${await file.size()} bytes`;
    },
    files: [{ name: shown, file, fileName: () => webFileName(url, file) }],
  };
}

async function contentSha256(file: RemoteFile): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of file.stream()) hash.update(chunk);
  return hash.digest("hex");
}

const endingsOfTypes: Readonly<Record<string, string>> = {
  "application/json": ".json",
  "application/jsonl": ".jsonl",
  "application/x-ndjson": ".jsonl",
  "application/x-jsonlines": ".jsonl",
  "text/csv": ".csv",
  "text/tab-separated-values": ".tsv",
  "application/vnd.apache.parquet": ".parquet",
};

/** By the address; else by the file's name or type, as the server gives them. */
async function webFileName(url: URL, file: RemoteFile): Promise<string> {
  const isText = /\.txt(?:\.gz)?$/i.test(url.pathname);
  if (isText || readableEnding(url.pathname) !== undefined) return url.pathname;
  const headers = await file.headers();
  const [, given = ""] =
    /filename\*?=(?:UTF-8'')?"?([^";]+)/i.exec(headers["content-disposition"] ?? "") ?? [];
  if (readableEnding(given) !== undefined) return given;
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  return `${shownAddress(url.href)}${endingsOfTypes[type.trim().toLowerCase()] ?? ""}`;
}
