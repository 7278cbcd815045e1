import { shownUsd, type Spent } from "../../models/cost/budget.ts";
import type { TokenUsage } from "../../state/calls/call-record.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { roughUsd, shortDuration, formatCount, formatTokens } from "./format-figures.ts";

/** What is known of the rest of a run, null where nothing is. */
export type ProgressOutlook = {
  /** Rows of the whole run. */
  readonly rows: number | null;
  readonly inFlight: number;
  /** What it will have cost. */
  readonly usd: number | null;
  readonly secondsLeft: number | null;
};

/**
 * Tells people how a run goes: one line that changes on a terminal, a plain line now and then
 * elsewhere. No row text.
 */
export type Progress = {
  readonly rows: (counts: Readonly<RowCounts>) => void;
  /**
   * A call is over, with an answer or without; `spent` is the run's so far, where it is known,
   * `tokens` what the call took.
   */
  readonly call: (spent?: Spent, tokens?: TokenUsage | null, isAnswered?: boolean) => void;
  /** Asks for the outlook whenever the line is shown, until `end`. */
  readonly follow: (outlook: () => ProgressOutlook) => void;
  /** Whether anybody is told anything but notices. */
  readonly isShown: boolean;
  /** A line that stays. News are progress like the rest; a notice is shown with `quiet` too. */
  readonly say: (message: string, kind?: "news" | "notice") => void;
  /** Ends the changing line, and counts anew from here; may be called again. */
  readonly end: () => void;
};

/**
 * How progress is shown: a line that is written over, a plain line now and then, a JSON object a
 * line, or not at all.
 */
export const progressStyles = ["bar", "lines", "json", "quiet"] as const;
export type ProgressStyle = (typeof progressStyles)[number];

const everyMsOf: Readonly<Record<ProgressStyle, number>> = {
  bar: 200,
  lines: 10_000,
  json: 1000,
  quiet: Infinity,
};
/** Where a terminal does not tell its width. */
const usualColumns = 80;

/** All that the line tells of a run. */
type Told = {
  counts: Readonly<RowCounts> | null;
  /** Calls that were answered. */
  calls: number;
  tokens: number;
  money: Spent | undefined;
  outlook: (() => ProgressOutlook) | null;
  readonly started: number;
};

/** The style that suits a stream: terminals take a line that is written over. */
export function usualProgressStyle(stream: NodeJS.WriteStream): ProgressStyle {
  return stream.isTTY ? "bar" : "lines";
}

/** Progress on a stream, standard error in commands. */
export function createProgress(stream: NodeJS.WriteStream, style: ProgressStyle): Progress {
  const quiet = style === "quiet";
  const everyMs = everyMsOf[style];
  let told = nothingTold();
  let shown = told.started;
  let open = false;
  let timer: NodeJS.Timeout | undefined;

  function show(): void {
    shown = performance.now();
    const seconds = (shown - told.started) / 1000;
    if (style === "json") {
      stream.write(`${JSON.stringify(progressFigures(told, seconds))}\n`);
      return;
    }
    const parts = progressParts(told, seconds);
    if (style === "lines") stream.write(`${parts.map(({ text }) => text).join(separator)}\n`);
    else {
      // A line as wide as the terminal would wrap on some, and could not be written over.
      stream.write(`\r\u001B[K${fitted(parts, (stream.columns || usualColumns) - 1)}`);
      open = true;
    }
  }

  function showNowAndThen(): void {
    if (quiet) return;
    // The line goes on while all calls wait; a process does not stay for its sake.
    timer ??= setInterval(showNowAndThen, everyMs).unref();
    if (performance.now() - shown >= everyMs) show();
  }

  return {
    isShown: !quiet,
    rows(counts) {
      told.counts = { ...counts };
      showNowAndThen();
    },
    call(spent, tokens, isAnswered = true) {
      if (isAnswered) told.calls += 1;
      told.tokens += (tokens?.in ?? 0) + (tokens?.out ?? 0);
      told.money = spent ?? told.money;
      if (told.outlook !== null) showNowAndThen();
    },
    follow(outlook) {
      told.outlook = outlook;
      showNowAndThen();
    },
    say(message, kind = "notice") {
      if (quiet && kind === "news") return;
      if (open) stream.write("\r\u001B[K");
      open = false;
      const text = printable(message);
      stream.write(style === "json" ? `${JSON.stringify({ [kind]: text })}\n` : `${text}\n`);
    },
    end() {
      clearInterval(timer);
      timer = undefined;
      // Nothing is before it any more.
      told.outlook = null;
      if (told.counts !== null && !quiet) show();
      if (open) stream.write("\n");
      open = false;
      told = nothingTold();
    },
  };
}

