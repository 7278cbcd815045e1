import { setTimeout as sleep } from "node:timers/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stagesIn } from "./stages-in.ts";
import { readRunState, type RunState } from "./run-state.ts";

/** Reading takes at most this share of the time, since a large run has large journals. */
const readingShare = 0.2;

/** Between two stages of a study no run is under way. */
const betweenStagesMs = 10_000;

/** Looks for a run that begins this often. */
const lookEveryMs = 200;

/**
 * Reads the state of a run again and again while the run goes on. The last state is the first whose
 * phase isn't `running`, or the one at which `signal` stopped the reading.
 *
 * @param everyMs The shortest time between two states, in milliseconds.
 * @throws FellowshipError as `readRunState` does
 */
export async function* followRun(
  directory: string,
  {
    everyMs,
    signal,
    prices,
    waitMs = 0,
    onWait,
  }: {
    readonly everyMs: number;
    readonly signal: AbortSignal;
    readonly prices?: string | undefined;
    /** How long a run may take to begin, in milliseconds. */
    readonly waitMs?: number;
    /** Called when the run has not begun yet. */
    readonly onWait?: () => void;
  },
): AsyncGenerator<RunState> {
  await begun(directory, { waitMs, onWait, signal });
  if (signal.aborted) return;
  let betweenSince: number | null = null;
  for (;;) {
    const began = performance.now();
    const state = await readRunState(directory, prices);
    const isBetween = state.phase === "interrupted" && state.stages.length > 0;
    betweenSince = isBetween ? (betweenSince ?? began) : null;
    const mayGoOn = betweenSince !== null && began - betweenSince < betweenStagesMs;
    if (!mayGoOn) yield state;
    if (signal.aborted || (state.phase !== "running" && !mayGoOn)) return;
    const tookMs = performance.now() - began;
    await sleep(Math.max(everyMs, tookMs / readingShare), undefined, { signal }).catch(() => null);
    if (signal.aborted) return;
  }
}

/** Waits until a run has a journal, or files; as long as it may. */
async function begun(
  directory: string,
  {
    waitMs,
    onWait,
    signal,
  }: {
    readonly waitMs: number;
    readonly onWait: (() => void) | undefined;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const isThere = async () =>
    ["journal.rows", "run.json"].some((name) => existsSync(join(directory, name))) ||
    (await stagesIn(directory)) !== null;
  if ((await isThere()) || waitMs <= 0) return;
  onWait?.();
  const end = performance.now() + waitMs;
  while (!(await isThere()) && !signal.aborted && performance.now() < end) {
    await sleep(lookEveryMs, undefined, { signal }).catch(() => null);
  }
}
