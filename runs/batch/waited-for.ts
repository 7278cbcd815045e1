import { batchFactsOf } from "../../models/batch/batch-services.ts";
import { openWave, readBatchState, type WaveFile } from "./wave-files/batch-state.ts";
import { outputNames } from "./wave-files/wave-names.ts";

/** The wave of a run that was written and not read yet. */
export type WaitedFor = {
  readonly wave: number;
  readonly isAtService: boolean;
  readonly files: readonly WaitedFile[];
};

export type WaitedFile = {
  readonly model: string;
  readonly calls: number;
  /** The file that its answers belong into. */
  readonly output: string;
  /** Its batch at a service; absent where the file itself is handed over. */
  readonly batch?: {
    /** As the service names it; null until it has answered the submission. */
    readonly id: string | null;
    /** When it has ended at the latest, in ISO 8601; null before it was submitted. */
    readonly until: string | null;
  };
};

/** What a run waits for; null where it waits for no batch. */
export async function waitedFor(directory: string): Promise<WaitedFor | null> {
  const open = openWave(await readBatchState(directory));
  if (open === undefined) return null;
  const isAtService = open.files.some(({ batch }) => batch !== undefined);
  return { wave: open.wave, isAtService, files: open.files.map(waitedFile) };
}

function waitedFile({ stem, model, calls, batch }: WaveFile): WaitedFile {
  const file = { model, calls, output: outputNames(stem)[0] };
  if (batch === undefined) return file;
  const { id = null, since } = batch;
  const hours = batchFactsOf(model, {})?.longestHours ?? 0;
  const until = since === null ? null : new Date(since + hours * 3_600_000).toISOString();
  return { ...file, batch: { id, until } };
}