function nothingTold(): Told {
  const started = performance.now();
  return { counts: null, calls: 0, tokens: 0, money: undefined, outlook: null, started };
}

/** A line of `--progress json`; null is what is not known. Seconds are whole. */
function progressFigures({ counts, calls, tokens, money, outlook }: Told, seconds: number) {
  const {
    rows = null,
    inFlight = 0,
    usd: forecastUsd = null,
    secondsLeft = null,
  } = outlook?.() ?? {};
  return {
    progress: {
      rows,
      done: counts?.done ?? 0,
      failed: counts?.failed ?? 0,
      inFlight,
      calls,
      tokens,
      usd: money?.usd ?? null,
      unknownUsd: money?.unknownUsd ?? null,
      forecastUsd,
      seconds: Math.round(seconds),
      secondsLeft: secondsLeft === null ? null : Math.round(secondsLeft),
    },
  };
}

const separator = " · ";

/**
 * A piece of the line; where it is too long the pieces of the highest number are left out first,
 * those of 0 never.
 */
type Part = { readonly text: string; readonly spare: number };

function progressParts(told: Told, seconds: number): Part[] {
  const { counts, calls, tokens } = told;
  const outlook = told.outlook?.() ?? null;
  const rate = seconds > 0 ? (calls / seconds).toFixed(calls / seconds < 10 ? 1 : 0) : "0";
  const left = outlook?.secondsLeft ?? null;
  return [
    { text: rowsSoFar(counts, outlook), spare: 0 },
    ...(outlook === null ? [] : [{ text: `${outlook.inFlight} in flight`, spare: 5 }]),
    { text: `${formatCount(calls)} calls answered`, spare: 4 },
    ...(tokens === 0 ? [] : [{ text: `${formatTokens(tokens)} tokens`, spare: 8 }]),
    ...moneySoFar(told.money, outlook?.usd ?? null),
    { text: `${rate} calls/s`, spare: 6 },
    { text: shortDuration(seconds), spare: 7 },
    ...(left === null ? [] : [{ text: `about ${shortDuration(left)} left`, spare: 2 }]),
  ];
}

function rowsSoFar(counts: Readonly<RowCounts> | null, outlook: ProgressOutlook | null): string {
  const { done, failed } = counts ?? { done: 0, failed: 0 };
  const all = outlook?.rows == null ? "" : ` of ${formatCount(outlook.rows)}`;
  return `rows ${formatCount(done)}${all} done, ${formatCount(failed)} failed`;
}

function moneySoFar(spent: Spent | undefined, forecastUsd: number | null): Part[] {
  if (spent === undefined || spent.usd + spent.unknownUsd === 0) return [];
  const unknown = spent.unknownUsd === 0 ? "" : ` and up to ${shownUsd(spent.unknownUsd)} more`;
  const parts = [{ text: `${shownUsd(spent.usd)}${unknown}`, spare: 1 }];
  if (forecastUsd !== null) parts.push({ text: `about ${roughUsd(forecastUsd)} in all`, spare: 3 });
  return parts;
}

/** As many of the pieces as stand in a line of so many columns. */
function fitted(parts: readonly Part[], columns: number): string {
  const line = parts.map(({ text }) => text).join(separator);
  if (line.length <= columns) return line;
  const last = Math.max(...parts.map(({ spare }) => spare));
  if (last === 0) return line.slice(0, columns);
  return fitted(
    parts.filter(({ spare }) => spare !== last),
    columns,
  );
}

/**
 * A message may quote what a row or a server said: no control character of theirs reaches the
 * terminal.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g,
    "\uFFFD",
  );
}
