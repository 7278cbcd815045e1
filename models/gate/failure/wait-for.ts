import { setTimeout as sleep } from "node:timers/promises";

/** Waits, and is over at once when the signal is aborted. */
export async function waitFor(lengthMs: number, signal: AbortSignal): Promise<void> {
  await sleep(lengthMs, undefined, { signal }).catch(() => undefined);
}
