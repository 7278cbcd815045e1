import type { BatchRun } from "./open-batch-run.ts";

/** Takes the rows, between reading what the last wave brought and writing the next. */
export async function workInWaves<Counts>(
  batch: BatchRun | undefined,
  work: () => Promise<Counts>,
): Promise<Counts> {
  if (batch === undefined) return work();
  try {
    for (;;) {
      // Where the last wave has not come, the gate is halted, and the rows are only counted.
      await batch.begin();
      const counts = await work();
      if ((await batch.end()) === "ended") return counts;
    }
  } finally {
    await batch.close();
  }
}
