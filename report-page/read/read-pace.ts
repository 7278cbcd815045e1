import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";

/** The file of a run's pace: clock times stand in no other file of a run. */
export const paceName = "journal.pace";

const count = z.number().nonnegative();

/** A second of a session in which rows or requests ended. */
const PaceLine = z.object({
  /** When the session began, in ISO 8601. */
  session: z.string(),
  /** From the beginning of the session. */
  second: count,
  rows: count,
  failed: count,
  /** Requests that came to their end, answered or not. */
  requests: count,
  /** Those that the provider refused for now (HTTP 429). */
  rateLimited: count,
  otherFailures: count,
  /** How long calls waited before a request was sent again, all together. */
  waitedSeconds: count,
});
export type PaceLine = z.infer<typeof PaceLine>;

/** The pace of a run; empty where its directory has none. Lines of another shape are left out. */
export async function readPace(directory: string): Promise<PaceLine[]> {
  const path = join(directory, paceName);
  if (!existsSync(path)) return [];
  const pace: PaceLine[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const read = paceLineOf(line);
    if (read !== undefined) pace.push(read);
  }
  return pace;
}

function paceLineOf(line: string): PaceLine | undefined {
  try {
    return PaceLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // cut off
  }
}
