import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { replaceFile } from "../../storage/replace-file.ts";

const Check = z.object({
  /** `middle`, `end`, or `resume-1`, `resume-2` …; the folder of its pass. */
  name: z.string(),
  /** The rows of the input that were before it. */
  rows: z.number(),
  /** Of the judge being the same as in `baseline`. */
  p: z.number(),
  /** A p value below it is a drift. */
  level: z.number(),
  drifted: z.boolean(),
  /** `--on-drift accept`: the run went on with the judge as it was then. */
  accepted: z.boolean().optional(),
});
export type SentinelCheck = z.infer<typeof Check>;

const SentinelFile = z.object({
  /** SHA-256 of the golden pairs. */
  golden: z.string(),
  pairs: z.number(),
  /** The two passes that checks are compared with. */
  baseline: z.tuple([z.string(), z.string()]),
  checks: z.array(Check),
  /** Dollars of all passes. */
  usd: z.number(),
});
/** `sentinel/sentinel.json`: what is known of the judge of a run. */
export type SentinelState = z.infer<typeof SentinelFile>;

const name = "sentinel.json";

/** What earlier sessions found; null where none has judged the golden pairs. */
export async function readSentinel(directory: string): Promise<SentinelState | null> {
  const path = join(directory, name);
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  const read = SentinelFile.safeParse(parsed(text));
  if (read.success) return read.data;
  throw new FellowshipError(
    "bad_usage",
    `${path}: expected what a run with --sentinel writes, found something else. Begin again ` +
      "with --fresh.",
    { facts: { path } },
  );
}

export async function writeSentinel(directory: string, state: SentinelState): Promise<void> {
  await mkdir(directory, { recursive: true });
  await replaceFile(join(directory, name), `${JSON.stringify(state, null, 2)}\n`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
