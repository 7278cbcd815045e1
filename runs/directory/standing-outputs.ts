import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { isGated, type GateOptions } from "../gates/sift.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { packageVersion } from "../../state/package-root.ts";
import type { TakenAnswers } from "./taken-answers.ts";
import { isAsDescribed, isJournal, journalNames } from "./run-manifest.ts";

const Manifest = z.object({
  fellowship: z.string(),
  rows: z.int(),
  done: z.int(),
  failed: z.int(),
  pending: z.int(),
  /** What was dropped of the data, as the command line said it; absent where nothing was. */
  gates: z.unknown().optional(),
  limit: z.int().optional(),
  spent: z.object({ usd: z.number(), unknownUsd: z.number(), unpriced: z.int() }).optional(),
  reused: z.custom<readonly TakenAnswers[]>(Array.isArray).optional(),
  results: z.array(z.string()).optional(),
  files: z.array(
    z.object({ name: z.string(), sha256: z.string(), bytes: z.int(), lines: z.int() }),
  ),
});

/** Files that are as their manifest says, without the journals. */
export type StandingOutputs = {
  readonly manifest: z.infer<typeof Manifest>;
  readonly summary: unknown;
  readonly files: OutputFile[];
};

/**
 * The files that an earlier session wrote from the very rows that the directory holds now, where
 * every one of them is there as its manifest says.
 *
 * @param counts The rows of the run as they are now; null where the journals are the only witness.
 * @param gates What is dropped of the data by now.
 * @returns null where files have to be written
 */
export async function standingOutputs(
  directory: string,
  counts: RowCounts | null,
  gates?: GateOptions,
): Promise<StandingOutputs | null> {
  const manifest = Manifest.safeParse(await readJson(join(directory, "run.json"))).data;
  if (manifest === undefined || manifest.fellowship !== packageVersion()) return null;
  const { rows, done, failed, pending, files } = manifest;
  const asked = isGated(gates) ? gates : undefined;
  if (JSON.stringify(manifest.gates) !== JSON.stringify(asked)) return null;
  const isOfThese =
    counts === null ||
    (rows === counts.rows &&
      done === counts.done &&
      failed === counts.failed &&
      pending === counts.pending);
  // The journals tell whether the same rows were counted.
  if (!isOfThese || !isSame(files.filter(isJournal), await journalNames(directory))) return null;
  for (const file of files) if (!(await isAsDescribed(directory, file))) return null;
  const outputs = files.filter((file) => !isJournal(file));
  const summary = await readJson(join(directory, "summary.json"));
  return summary === undefined ? null : { manifest, summary, files: outputs };
}

function isSame(files: readonly Pick<OutputFile, "name">[], names: readonly string[]): boolean {
  return files.length === names.length && files.every(({ name }) => names.includes(name));
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined; // what can't be read is written again
  }
}
