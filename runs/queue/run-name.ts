import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { replaceFile } from "../../storage/replace-file.ts";

/** `queue.json`: under which name a queue knows the run, and how often it was put there. */
const RunName = z.object({ run: z.uuid(), session: z.int().positive() });
export type RunName = z.infer<typeof RunName>;

const fileName = "queue.json";

/**
 * The name of a run on its queue, which the run keeps until it is whole: what workers did after
 * this process was killed is found again by it.
 */
export async function nextSession(directory: string): Promise<RunName> {
  const path = join(directory, fileName);
  const before = await readFile(path, "utf8").then(
    (text) => RunName.safeParse(JSON.parse(text)).data,
    () => undefined,
  );
  const now =
    before === undefined
      ? { run: randomUUID(), session: 1 }
      : { ...before, session: before.session + 1 };
  await replaceFile(path, `${JSON.stringify(now)}\n`);
  return now;
}

/** The run is whole, and nothing of it is left on the queue. */
export async function forgetName(directory: string): Promise<void> {
  await rm(join(directory, fileName), { force: true });
}
