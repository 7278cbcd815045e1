import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship watch DIR [--json]";
export const help = `${usage}

Follows a running run from another terminal: rows, failures by reason, calls and dollars, in one
line that changes; where standard error is no terminal, in a line every ten seconds. It waits up to
five minutes for a run that has not begun. When the run ends, watch prints its status and ends too.
Ctrl-C ends watch alone; the run goes on.

Examples:
  fellowship watch out/loop
  fellowship watch out/loop --json > status.json    # waits for the end of the run

Options:
  --prices FILE        a price table of your own, as the run had it
  --json               the last state as one JSON object on standard output, as status prints it
  --help               this text
`;

const options = { prices: { type: "string" }, json: { type: "boolean" } } as const;

const terminalEveryMs = 1_000;
const plainEveryMs = 10_000;
const usualColumns = 80;
/** A run reads its input and looks for its servers before it begins. */
const waitMs = 5 * 60_000;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const [directory, ...others] = positionals;
  if (directory === undefined) {
    throw new FellowshipError("bad_usage", `DIR is missing.\n${usage}`);
  }
  if (others.length > 0) {
    const given = positionals.join(", ");
    throw new FellowshipError("bad_usage", `expected one DIR, got ${given}.\n${usage}`);
  }
  const { followRun } = await import("../../runs/look/follow-run.ts");
  const { statusText } = await import("../../report/status-text.ts");
  const { watchLine } = await import("../../report/watch-line.ts");
  const { printable } = await import("../../runs/progress/progress.ts");
  const stop = stopOnSignals();
  const line = openLine(process.stderr);
  const onWait = () => {
    const waited = `Waiting for a run to begin in ${directory}, for ${waitMs / 60_000} minutes at most.`;
    process.stderr.write(`${printable(waited)}\n`);
  };
  const { prices } = values;
  const reading = { everyMs: line.everyMs, signal: stop.signal, prices, waitMs, onWait };
  let last;
  for await (const state of followRun(directory, reading)) {
    last = state;
    if (state.phase === "running") line.show(printable(watchLine(state)));
  }
  line.end();
  if (stop.exitCode !== 0) {
    const run = last === undefined ? "no run had begun" : "the run goes on";
    process.stderr.write(`The watching has ended; ${run}.\n`);
    return stop.exitCode;
  }
  if (last === undefined) return 0;
  if (values.json === true) process.stdout.write(`${JSON.stringify(last)}\n`);
  else process.stdout.write(printable(statusText(last)));
  return 0;
}

/** A line that changes on a terminal, and lines one below the other elsewhere. */
function openLine(stream: NodeJS.WriteStream) {
  let isOpen = false;
  return {
    everyMs: stream.isTTY ? terminalEveryMs : plainEveryMs,
    show(text: string): void {
      const columns = (stream.columns || usualColumns) - 1;
      stream.write(stream.isTTY ? `\r\u001B[K${text.slice(0, columns)}` : `${text}\n`);
      isOpen = stream.isTTY;
    },
    end(): void {
      if (isOpen) stream.write("\n");
      isOpen = false;
    },
  };
}

/** Ends the watching on Ctrl-C and the like, which no run hears of. */
function stopOnSignals() {
  const stopping = new AbortController();
  let exitCode = 0;
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(name, () => {
      exitCode = code;
      stopping.abort();
    });
  }
  return {
    signal: stopping.signal,
    get exitCode() {
      return exitCode;
    },
  };
}
