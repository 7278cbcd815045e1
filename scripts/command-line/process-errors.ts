import { oneLine } from "../../models/wire/one-line.ts";
import { shownError } from "../../user-code/custom-node-failure.ts";
import { attributeToUserCode } from "../../user-code/call-recorder.ts";
import { printable } from "../../runs/progress/progress.ts";
import { askToStop, hasRunBegun, isRunUnderWay } from "../../runs/engine/stop-signals.ts";
import { hasRunUserCode } from "../../user-code/load-code.ts";

/** Exit codes of contract section 1. */
const nothingSent = 2;
const bugOfOurs = 70;
const interrupted = 143;
/** A second Ctrl-C, which stops at once. */
const stoppedAtOnce = 130;
const stopSignals = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const;

/**
 * Listens for unhandled errors, and for the end of the process. Returns a function to call when the
 * command has ended.
 *
 * Custom code may leave errors unhandled, or end the process. An error fails the row that it comes
 * from, where that is known; others are reported once. A run goes on after a rejection, and ends as
 * after SIGTERM after a throw. No exit code says that all is done where it is not.
 */
export function guardProcess(): () => void {
  let hasEnded = false;
  let isLeaving = false;
  let isSaid = false;

  function leave(exitCode: number): void {
    isLeaving = true;
    process.exit(exitCode);
  }

  /** Whether a row took the error; otherwise it was reported. */
  function isKnown(error: unknown): boolean {
    if (!hasRunUserCode()) {
      reportBug(error);
      leave(bugOfOurs);
    }
    if (attributeToUserCode(error)) return true;
    if (!isSaid) say(`Code of your own threw ${shownError(error)}, where nothing waited for it.`);
    isSaid = true;
    return false;
  }

  const stopListening = listenForSignals((name, exitCode) => {
    const rest = hasRunBegun()
      ? "every answer is kept, and the same command goes on"
      : "nothing was sent";
    say(`Stopped by ${name}${hasRunBegun() ? "" : " before the run began"}; ${rest}.`);
    leave(exitCode);
  });
  process.on("unhandledRejection", isKnown);
  process.on("uncaughtException", (error) => {
    if (isKnown(error) || hasEnded) return;
    if (isRunUnderWay()) askToStop("an error in code of your own");
    else leave(nothingSent);
  });
  process.on("exit", (exitCode) => {
    if (hasEnded || isLeaving || exitCode === stoppedAtOnce) return;
    if (!hasRunUserCode()) {
      say("This is a bug of ours, please report it: the command came to no end.");
      process.exitCode = bugOfOurs;
      return;
    }
    const isRunning = isRunUnderWay();
    const rest = isRunning ? "the same command goes on later" : "nothing was sent";
    say(`Code of your own ended the process before the command had come to its end; ${rest}.`);
    process.exitCode = isRunning ? interrupted : nothingSent;
  });
  return () => {
    hasEnded = true;
    stopListening();
  };
}

/**
 * Listens for Ctrl-C and the like while neither a run nor Studio listens for itself.
 *
 * @returns a function that ends it
 */
function listenForSignals(stop: (name: string, exitCode: number) => void): () => void {
  const listeners = stopSignals.map(([signal, exitCode]) => {
    const listener = () => {
      if (process.listenerCount(signal) > 1) return;
      stop(signal === "SIGINT" ? "Ctrl-C" : signal, exitCode);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const off of listeners) off();
  };
}

/** Reports a bug of ours, with all that helps to find it. */
export function reportBug(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`This is a bug of ours, please report it:\n${printable(text)}\n`);
}

function say(text: string): void {
  process.stderr.write(`${printable(oneLine(text, 500))}\n`);
}
