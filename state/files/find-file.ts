import { statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { shippedRoot } from "../package-root.ts";
import { isRemoteAddress } from "./remote-address.ts";

export type FindOptions = {
  /** The file that holds the name, if one does; the name is looked up next to it first. */
  readonly namedIn?: string | undefined;
  /**
   * Folders of the package where the name is looked up, besides its root: `topologies`, `prompts`.
   */
  readonly folders?: readonly string[];
};

/**
 * The path of a file that a topology, plan or option names (contract section 4): looked up next to
 * the file that names it, then in the working directory, then in the package.
 *
 * @returns The first path that exists; where none does, the first that was tried, for the reader's
 *   own message. An address on the web comes back as it is.
 */
export function findFile(name: string, { namedIn, folders = [] }: FindOptions = {}): string {
  if (isAbsolute(name) || isRemoteAddress(name)) return name;
  const candidates = [
    ...(namedIn === undefined ? [] : [resolve(dirname(namedIn), name)]),
    name,
    ...[".", ...folders].map((folder) => join(shippedRoot, folder, name)),
  ];
  return candidates.find(isThere) ?? candidates[0] ?? name;
}

/** Also true for a device or a pipe, which its reader refuses. */
function isThere(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isDirectory();
}
