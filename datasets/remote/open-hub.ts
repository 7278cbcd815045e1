import * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { chooseSplit } from "./choose-split.ts";
import { dataConfigs, type DataConfig } from "./data-configs.ts";
import { pinnedAddress, type HubAddress } from "./parse-address.ts";
import { readableEnding } from "./readable-ending.ts";
import { refused } from "./refused-text.ts";
import { openRemoteFile, type RemoteFile } from "./remote-file.ts";
import { hubEndpoint, requestRemote, type RemoteResponse } from "./remote-request.ts";
import { refuseBusy, waitToRetry } from "./retries.ts";

/** Files of a data set, at one commit. */
export type HubInput = {
  /** The address with the commit, configuration and split that it led to. */
  readonly pinned: string;
  readonly commit: string;
  readonly files: readonly { readonly name: string; readonly file: RemoteFile }[];
};

type DataSet = { readonly commit: string; readonly paths: readonly string[] };

const mainBranch = "main";
/** The branch on which the Hub keeps every data set as Parquet. */
const parquetBranch = "refs/convert/parquet";

/**
 * Looks a data set up on the Hub: the commit of its revision, and the files of the split. Where it
 * holds no file that can be read, those of the Hub's own Parquet conversion are taken.
 *
 * @throws FellowshipError `bad_input` where the Hub gives no data set, or one without such files;
 *   `bad_usage` for an unknown split, with those that there are
 */
export async function openHub(address: HubAddress, shown: string): Promise<HubInput> {
  const { dataSet, revision, parts } = address;
  const found = await lookUp(dataSet, revision ?? mainBranch, shown);
  const path = parts.join("/");
  if (path !== "" && found.paths.includes(path)) return opened(dataSet, found, parts, [path]);
  let used = found;
  let configs = dataConfigs(found.paths, await cardOf(dataSet, found));
  if (configs.length === 0 && (revision ?? mainBranch) === mainBranch) {
    used = await lookUp(dataSet, parquetBranch, shown).catch(() => found);
    configs = dataConfigs(used.paths);
  }
  if (configs.length === 0) throw noData(found, shown);
  return openSplit(dataSet, used, configs, { parts, shown });
}

function openSplit(
  dataSet: string,
  found: DataSet,
  configs: readonly DataConfig[],
  { parts, shown }: { readonly parts: readonly string[]; readonly shown: string },
): HubInput {
  const { config, split, files } = chooseSplit(configs, parts, shown);
  return opened(dataSet, found, [config, split], files);
}

function opened(
  dataSet: string,
  { commit }: DataSet,
  parts: readonly string[],
  paths: readonly string[],
): HubInput {
  const files = paths.map((name) => ({ name, file: fileAt(dataSet, commit, name) }));
  return { pinned: pinnedAddress(dataSet, { commit, parts }), commit, files };
}

function fileAt(dataSet: string, commit: string, path: string): RemoteFile {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const url = new URL(`${hubEndpoint()}/datasets/${dataSet}/resolve/${commit}/${encoded}`);
  const shown = `hf://${dataSet}@${commit.slice(0, 7)}/${path}`;
  return openRemoteFile(url, { shown, dataSet, isPinned: true });
}

const Info = z.object({
  sha: z.string().regex(/^[0-9a-f]{7,64}$/i),
  siblings: z.array(z.object({ rfilename: z.string() })).optional(),
});

/** The commit of a revision, and all files in it. */
async function lookUp(dataSet: string, revision: string, shown: string): Promise<DataSet> {
  const api = `${hubEndpoint()}/api/datasets/${dataSet}`;
  const { response, value } = await ask(`${api}/revision/${encodeURIComponent(revision)}`);
  if (response.status !== 200) throw await noDataSet(dataSet, shown, response);
  const info = Info.safeParse(value);
  if (!info.success) {
    throw new FellowshipError(
      "bad_input",
      `${shown}: expected the Hub's description of a data set at ${hubEndpoint()}, found ` +
        "something else. Check HF_ENDPOINT.",
      { facts: { dataSet } },
    );
  }
  const { sha, siblings } = info.data;
  const listed = siblings?.map(({ rfilename }) => rfilename) ?? [];
  if (listed.length > 0) return { commit: sha, paths: listed };
  return {
    commit: sha,
    paths: await listFiles(`${api}/tree/${sha}?recursive=true`, dataSet, shown),
  };
}

const Tree = z.array(z.object({ type: z.string(), path: z.string() }));

/** All files of a commit, page by page. */
async function listFiles(first: string, dataSet: string, shown: string): Promise<string[]> {
  const paths: string[] = [];
  for (let url: string | undefined = first; url !== undefined;) {
    const { response, value } = await ask(url);
    if (response.status !== 200) throw await refused({ shown, dataSet }, response);
    const { link = "" } = response.headers;
    const entries = Tree.safeParse(value).data ?? [];
    paths.push(...entries.filter(({ type }) => type === "file").map(({ path }) => path));
    const [, next] = /<([^>]+)>;\s*rel="next"/.exec(link) ?? [];
    url = next === undefined ? undefined : new URL(next, url).href;
  }
  return paths;
}

async function cardOf(dataSet: string, { commit, paths }: DataSet): Promise<string | undefined> {
  if (!paths.includes("README.md")) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of fileAt(dataSet, commit, "README.md").stream()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The error of a data set that isn't there; it says so where the name is that of a model. */
async function noDataSet(
  dataSet: string,
  shown: string,
  response: RemoteResponse,
): Promise<FellowshipError> {
  const error = await refused({ shown, dataSet }, response);
  if (response.status !== 404 && response.status !== 401) return error;
  for (const kind of ["model", "space"]) {
    const url = `${hubEndpoint()}/api/${kind}s/${dataSet}`;
    const other = await ask(url).catch(() => undefined);
    if (other?.response.status !== 200) continue;
    return new FellowshipError(
      "bad_input",
      `${shown}: expected a data set, found a ${kind} of that name. Check the name.`,
      { facts: { dataSet, kind } },
    );
  }
  return error;
}

function noData({ paths }: DataSet, shown: string): FellowshipError {
  const names = paths.filter((path) => readableEnding(path) === undefined).slice(0, 5);
  return new FellowshipError(
    "bad_input",
    `${shown}: expected data files (.parquet, .jsonl, .json, .csv, .tsv), found none` +
      `${names.length === 0 ? "" : ` among ${names.join(", ")}`}.`,
    { facts: { files: names } },
  );
}

type Answer = {
  readonly response: RemoteResponse;
  /** The value of a JSON body; undefined for another body, or where the request was refused. */
  readonly value: unknown;
};

/** Asks the Hub's API, again where the connection fails. */
async function ask(url: string): Promise<Answer> {
  for (let failures = 1; ; failures += 1) {
    try {
      const response = await requestRemote(new URL(url));
      await refuseBusy(response);
      if (response.status !== 200) return { response, value: undefined };
      return { response, value: parsed(await response.body.text()) };
    } catch (error) {
      await waitToRetry(error, { failures, address: new URL(url).origin, hasAnswered: false });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
