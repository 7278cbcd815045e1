import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";

const SessionFacts = z.object({
  /** The command as it was given, which goes on with the run. */
  commandLine: z.string(),
  /** The input's path or address. */
  input: z.string(),
  /** Rows of the run, as soon as they are counted; not in a session that shows no progress. */
  rows: z.number().optional(),
});
/** What is known of the session that works in a directory, or that ended there before its time. */
export type SessionFacts = z.infer<typeof SessionFacts>;

export type NotedSession = {
  /** Notes how many rows the run has. */
  readonly noteRows: (rows: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

const name = "session.json";

/**
 * Notes the command of a session in its directory while it works, for those who look at the run.
 * The file stays where a process is stopped before it can write `run.json`, which then says the
 * same. A disk that refuses it does not stop the run. A session without a command notes nothing, and
 * removes at its end what an earlier one left.
 */
export async function noteSession(
  directory: string,
  facts: SessionFacts | null,
): Promise<NotedSession> {
  const path = join(directory, name);
  const write = async (more: Partial<SessionFacts> = {}) => {
    if (facts === null) return;
    await writeFile(path, `${JSON.stringify({ ...facts, ...more })}\n`).catch(() => undefined);
  };
  await write();
  return {
    noteRows: (rows) => write({ rows }),
    async close() {
      if (!existsSync(join(directory, "run.json"))) return;
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}

/** The session noted in a directory; null where there is none. */
export async function readSession(directory: string): Promise<SessionFacts | null> {
  try {
    const text = await readFile(join(directory, name), "utf8");
    return SessionFacts.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
