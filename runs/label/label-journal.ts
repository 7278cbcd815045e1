import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { acquireDirectoryLock } from "../../storage/directory-lock.ts";
import { storageFailed, systemCode } from "../../storage/storage-failed.ts";

const Answer = z.object({
  /** The pair's number in the input, from 1. */
  pair: z.number().int().positive(),
  /** `undo` takes the last answer back; `shown` is none, but tells others what this person judges. */
  answer: z.enum(["a", "b", "tie", "skip", "undo", "shown"]),
  draw: z.enum(["random", "chosen"]),
});
/** What a person did, a line of their journal. */
export type Answer = z.infer<typeof Answer>;

const Person = z.object({ person: z.string() });

/** What everyone did, by person. */
export type AnswersByPerson = ReadonlyMap<string, readonly Answer[]>;

/** The journal of one person. No other person's session writes it. */
export type LabelJournal = {
  /** Resolves when the line would survive a crash. */
  readonly append: (answer: Answer) => Promise<void>;
  /** The person's own folder, for what only they write. */
  readonly folder: string;
  readonly close: () => Promise<void>;
};

const fileName = "answers.jsonl";

/** The folder of a person: no name is a path. */
function folderOf(directory: string, person: string): string {
  const hash = createHash("sha256").update(person).digest("hex");
  return join(directory, hash.slice(0, 16));
}

/**
 * Opens a person's journal in the folder of a file of labels. One process at a time may.
 *
 * @throws FellowshipError `directory_in_use` where the person is judging elsewhere;
 *   `storage_failed`
 */
export async function openLabelJournal(directory: string, person: string): Promise<LabelJournal> {
  const folder = folderOf(directory, person);
  const file = join(folder, fileName);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storageFailed("make", folder, error);
  });
  const lock = await acquireDirectoryLock(folder);
  const handle = await openJournal(file, person).catch(async (error: unknown) => {
    await lock.release();
    throw storageFailed("write", file, error);
  });
  return {
    folder,
    append: (answer) =>
      write(handle, answer).catch((error: unknown) => {
        throw storageFailed("write", file, error);
      }),
    async close() {
      await handle.close();
      await lock.release();
    },
  };
}

async function openJournal(file: string, person: string): Promise<FileHandle> {
  const handle = await open(file, "a");
  if ((await handle.stat()).size === 0) await write(handle, { person });
  return handle;
}

/** A line end comes first: a line that a crash cut short must not spoil the next. */
async function write(handle: FileHandle, line: object): Promise<void> {
  await handle.appendFile(`\n${JSON.stringify(line)}`);
  await handle.datasync();
}

/** Reads the journals of all people, and again those that have grown. */
export function createAnswersReader(directory: string): () => Promise<AnswersByPerson> {
  const known = new Map<string, { size: number; person: string; answers: Answer[] }>();

  async function read(folder: string): Promise<void> {
    const file = join(directory, folder, fileName);
    const stats = await stat(file).catch(ifThere);
    if (stats === null || known.get(folder)?.size === stats.size) return;
    const text = await readFile(file, "utf8");
    const lines = text.split("\n").map(parseLine);
    const named = lines.map((line) => Person.safeParse(line)).find(({ success }) => success);
    if (named?.data === undefined) return;
    const answers = lines.flatMap((line) => Answer.safeParse(line).data ?? []);
    known.set(folder, { size: Buffer.byteLength(text), person: named.data.person, answers });
  }

  return async function readAnswers() {
    try {
      for (const { name } of await foldersOf(directory)) await read(name);
    } catch (error) {
      throw storageFailed("read", directory, error);
    }
    return new Map([...known.values()].map(({ person, answers }) => [person, answers]));
  };
}

async function foldersOf(directory: string) {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && /^[0-9a-f]{16}$/.test(entry.name))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function ifThere(error: unknown): null {
  if (systemCode(error) === "ENOENT") return null;
  throw error;
}

/** Null for what a crash cut short. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
