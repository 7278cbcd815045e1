import { shownUsd, type Spent } from "../../models/cost/budget.ts";
import { counted } from "../../state/counted.ts";
import type { RowCounts } from "../../state/row-result.ts";
import {
  roughUsd,
  shortDuration,
  formatCount,
  formatSeconds,
  formatTokens,
} from "./format-figures.ts";
import type { SessionSoFar } from "./session-so-far.ts";

/** What is known of the rest of a run, null where nothing is. */
export type ProgressOutlook = {
  /** Rows of the whole run. */
  readonly rows: number | null;
  readonly inFlight: number;
  /** Calls that this session will have had answered. */
  readonly calls?: number | null;
  /** What it will have cost. */
  readonly usd: number | null;
  readonly secondsLeft: number | null;
  /** What this session has come to, where it is followed. */
  readonly soFar?: SessionSoFar | null;
};

/** All that is shown of a run at one moment. */
export type ProgressState = {
  readonly counts: Readonly<RowCounts> | null;
  /** Calls that were answered. */
  readonly calls: number;
  readonly tokens: number;
  readonly money: Spent | undefined;
  readonly outlook: ProgressOutlook | null;
  readonly soFar: SessionSoFar | null;
  readonly seconds: number;
};

/**
 * A piece of a line; where the line is too long the pieces of the highest number are left out first,
 * those of 0 never. On a terminal each of `progressLines` is a line.
 */
export type Part = {
  readonly text: string;
  readonly spare: number;
  readonly line: (typeof progressLines)[number];
};

/** The most important line first. */
export const progressLines = ["rows", "calls", "failures", "verdicts", "servers"] as const;

export const separator = " · ";

/** The pieces in the order in which they stand in one line. */
export function progressParts(state: ProgressState): Part[] {
  const { counts, calls, tokens, money, outlook, soFar, seconds } = state;
  const rate = seconds > 0 ? (calls / seconds).toFixed(calls / seconds < 10 ? 1 : 0) : "0";
  const left = outlook?.secondsLeft ?? null;
  return [
    { text: rowsSoFar(counts, outlook), spare: 0, line: "rows" },
    ...(outlook === null ? [] : [part("rows", 5, `${outlook.inFlight} in flight`)]),
    { text: callsSoFar(calls, outlook?.calls ?? null), spare: 4, line: "calls" },
    ...(tokens === 0 ? [] : [part("calls", 8, `${formatTokens(tokens)} tokens`)]),
    ...moneyParts(money, outlook?.usd ?? null),
    part("calls", 6, `${rate} calls/s`),
    ...resultParts(counts, soFar),
    ...serverParts(soFar),
    part("rows", 7, shortDuration(seconds)),
    ...(left === null ? [] : [part("rows", 2, `about ${shortDuration(left)} left`)]),
  ];
}

function part(line: Part["line"], spare: number, text: string): Part {
  return { text, spare, line };
}

function rowsSoFar(counts: Readonly<RowCounts> | null, outlook: ProgressOutlook | null): string {
  const { done, failed } = counts ?? { done: 0, failed: 0 };
  const all = outlook?.rows == null ? "" : ` of ${formatCount(outlook.rows)}`;
  return `rows ${formatCount(done)}${all} done, ${formatCount(failed)} failed`;
}

/** The forecast is never below what is there already. */
function callsSoFar(calls: number, forecast: number | null): string {
  if (forecast === null || Math.round(forecast) <= calls) {
    return `${counted(calls, "call")} answered`;
  }
  return `${formatCount(calls)} of about ${formatCount(forecast)} calls answered`;
}

function moneyParts(spent: Spent | undefined, forecastUsd: number | null): Part[] {
  if (spent === undefined || spent.usd + spent.unknownUsd === 0) return [];
  const unknown = spent.unknownUsd === 0 ? "" : ` and up to ${shownUsd(spent.unknownUsd)} more`;
  const isMore = forecastUsd !== null && forecastUsd > spent.usd;
  return [
    part("calls", 1, `${shownUsd(spent.usd)}${unknown}`),
    ...(!isMore ? [] : [part("calls", 3, `about ${roughUsd(forecastUsd)} in all`)]),
  ];
}

