import { pathToFileURL } from "node:url";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { hasHubToken, hubEndpoint } from "../remote/remote-request.ts";

/** A data set on the Hub, to push to. */
export type PushTarget = {
  /** ORG/NAME. */
  readonly name: string;
  /** Whether everybody may read it. */
  readonly isPublic: boolean;
};

/** A file to push: where it is, and its path in the data set. */
export type PushedFile = { readonly file: string; readonly path: string };

const namePattern = /^[\w.-]+\/[\w.-]+$/;

/** @throws FellowshipError `bad_usage` for what is no name of a data set */
export function checkPushName(name: string): void {
  if (namePattern.test(name)) return;
  throw new FellowshipError("bad_usage", `--push: expected ORG/NAME, got "${name}".`);
}

/**
 * Refuses to begin where a push could not succeed, before anything is paid for.
 *
 * @throws FellowshipError `bad_usage`
 */
export function checkPushAccess(): void {
  if (!hasHubToken()) {
    throw new FellowshipError(
      "bad_usage",
      "--push needs a token that may write: set HF_TOKEN to one of your account on the Hub.",
    );
  }
  hubEndpoint();
}

/**
 * Uploads files to a data set in one commit; the data set is made where there is none, private
 * unless asked otherwise.
 *
 * @returns the data set's address
 * @throws FellowshipError `bad_usage` where the data set is public and `isPublic` is not asked;
 *   `service_failed` where the Hub refuses or does not answer
 */
export async function pushFiles(target: PushTarget, files: readonly PushedFile[]): Promise<string> {
  checkPushAccess();
  const { uploadFiles } = await import("@huggingface/hub");
  const access = {
    repo: { type: "dataset", name: target.name } as const,
    accessToken: process.env["HF_TOKEN"]?.trim() ?? "",
    hubUrl: hubEndpoint(),
  };
  await orServiceFailed(target, () => makeDataset(target, access));
  await orServiceFailed(target, () =>
    uploadFiles({
      ...access,
      files: files.map(({ file, path }) => ({ path, content: pathToFileURL(file) })),
      commitTitle: "Upload data from Fellowship",
      useXet: false,
    }),
  );
  return `${access.hubUrl}/datasets/${target.name}`;
}

type Access = {
  readonly repo: { readonly type: "dataset"; readonly name: string };
  readonly accessToken: string;
  readonly hubUrl: string;
};

/** Makes the data set, or makes sure that the one that is there may hold what is pushed. */
async function makeDataset({ name, isPublic }: PushTarget, access: Access): Promise<void> {
  const { createRepo, datasetInfo, HubApiError } = await import("@huggingface/hub");
  try {
    await createRepo({ ...access, visibility: isPublic ? "public" : "private" });
    return;
  } catch (error) {
    if (!(error instanceof HubApiError) || error.statusCode !== 409) throw error;
  }
  const { accessToken, hubUrl } = access;
  const standing = await datasetInfo({ name, accessToken, hubUrl });
  if (isPublic || standing.private) return;
  throw new FellowshipError(
    "bad_usage",
    `--push ${name}: this data set is public. Give --public as well, or push to another ` +
      "one. Nothing was uploaded.",
    { facts: { name } },
  );
}

async function orServiceFailed<Value>(
  { name }: PushTarget,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FellowshipError) throw cause;
    throw new FellowshipError(
      "service_failed",
      `--push ${name}: the Hub did not take it (${(cause as Error).message}). The run is ` +
        "whole; the same command again pushes it.",
      { facts: { name }, cause },
    );
  }
}
