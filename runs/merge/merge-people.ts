import { dirname, join } from "node:path";
import { makeDirectory } from "../../storage/make-directory.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { firstLabelsFile, labelsFiles, pairsOfPeople } from "../cascade/person-decides.ts";
import type { PairOfPeople } from "../cascade/person-decides.ts";
import { fileSha256 } from "../directory/run-manifest.ts";

/**
 * Takes the labels that people gave to rows of the shards over into the merged run, in one file by
 * row. Pairs without a label are left out: the merged run names a new file for those that wait.
 *
 * @param directories Of the shards.
 * @param merged Of the merged run.
 */
export async function mergePeople(directories: readonly string[], merged: string): Promise<void> {
  const pairs = new Map<number, PairOfPeople>();
  for (const directory of directories) {
    for (const name of await labelsFiles(directory)) {
      for await (const pair of pairsOfPeople(join(directory, name))) {
        if (Object.keys(pair.labels).length === 0) continue;
        const labels = { ...pairs.get(pair.row)?.labels, ...pair.labels };
        pairs.set(pair.row, { ...pair, labels });
      }
    }
  }
  if (pairs.size === 0) return;
  const lines = [...pairs.values()]
    .toSorted((one, other) => one.row - other.row)
    .map(({ value, labels }) => `${JSON.stringify({ ...value, labels })}\n`);
  const file = join(merged, firstLabelsFile);
  await makeDirectory(dirname(file));
  await replaceFile(file, lines.join(""));
}

/** The SHA-256 of a shard's files of labels, by name; undefined where people judged none. */
export async function labelHashes(
  directory: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const names = await labelsFiles(directory);
  if (names.length === 0) return undefined;
  const hashes = names.map(async (name) => [name, await fileSha256(join(directory, name))]);
  return Object.fromEntries(await Promise.all(hashes)) as Readonly<Record<string, string>>;
}
