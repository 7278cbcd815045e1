import type { Limits } from "../../models/rate-limit/given-limits.ts";
import { isInProcess } from "../../models/providers/model-spec.ts";
import type { ForecastCall, ForecastStep } from "../../topologies/session/forecast-calls.ts";

/**
 * How fast models are taken to answer: a middling hosted model in 2025, and what a large one on
 * one's own card reaches.
 */
export const assumedPace = { firstTokenSeconds: 1, tokensPerSecond: 50 } as const;

/** Adds up how long rows would take. */
export type ForecastTime = {
  /** A call of a row as often as it is made, with the tokens of one of them. */
  addCalls(call: ForecastCall, times: number, tokens: { in: number; out: number }): void;
  /** A row is counted, with so many answers one after another. */
  addRow(answers: number): void;
  /** The whole run, and what decides it, in words, where that is a limit. */
  total(): { readonly seconds: number; readonly boundBy: string | null };
};

/** Requests, tokens and seconds of the calls that a limit is over. */
type Load = { readonly limits: Limits; requests: number; tokens: number; seconds: number };

export type ForecastTimeOptions = {
  readonly steps: readonly ForecastStep[];
  /** Tokens that a call brings back. */
  readonly writtenBy: (call: ForecastCall) => number;
  /** Rows in flight. */
  readonly concurrency: number;
  readonly limits: Readonly<Record<string, Limits>>;
};

/**
 * Forecasts the time of a run: the rows in flight share the work out among them, a row takes its
 * steps one after another, and a step as long as the slowest of its calls. Where that would be
 * faster than `limits:` allow, these decide.
 */
export function createForecastTime(options: ForecastTimeOptions): ForecastTime {
  const { steps, writtenBy, concurrency } = options;
  const secondsOf = (call: ForecastCall) =>
    isInProcess(call.model) ? 0 : answerSeconds(writtenBy(call));
  const stepSeconds = ({ calls, times }: ForecastStep) =>
    times * Math.max(0, ...calls.map(secondsOf));
  const depthSeconds = steps.reduce((sum, step) => sum + stepSeconds(step), 0);
  const loads = Object.entries(options.limits).map(([name, limits]): [string, Load] => [
    name,
    { limits, requests: 0, tokens: 0, seconds: 0 },
  ]);
  let rows = 0;
  let seconds = 0;
  let longest = 0;

  return {
    addCalls(call, times, tokens) {
      for (const [name, load] of loads) {
        if (call.model !== name && !call.model.startsWith(`${name}:`)) continue;
        load.requests += times;
        load.tokens += times * (tokens.in + tokens.out);
        load.seconds += times * secondsOf(call);
      }
    },
    addRow(answers) {
      rows += 1;
      seconds += answers * depthSeconds;
      longest = Math.max(longest, answers * depthSeconds);
    },
    total() {
      const shared = rows === 0 ? 0 : seconds / Math.min(rows, concurrency);
      let total = { seconds: Math.max(longest, shared), boundBy: null as string | null };
      for (const [name, load] of loads) {
        for (const [key, needed] of Object.entries(neededSeconds(load))) {
          if (needed > total.seconds) total = { seconds: needed, boundBy: `${key} of ${name}` };
        }
      }
      return total;
    },
  };
}

function answerSeconds(tokens: number): number {
  return assumedPace.firstTokenSeconds + tokens / assumedPace.tokensPerSecond;
}

/** The time that each limit by itself would allow. */
function neededSeconds({ limits, requests, tokens, seconds }: Load): Record<keyof Limits, number> {
  const {
    requestsPerMinute = Infinity,
    tokensPerMinute = Infinity,
    concurrency = Infinity,
  } = limits;
  return {
    requestsPerMinute: (60 * requests) / requestsPerMinute,
    tokensPerMinute: (60 * tokens) / tokensPerMinute,
    concurrency: seconds / concurrency,
  };
}
