import { setTimeout as sleep } from "node:timers/promises";
import { readRunState, type RunState } from "./run-state.ts";

/** Reading takes at most this share of the time, since a large run has large journals. */
const readingShare = 0.2;

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
  }: {
    readonly everyMs: number;
    readonly signal: AbortSignal;
    readonly prices?: string | undefined;
  },
): AsyncGenerator<RunState> {
  for (;;) {
    const began = performance.now();
    const state = await readRunState(directory, prices);
    yield state;
    if (state.phase !== "running" || signal.aborted) return;
    const tookMs = performance.now() - began;
    await sleep(Math.max(everyMs, tookMs / readingShare), undefined, { signal }).catch(() => null);
    if (signal.aborted) return;
  }
}
