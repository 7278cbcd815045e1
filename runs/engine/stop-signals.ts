/** What a person or the system asks of a run: to come to an end, or to stop at once. */
export type StopSignals = {
  /** The exit code that the signal asks for; null while there was none. */
  readonly exitCode: number | null;
  /**
   * No call is under way any more: signals are for others to hear, and end the process at once
   * where there are none. All that was answered is on disk.
   */
  readonly leaveSignals: () => void;
  readonly release: () => void;
};

const listening = new Set<(reason: string) => void>();
let hasBegun = false;

/** Whether a run of this process has listened yet: before that, no model was asked. */
export function hasRunBegun(): boolean {
  return hasBegun;
}

/** Whether a run of this process listens. */
export function isRunUnderWay(): boolean {
  return listening.size > 0;
}

/** Brings the run of this process to its end as SIGTERM does, for a reason of its own. */
export function askToStop(reason: string): void {
  for (const stop of listening) stop(reason);
}

/**
 * Listens for Ctrl-C, SIGTERM and SIGHUP. The first drains: nothing new is asked, and what is under
 * way comes home. The second Ctrl-C stops at once.
 *
 * SIGHUP, of a closed terminal, drains as SIGTERM does. By default it would end the process at
 * once, under nohup too, since Node resets every signal when it starts; answers that are paid for
 * would be lost.
 */
export function listenForStop({
  drain,
  stopNow,
}: {
  drain: (signal: string) => void;
  stopNow: () => void;
}): StopSignals {
  let exitCode: number | null = null;
  const onInterrupt = () => {
    if (exitCode !== null) {
      stopNow();
      return;
    }
    exitCode = 130;
    drain("Ctrl-C");
  };
  const onTerminate = (signal: string) => {
    if (exitCode !== null) return;
    exitCode = signal === "SIGHUP" ? 129 : 143;
    drain(signal);
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  process.on("SIGHUP", onTerminate);
  listening.add(onTerminate);
  hasBegun = true;
  const leaveSignals = () => {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
    process.off("SIGHUP", onTerminate);
  };
  return {
    get exitCode() {
      return exitCode;
    },
    leaveSignals,
    release: () => {
      leaveSignals();
      listening.delete(onTerminate);
    },
  };
}
