import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { batchStateName, openWave, readBatchState } from "./wave-files/batch-state.ts";

/**
 * Refuses a run without batches while one of its waves is at a provider's service: its calls would
 * be paid for twice.
 *
 * @throws FellowshipError `bad_usage`
 */
export async function refuseOpenBatches(directory: string): Promise<void> {
  const wave = openWave(await readBatchState(directory));
  if (wave === undefined || wave.files.every(({ batch }) => (batch?.since ?? null) === null))
    return;
  throw new FellowshipError(
    "bad_usage",
    `Wave ${wave.wave} of ${directory} is in batches that were submitted, and would be paid for ` +
      `twice. Go on with --batch; or delete ${join(directory, batchStateName)} to ask them again ` +
      "all the same.",
    { facts: { directory, wave: wave.wave } },
  );
}
