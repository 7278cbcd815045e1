import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { CallingGate } from "../../models/gate/gate.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { storageFailed } from "../../storage/storage-failed.ts";
import type { Progress } from "../progress/progress.ts";
import type { BatchPlace } from "./batch-place.ts";
import type { Wave, WaveFile } from "./wave-files/batch-state.ts";
import { waitText, waveText } from "./batch-words.ts";
import {
  expectInput,
  openBroughtAnswers,
  outputFacts,
  type BroughtAnswers,
} from "./wave-files/brought-answers.ts";
import { growingOutputs } from "./wave-files/growing-outputs.ts";
import { inputName, outputNames } from "./wave-files/wave-names.ts";

export type ReadWaveOptions = {
  readonly place: BatchPlace;
  readonly gate: Pick<CallingGate, "halt" | "halted" | "halting">;
  readonly progress: Progress;
  /** Has the next session submit the wave again. */
  readonly askAnew: (wave: Wave) => Promise<void>;
};

/** What a wave brought; or why it can't be read yet, in which case the gate is halted. */
export type ReadWave = {
  readonly brought: BroughtAnswers | null;
  /** The files that have no output. */
  readonly missing: readonly WaveFile[];
  /** The outputs that are still being written. */
  readonly growing: readonly string[];
};

/**
 * Reads what a wave brought; halts the gate where it has not come, or is no answer at all.
 *
 * @throws FellowshipError `bad_usage` where an input is gone; `storage_failed`
 */
export async function readWave(wave: Wave, options: ReadWaveOptions): Promise<ReadWave> {
  const { place, gate } = options;
  const { folder, bring } = place;
  for (const { stem } of wave.files) await expectInput(join(folder, inputName(stem)));
  const missing = await missingOutputs(folder, wave);
  const nothing = { brought: null, missing, growing: [] };
  if (missing.length > 0 && !(await bringMissing(wave, options))) return nothing;
  const brought = await openBroughtAnswers(folder, wave);
  const { asked, answered, failed } = brought.counts;
  const isOutside = bring === undefined && answered + failed < asked;
  const growing = isOutside ? await growingOutputs(folder, brought.outputs, gate.halting) : [];
  if (growing.length > 0) gate.halt({ outcome: "interrupted", detail: waitText(wave) });
  else if (gate.halted === null && (await isTaken(wave, brought, options))) {
    return { brought, missing: [], growing: [] };
  }
  await brought.close();
  return { ...nothing, growing };
}

/** Has a wave answered by its services; false where that is done outside, or was impossible. */
async function bringMissing(wave: Wave, { place, gate }: ReadWaveOptions): Promise<boolean> {
  if (place.bring === undefined) {
    gate.halt({ outcome: "interrupted", detail: waitText(wave) });
    return false;
  }
  try {
    await place.bring(wave);
    return true;
  } catch (error) {
    if (gate.halted === null) {
      if (!isFellowshipError(error) || error.code !== "service_failed") throw error;
      gate.halt({ outcome: "provider_refused", detail: error.message });
    }
    return false;
  }
}

/** Says what came; the wave stays open where none of it is an answer, for a reason of all. */
async function isTaken(
  wave: Wave,
  { counts }: BroughtAnswers,
  { place, gate, progress, askAnew }: ReadWaveOptions,
): Promise<boolean> {
  const { answered, refusal } = counts;
  const isRefused = answered === 0 && refusal !== null;
  progress.say(waveText(wave.wave, counts, { isOpen: isRefused }), "notice");
  if (!isRefused) return true;
  const why = refusal.replace(/\.$/, "");
  const isOutside = place.bring === undefined;
  if (!isOutside) {
    await removeOutputs(place.folder, wave);
    await askAnew(wave);
  }
  const remedy = isOutside ? " Answer its files again." : "";
  const detail = `wave ${wave.wave} brought no answer: ${why}.${remedy}`;
  gate.halt({ outcome: "provider_refused", detail });
  return false;
}

/** The files of a wave whose answers have not come. */
async function missingOutputs(folder: string, { files }: Wave): Promise<WaveFile[]> {
  const missing: WaveFile[] = [];
  for (const file of files) {
    const [output] = outputNames(file.stem);
    if ((await outputFacts(join(folder, output))) === null) missing.push(file);
  }
  return missing;
}

async function removeOutputs(folder: string, { files }: Wave): Promise<void> {
  for (const name of files.flatMap(({ stem }) => outputNames(stem))) {
    await removeFile(join(folder, name));
  }
}

/** Removes a file of a wave; one that is gone is removed. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true }).catch((cause: unknown) => {
    throw storageFailed("take away", path, cause);
  });
}
