import { open } from "node:fs/promises";
import { join } from "node:path";
import { paceName, type PaceLine } from "../../report-page/read/read-pace.ts";
import type { Outcome } from "../../state/calls/outcome.ts";

/** Notes the pace of a session, for the report: what happened in each second with anything in it. */
export type PaceRecorder = {
  readonly rowEnded: (status: "done" | "failed" | "pending") => void;
  /**
   * A request is over.
   *
   * @param waitedSeconds Between the failure of the request before it and this one, for the same
   *   call.
   */
  readonly sent: (send: { readonly outcome: Outcome; readonly waitedSeconds: number }) => void;
  /** Writes down what is left. */
  readonly close: () => Promise<void>;
};

/** So many seconds are written together. */
const secondsTogether = 60;

/**
 * Opens the recorder of a session. A disk that refuses its file does not stop the run.
 *
 * @param now Milliseconds since 1970.
 */
export function openPaceRecorder(directory: string, now: () => number = Date.now): PaceRecorder {
  const session = new Date(now()).toISOString();
  let lines: PaceLine[] = [];
  // Opened now: what is at that path later may be another run's.
  const opening = open(join(directory, paceName), "a").catch(() => null);
  let writing: Promise<unknown> = opening;

  function flush(): void {
    if (lines.length === 0) return;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    lines = [];
    writing = writing.then(async () => (await opening)?.appendFile(text)).catch(() => undefined);
  }

  function currentLine(): PaceLine {
    const second = Math.floor((now() - Date.parse(session)) / 1000);
    const last = lines.at(-1);
    if (last !== undefined && last.second >= second) return last;
    if (lines.length >= secondsTogether) flush();
    const line: PaceLine = {
      session,
      second,
      rows: 0,
      failed: 0,
      requests: 0,
      rateLimited: 0,
      otherFailures: 0,
      waitedSeconds: 0,
    };
    lines.push(line);
    return line;
  }

  return {
    rowEnded(status) {
      if (status === "done") currentLine().rows += 1;
      else if (status === "failed") currentLine().failed += 1;
    },
    sent({ outcome, waitedSeconds }) {
      const line = currentLine();
      line.requests += 1;
      if (outcome === "rate_limited") line.rateLimited += 1;
      else if (outcome !== "answered") line.otherFailures += 1;
      line.waitedSeconds = Math.round((line.waitedSeconds + waitedSeconds) * 100) / 100;
    },
    async close() {
      flush();
      await writing;
      await (await opening)?.close().catch(() => undefined);
    },
  };
}
