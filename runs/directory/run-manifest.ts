import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { storageFailed } from "../../storage/storage-failed.ts";

/** SHA-256 of a file, hexadecimal, read as a stream. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new FellowshipError("bad_input", `Can't read the input ${path} (${code}).`, {
      facts: { path },
      cause,
    });
  }
  return hash.digest("hex");
}

/**
 * The journals of a run, which hold what its data files were made of and how fast, and what was set
 * aside of them: torn ends, damaged files.
 */
const journalName = /^journal\.(?:plan|rows|calls|pace)(?:\.(?:torn|damaged)-\d+)?$/;

/** Whether a file is one of the run's journals. */
export function isJournal({ name }: Pick<OutputFile, "name">): boolean {
  return journalName.test(name);
}

/** Describes the journals of a run that has written its last record; read as streams. */
export async function journalFiles(directory: string): Promise<OutputFile[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw storageFailed("list", directory, cause);
  });
  const described: OutputFile[] = [];
  for (const name of names.filter((one) => journalName.test(one)).sort()) {
    described.push(await describeFile(directory, name));
  }
  return described;
}

/**
 * Hashes and counts a file of a directory, as a stream.
 *
 * @throws FellowshipError `storage_failed` where it can't be read
 */
export async function describeFile(directory: string, name: string): Promise<OutputFile> {
  const path = join(directory, name);
  const hash = createHash("sha256");
  let [bytes, lines] = [0, 0];
  try {
    const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1 << 20 });
    for await (const chunk of stream) {
      hash.update(chunk);
      bytes += chunk.length;
      for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines += 1;
    }
  } catch (cause) {
    throw storageFailed("read", path, cause);
  }
  return { name, sha256: hash.digest("hex"), bytes, lines };
}

/** Describes a text that is written beside the data files. */
export function textFile(name: string, text: string): OutputFile {
  return {
    name,
    sha256: createHash("sha256").update(text).digest("hex"),
    bytes: Buffer.byteLength(text),
    lines: text.split("\n").length - 1,
  };
}
