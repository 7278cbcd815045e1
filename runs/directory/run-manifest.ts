import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
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

/** Describes the journals of a run that has written its last record. */
export async function journalFiles(directory: string): Promise<OutputFile[]> {
  return describeFiles(directory, await journalNames(directory));
}

/** The names of a run's journals, ascending. */
export async function journalNames(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw storageFailed("list", directory, cause);
  });
  return names.filter((name) => journalName.test(name)).sort();
}

/**
 * Hashes and counts a file of a directory, as a stream.
 *
 * @throws FellowshipError `storage_failed` where it can't be read
 */
export async function describeFile(directory: string, name: string): Promise<OutputFile> {
  let [bytes, lines] = [0, 0];
  const sha256 = await hashOf(join(directory, name), (chunk) => {
    bytes += chunk.length;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines += 1;
  });
  return { name, sha256, bytes, lines };
}

/** Describes files one after the other. */
export async function describeFiles(
  directory: string,
  names: readonly string[],
): Promise<OutputFile[]> {
  const described: OutputFile[] = [];
  for (const name of names) described.push(await describeFile(directory, name));
  return described;
}

/** Whether a file of a directory is as it was described; what can't be read is not. */
export async function isAsDescribed(
  directory: string,
  { name, bytes, sha256 }: Pick<OutputFile, "name" | "bytes" | "sha256">,
): Promise<boolean> {
  const path = join(directory, name);
  const size = await stat(path).then(
    (facts) => facts.size,
    () => null,
  );
  if (size !== bytes) return false;
  return (await hashOf(path).catch(() => null)) === sha256;
}

/** SHA-256 of a file, hexadecimal, whose bytes are in memory once, however long it is. */
async function hashOf(path: string, onChunk?: (chunk: Buffer) => void): Promise<string> {
  const hash = createHash("sha256");
  try {
    const file = await open(path);
    try {
      const buffer = Buffer.allocUnsafeSlow(1 << 18);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length);
        if (bytesRead === 0) return hash.digest("hex");
        const chunk = buffer.subarray(0, bytesRead);
        hash.update(chunk);
        onChunk?.(chunk);
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw storageFailed("read", path, cause);
  }
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
