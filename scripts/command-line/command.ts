import { printable } from "../../runs/progress/progress.ts";
import { isFellowshipError, type ErrorCode } from "../../state/fellowship-error.ts";
import { guardProcess, reportBug } from "./process-errors.ts";

/** Exit codes of contract section 1, by what was thrown. */
const exitCodes: Readonly<Record<ErrorCode, number>> = {
  bad_usage: 2,
  bad_input: 2,
  directory_differs: 2,
  directory_in_use: 5,
  storage_failed: 6,
  journal_damaged: 7,
  service_failed: 8,
};

/**
 * Runs a command: what it throws becomes a message and an exit code. A mistake of the user's never
 * shows a stack; a bug of ours always does.
 *
 * @param main Gives the exit code.
 */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  // A reader that closes the pipe early (`| head`), or a terminal that is gone, must not cost rows.
  process.stdout.on("error", ignoreNoReader);
  process.stderr.on("error", ignoreNoReader);
  const commandEnded = guardProcess();
  try {
    process.exitCode = await main();
  } catch (error) {
    if (isFellowshipError(error)) {
      process.stderr.write(`${printable(error.message)}\n`);
      process.exitCode = exitCodes[error.code];
      return;
    }
    reportBug(error);
    process.exitCode = 70;
  } finally {
    commandEnded();
  }
}

function ignoreNoReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
}
