import { stat } from "node:fs/promises";
import { FellowshipError } from "../../state/fellowship-error.ts";

/** How an input file is written, by the ending of its name. */
export type InputFormat =
  | { kind: "jsonl" | "json" | "csv" | "txt"; gzip: boolean }
  | { kind: "parquet"; gzip: false };

const endings = ".jsonl, .ndjson, .json, .csv, .tsv, .txt (each also with .gz) or .parquet";

/**
 * Tells the format of a file by its name.
 *
 * @param shown The name for the message.
 * @throws FellowshipError `bad_input` where its ending is unknown
 */
export function formatOf(name: string, shown = name): InputFormat {
  const [, ending, gz] = /\.(jsonl|ndjson|json|csv|tsv|txt|parquet)(\.gz)?$/i.exec(name) ?? [];
  const gzip = gz !== undefined;
  switch (ending?.toLowerCase()) {
    case "jsonl":
    case "ndjson":
      return { kind: "jsonl", gzip };
    case "json":
      return { kind: "json", gzip };
    case "csv":
    case "tsv":
      return { kind: "csv", gzip };
    case "txt":
      return { kind: "txt", gzip };
    case "parquet":
      if (!gzip) return { kind: "parquet", gzip };
  }
  throw new FellowshipError(
    "bad_input",
    `${shown}: expected a file name ending in ${endings}. Rename the file for what it holds.`,
    { facts: { file: shown } },
  );
}

/** @throws FellowshipError `bad_input` where there is no such file, or it is a directory */
export async function expectFile(path: string): Promise<void> {
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (!isDirectory) return;
  throw new FellowshipError(
    "bad_input",
    `${path}: expected a file, found a directory. Name the file inside it.`,
    { facts: { file: path } },
  );
}

/** The error of an input file that the system won't open or read. */
export function unreadable(path: string, cause: unknown): FellowshipError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const message =
    code === "ENOENT"
      ? `${path}: no such file. Check the path.`
      : `${path}: can't be read (${cause instanceof Error ? cause.message : String(cause)}).`;
  return new FellowshipError("bad_input", message, { facts: { file: path, code }, cause });
}