/** Failures by reason, and verdicts by their result. */
function resultParts(counts: Readonly<RowCounts> | null, soFar: SessionSoFar | null): Part[] {
  if (soFar === null) return [];
  const { failures, wins, ties, unreadable } = soFar;
  const reasons = Object.entries(failures).map(
    ([reason, rows]) => `${formatCount(rows)} ${reason}`,
  );
  const known = Object.values(failures).reduce((sum, rows) => sum + rows, 0);
  const before = (counts?.failed ?? 0) - known;
  if (reasons.length > 0 && before > 0) reasons.push(`${formatCount(before)} before this session`);
  const won = Object.entries(wins)
    .toSorted(([one], [other]) => one.localeCompare(other, "en"))
    .map(([side, verdicts]) => `${side} ${formatCount(verdicts)}`);
  return [
    ...(reasons.length === 0 ? [] : [part("failures", 2, `failed: ${reasons.join(", ")}`)]),
    ...(won.length === 0 ? [] : [part("verdicts", 3, `wins: ${won.join(", ")}`)]),
    ...(ties === 0 ? [] : [part("verdicts", 3, counted(ties, "tie"))]),
    ...(unreadable === 0 ? [] : [part("verdicts", 2, `${formatCount(unreadable)} unreadable`)]),
  ];
}

/** What the servers are like: their limits, and the one that answers last. */
function serverParts(soFar: SessionSoFar | null): Part[] {
  if (soFar === null) return [];
  const { rateLimited, slowest } = soFar;
  return [
    ...(rateLimited === 0 ? [] : [part("servers", 2, `${formatCount(rateLimited)} times 429`)]),
    ...(slowest === null
      ? []
      : [
          part("servers", 5, `slowest: ${slowest.model}, ${formatSeconds(slowest.seconds)} a call`),
        ]),
  ];
}

/** A line of `--progress json`; null is what is not known. Seconds are whole. */
export function progressFigures(state: ProgressState) {
  const { counts, calls, tokens, money, outlook, soFar, seconds } = state;
  const { rows = null, inFlight = 0, usd: forecastUsd = null, secondsLeft = null } = outlook ?? {};
  const slowest = soFar?.slowest ?? null;
  return {
    progress: {
      rows,
      done: counts?.done ?? 0,
      failed: counts?.failed ?? 0,
      failures: soFar?.failures ?? {},
      inFlight,
      calls,
      forecastCalls: outlook?.calls == null ? null : Math.round(outlook.calls),
      tokens,
      usd: money?.usd ?? null,
      unknownUsd: money?.unknownUsd ?? null,
      forecastUsd,
      wins: soFar?.wins ?? {},
      ties: soFar?.ties ?? 0,
      unreadable: soFar?.unreadable ?? 0,
      rateLimited: soFar?.rateLimited ?? 0,
      slowestModel:
        slowest === null ? null : { ...slowest, seconds: Number(slowest.seconds.toFixed(3)) },
      seconds: Math.round(seconds),
      secondsLeft: secondsLeft === null ? null : Math.round(secondsLeft),
    },
  };
}

/** As many of the pieces as there is room for in a line of so many columns. */
export function fitted(parts: readonly Part[], columns: number): string {
  const line = parts.map(({ text }) => text).join(separator);
  if (line.length <= columns) return line;
  const last = Math.max(...parts.map(({ spare }) => spare));
  const others = parts.filter(({ spare }) => spare !== last);
  // Of the last kind as many as there is room for; one alone is cut.
  if (last === 0 || others.length === 0) return line.slice(0, columns);
  return fitted(others, columns);
}
