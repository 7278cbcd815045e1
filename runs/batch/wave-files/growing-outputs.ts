import { join } from "node:path";
import { waitFor } from "../../../models/gate/failure/wait-for.ts";
import { isOpenForWriting } from "../../../storage/open-for-writing.ts";
import type { Wave } from "./batch-state.ts";
import { outputFacts } from "./brought-answers.ts";

/** A file that was not written to for so long is whole, unless a process still has it open. */
const quietMs = 5_000;

/**
 * The outputs that are still being written or copied: taken as they are, the calls that they lack
 * would be asked again while their answers are on the way. Waits up to five seconds for files that
 * were written a moment ago.
 *
 * @param outputs As they were read
 */
export async function growingOutputs(
  folder: string,
  outputs: Wave["outputs"],
  signal: AbortSignal,
): Promise<string[]> {
  const now = Date.now();
  const ages = Object.values(outputs).map(({ modifiedMs }) => Math.abs(now - modifiedMs));
  const waitMs = quietMs - Math.min(quietMs, ...ages);
  if (waitMs > 0) await waitFor(waitMs, signal);
  const growing: string[] = [];
  for (const [name, { bytes, modifiedMs }] of Object.entries(outputs)) {
    const path = join(folder, name);
    const is = await outputFacts(path);
    const hasChanged = is?.bytes !== bytes || is.modifiedMs !== modifiedMs;
    if (hasChanged || (await isOpenForWriting(path))) growing.push(path);
  }
  return growing;
}
