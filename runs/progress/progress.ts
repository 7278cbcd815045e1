import type { Spent } from "../../models/cost/budget.ts";
import type { TokenUsage } from "../../state/calls/call-record.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { createChangingLines } from "./changing-lines.ts";
import {
  fitted,
  progressFigures,
  progressLines,
  progressParts,
  separator,
  type ProgressOutlook,
  type ProgressState,
} from "./progress-parts.ts";

export type { ProgressOutlook } from "./progress-parts.ts";

/**
 * Shows how a run goes: lines that change on a terminal, a plain line now and then elsewhere. No
 * row text.
 */
export type Progress = {
  readonly rows: (counts: Readonly<RowCounts>) => void;
  /**
   * A call is over, with an answer or without; `spent` is the run's so far, where it is known,
   * `tokens` what the call took.
   */
  readonly call: (spent?: Spent, tokens?: TokenUsage | null, isAnswered?: boolean) => void;
  /** Asks for the outlook whenever the lines are shown, until `end`. */
  readonly follow: (outlook: () => ProgressOutlook) => void;
  /** Whether anything but notices is shown. */
  readonly isShown: boolean;
  /**
   * A line that stays. News are progress like the rest; a notice is shown with `quiet` too; code
   * that runs is a notice that is shown once, however many stages run the same code.
   */
  readonly say: (message: string, kind?: "news" | "notice" | "code") => void;
  /** Ends the changing lines, and counts from here again; may be called again. */
  readonly end: () => void;
};

/**
 * How progress is shown: lines that are written over, a plain line now and then, a JSON object a
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

/** What was reported since the beginning. */
type Told = Omit<ProgressState, "outlook" | "soFar" | "seconds"> & {
  readonly outlook: (() => ProgressOutlook) | null;
  /** Of a session that has ended. */
  readonly soFar: ProgressState["soFar"];
  readonly started: number;
};

/** The style that suits a stream: terminals take lines that are written over. */
export function usualProgressStyle(stream: NodeJS.WriteStream): ProgressStyle {
  return stream.isTTY ? "bar" : "lines";
}

/** Progress on a stream, standard error in commands. */
export function createProgress(stream: NodeJS.WriteStream, style: ProgressStyle): Progress {
  const quiet = style === "quiet";
  const everyMs = everyMsOf[style];
  const lines = createChangingLines(stream);
  let told = nothingTold();
  let shown = told.started;
  let timer: NodeJS.Timeout | undefined;
  const shownCode = new Set<string>();

  function show(): void {
    shown = performance.now();
    const state = stateOf(told, shown);
    if (style === "json") stream.write(`${JSON.stringify(progressFigures(state))}\n`);
    else if (style === "lines") {
      const texts = progressParts(state).map(({ text }) => text);
      stream.write(`${printable(texts.join(separator))}\n`);
    } else lines.show((columns) => barLines(state, columns));
  }

  function showNowAndThen(): void {
    if (quiet) return;
    // The lines go on while all calls wait; a process does not stay for their sake.
    timer ??= setInterval(showNowAndThen, everyMs).unref();
    if (performance.now() - shown >= everyMs) show();
  }

  return {
    isShown: !quiet,
    rows(counts) {
      told = { ...told, counts: { ...counts } };
      showNowAndThen();
    },
    call(spent, usage, isAnswered = true) {
      told = {
        ...told,
        calls: told.calls + (isAnswered ? 1 : 0),
        tokens: told.tokens + (usage?.in ?? 0) + (usage?.out ?? 0),
        money: spent ?? told.money,
      };
      if (told.outlook !== null) showNowAndThen();
    },
    follow(outlook) {
      told = { ...told, outlook };
      showNowAndThen();
    },
    say(message, kind = "notice") {
      if (quiet && kind === "news") return;
      if (kind === "code" && shownCode.has(message)) return;
      if (kind === "code") shownCode.add(message);
      lines.clear();
      const text = printable(message);
      const key = kind === "news" ? "news" : "notice";
      stream.write(style === "json" ? `${JSON.stringify({ [key]: text })}\n` : `${text}\n`);
    },
    end() {
      clearInterval(timer);
      timer = undefined;
      // Nothing is before it any more.
      told = { ...told, soFar: told.outlook?.().soFar ?? told.soFar, outlook: null };
      if (told.counts !== null && !quiet) show();
      lines.leave();
      told = nothingTold();
    },
  };
}

function nothingTold(): Told {
  const started = performance.now();
  return {
    counts: null,
    calls: 0,
    tokens: 0,
    money: undefined,
    outlook: null,
    soFar: null,
    started,
  };
}

function stateOf(told: Told, now: number): ProgressState {
  const outlook = told.outlook?.() ?? null;
  const soFar = outlook?.soFar ?? told.soFar;
  return { ...told, outlook, soFar, seconds: (now - told.started) / 1000 };
}

/** The lines that have something to show. */
function barLines(state: ProgressState, columns: number): string[] {
  const parts = progressParts(state);
  return progressLines
    .map((name) => parts.filter(({ line }) => line === name))
    .filter((own) => own.length > 0)
    .map((own) => printable(fitted(own, columns)));
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
