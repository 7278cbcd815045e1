import { lstat, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FellowshipError } from "../state/fellowship-error.ts";

export type OverwriteOptions = {
  /** Whether the user allowed overwriting (`--force`). */
  readonly force: boolean;
  /** The option that names the file, for messages. */
  readonly option: string;
  /** Files that the command reads, which `--force` does not give up. */
  readonly inputs?: readonly string[] | undefined;
};

/**
 * Refuses to write a file that a user named if that could destroy something: an existing file
 * (unless `force`), a file that the command reads, anything that is no regular file, and any file
 * in a run's directory, whose manifest lists its files.
 *
 * @throws FellowshipError `bad_usage`
 */
export async function refuseOverwrite(
  file: string,
  { force, option, inputs = [] }: OverwriteOptions,
): Promise<void> {
  const directory = dirname(file);
  if ((await kindOf(join(directory, "journal.plan"))) !== null) {
    throw refusal(
      file,
      `${option} ${file}: ${directory} is a run's directory. Choose another one.`,
    );
  }
  const kind = await kindOf(file);
  if (kind === "file" && (await isAmong(file, inputs))) {
    throw refusal(file, `${option} ${file}: the command reads this file. Choose another name.`);
  }
  if (kind === null || (kind === "file" && force)) return;
  if (kind === "file") {
    const remedy = "Choose another name, or overwrite the file with --force.";
    throw refusal(file, `${option} ${file}: this file exists already. ${remedy}`);
  }
  throw refusal(
    file,
    `${option} ${file}: expected a file name, found ${kind}. Choose another name.`,
  );
}

/** Whether a file is one of these, whatever its name there. */
async function isAmong(file: string, others: readonly string[]): Promise<boolean> {
  const [own, ...found] = await Promise.all(
    [file, ...others].map((path) => stat(path, { bigint: true }).catch(() => null)),
  );
  return !!own && found.some((one) => one?.dev === own.dev && one.ino === own.ino);
}

/** What a path leads to, links not followed; null where nothing is there. */
async function kindOf(path: string): Promise<string | null> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return null;
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "a directory";
  return stats.isSymbolicLink() ? "a link" : "a device or pipe";
}

function refusal(file: string, message: string): FellowshipError {
  return new FellowshipError("bad_usage", message, { facts: { file } });
}
