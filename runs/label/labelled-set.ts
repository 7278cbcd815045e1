import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { storageFailed, systemCode } from "../../storage/storage-failed.ts";
import type { PairToLabel } from "./pair-to-label.ts";

const SetFile = z.object({ pairs: z.number(), sha256: z.string(), seed: z.string() });
/** What all people of a file of labels have in common: the same pairs in the same order. */
type SetFile = z.infer<typeof SetFile>;

export type SetOptions = {
  /** The file of the pairs. */
  readonly input: string;
  /** The file of labels. */
  readonly file: string;
  readonly pairs: readonly PairToLabel[];
  /** The seed that was asked for; that of the file, else 0, where none was. */
  readonly seed: string | undefined;
  readonly force: boolean;
};

/** The folder of a file of labels, with a journal for each person. */
export function peopleFolder(file: string): string {
  return `${file}.people`;
}

/**
 * Opens a file of labels: begins it, or makes sure that it was begun with these pairs.
 *
 * @throws FellowshipError `bad_usage` where the file is there and not one of ours, or was begun
 *   with other pairs or another seed; `storage_failed`
 */
export async function openLabelledSet({
  input,
  file,
  pairs,
  seed,
  force,
}: SetOptions): Promise<SetFile> {
  const path = join(peopleFolder(file), "set.json");
  const known = await readSet(path);
  const isOwn = force || known !== null;
  await refuseOverwrite(file, { force: isOwn, option: "--out", inputs: [input] });
  const asked = { pairs: pairs.length, sha256: hashOf(pairs), seed: seed ?? "0" };
  const set = known ?? (await begin(path, asked));
  if (set.sha256 !== asked.sha256) {
    throw differs(
      file,
      `expected the ${set.pairs} pairs with which it was begun, got ` +
        `${set.pairs === asked.pairs ? "others" : `${asked.pairs} pairs`}`,
    );
  }
  if (seed !== undefined && set.seed !== seed) {
    throw differs(file, `expected --seed ${set.seed}, with which it was begun, got ${seed}`);
  }
  return set;
}

function hashOf(pairs: readonly PairToLabel[]): string {
  const hash = createHash("sha256");
  for (const { number, key } of pairs) hash.update(`${number} ${key}\n`);
  return hash.digest("hex");
}

function differs(file: string, problem: string): FellowshipError {
  return new FellowshipError(
    "directory_differs",
    `${file}: ${problem}. Give the same again, or choose another --out.`,
    { facts: { file } },
  );
}

async function readSet(path: string): Promise<SetFile | null> {
  try {
    return SetFile.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    if (systemCode(error) !== null) throw storageFailed("read", path, error);
    throw new FellowshipError(
      "bad_usage",
      `${path}: expected the file that label wrote, found another.`,
      {
        facts: { path },
        cause: error,
      },
    );
  }
}

/** Of two people who begin at once, one does, and the other reads it. */
async function begin(path: string, asked: SetFile): Promise<SetFile> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(asked)}\n`, { flag: "wx", flush: true });
    await link(temporary, path).catch((error: unknown) => {
      if (systemCode(error) !== "EEXIST") throw error;
    });
    await unlink(temporary);
  } catch (error) {
    throw storageFailed("write", path, error);
  }
  return (await readSet(path)) ?? asked;
}
