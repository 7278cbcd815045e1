import { openRemoteInput } from "../../datasets/remote/remote-input.ts";
import { isRemoteAddress, shownAddress } from "../../state/files/remote-address.ts";
import type { CommandOptions } from "../command-options.ts";
import { readRunPlan, type RunPlan } from "./run-plan.ts";
import { fileSha256 } from "./run-manifest.ts";

/**
 * Turns the address of a data set on the Hub into that of its commit, so that all of a run reads
 * the same rows. A run that goes on stays with the commit that it began with, wherever the revision
 * has moved since. Paths, and addresses on the web, stay as they are.
 *
 * @param directories Where the run, or runs over the same input, may have begun.
 * @throws FellowshipError as `openRemoteInput` does
 */
export async function pinInput(
  options: CommandOptions,
  directories: readonly string[] = [options.directory],
): Promise<CommandOptions> {
  const { input, askedInput, fresh, progress } = options;
  if (!isRemoteAddress(input) || askedInput !== undefined) return options;
  const asked = shownAddress(input);
  const begun = fresh ? undefined : await begunWith(asked, directories);
  const { pinned, files } = await openRemoteInput(begun ?? input);
  if (pinned !== input) {
    const begunText = begun === undefined ? "" : ", as this run began";
    const filesText = files.length === 1 ? "1 file" : `${files.length} files`;
    progress.say(`Input: ${shownAddress(pinned)} (${filesText}${begunText})`, "news");
  }
  return { ...options, input: pinned, askedInput: asked };
}

/** The pinned address that a run was given for the same words. */
async function begunWith(
  asked: string,
  directories: readonly string[],
): Promise<string | undefined> {
  for (const directory of directories) {
    if (directory === "") continue;
    const { input, askedInput }: Partial<RunPlan> = (await readRunPlan(directory)) ?? {};
    if (askedInput === asked && input?.startsWith("hf://") === true) return input;
  }
  return undefined;
}

/**
 * The same as long as an input's content is: the SHA-256 of a file; of a data set on the Hub its
 * address with the commit; of a file on the web its address and version.
 */
export async function inputIdentity(input: string): Promise<string> {
  return isRemoteAddress(input) ? (await openRemoteInput(input)).identity() : fileSha256(input);
}

/** An input in the manifest: where it was, and what it was. */
export function inputFacts(
  { input, askedInput }: Pick<CommandOptions, "input" | "askedInput">,
  identity: string,
) {
  if (!isRemoteAddress(input)) return { path: input, sha256: identity };
  const [, commit] = /^hf:\/\/[^@]+@([0-9a-f]+)/.exec(input) ?? [];
  return {
    path: askedInput ?? shownAddress(input),
    identity,
    ...(commit === undefined ? {} : { commit }),
  };
}
