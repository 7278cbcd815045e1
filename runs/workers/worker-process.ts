import { fork } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../state/package-root.ts";
import { openChannel } from "./channel.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** A process that takes rows through the run's graph. */
export type WorkerProcess = {
  readonly send: (message: ToWorker) => void;
  /** Lets it end; at once where it does not by itself. */
  readonly close: () => Promise<void>;
};

export type WorkerListeners = {
  readonly onMessage: (message: FromWorker) => void;
  /** It ended before it was closed, by a signal or with an exit code, in words. */
  readonly onLost: (how: string) => void;
};

const patienceMs = 5_000;

/**
 * Rows in flight outlive many of V8's collections of young objects: with twice the usual room for
 * these, in MB, a worker spends a tenth less.
 */
const semiSpaceMb = 32;

/**
 * Starts a worker. It ends by itself as soon as this process is gone. It is in a session of its
 * own, so that Ctrl-C reaches this process alone, which decides what becomes of the rows.
 */
export function startWorkerProcess({ onMessage, onLost }: WorkerListeners): WorkerProcess {
  const child = fork(join(packageRoot, "bin", "fellowship.js"), ["worker", "--of-run"], {
    detached: true,
    execArgv: [`--max-semi-space-size=${semiSpaceMb}`],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  let isClosing = false;
  child.once("error", (error) => onLost(error.message));
  child.once("exit", (code, signal) => {
    if (!isClosing) onLost(signal ?? `exit code ${code}`);
  });
  return {
    send: openChannel<{ sent: ToWorker; received: FromWorker }>(child, onMessage),
    async close() {
      isClosing = true;
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
