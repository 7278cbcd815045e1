import {
  emptySample,
  estimateMean,
  estimateTotal,
  withValue,
  type Sample,
} from "../../statistics/estimates/estimate-total.ts";
import type { Estimate } from "../../statistics/estimates/interval.ts";

/** What a row takes: calls, tokens of them in and out together, dollars that are paid for it. */
const figures = ["calls", "tokens", "usd"] as const;
type Figure = (typeof figures)[number];

/** What a session will have taken when its last row is done, by the rows that are. */
export type Outlook = {
  /** Rows that it is estimated from. */
  readonly seen: number;
  /** Rows of the session. */
  readonly rows: number;
  /** From its first row to its last. */
  readonly seconds: Estimate;
  readonly secondsLeft: number;
} & Readonly<Record<Figure, Estimate>>;

/** Estimates the totals of a session from its finished rows. */
export type RunningForecast = {
  start(row: number): void;
  /** A call of a row in flight is over; `usd`: what was paid for it now. */
  call(row: number, took: { readonly tokens: number; readonly usd: number }): void;
  /** A row is done, or failed; pending rows are not part of the sample. */
  finish(row: number, status: "done" | "failed" | "pending"): void;
  /** What a session of so many rows will come to; null while too few are done to say. */
  outlook(rows: number): Outlook | null;
  readonly inFlight: number;
};

export type RunningForecastOptions = {
  /** Rows in flight at most. */
  readonly concurrency: number;
  /** Milliseconds from any beginning. */
  readonly now?: () => number;
};

/** Fewer rows than this are too few to estimate their spread. */
const fewestRows = 10;

/**
 * Estimates totals from finished rows, in the order in which they were begun: a row counts once all
 * before it have ended. In the order of their ends the short rows would come first, and with many
 * in flight the first estimates would lie below the truth by more than their intervals admit. The
 * time is that of late rows, times those that are left: a run is slow at first, and providers have
 * hours.
 */
export function createRunningForecast(options: RunningForecastOptions): RunningForecast {
  const { concurrency, now = () => performance.now() } = options;
  const rows = new Map<number, RowTook>();
  const pace = createPace(Math.max(25, Math.ceil(concurrency / 2)));
  let samples: Samples = { calls: emptySample, tokens: emptySample, usd: emptySample };
  let began: number | null = null;
  let inFlight = 0;
  let ended = 0;

  function countIn(): void {
    // One that hangs does not hold up the others for ever.
    const mayWait = rows.size <= 8 * concurrency + 64;
    for (const [row, took] of rows) {
      if (took.ended !== null) {
        rows.delete(row);
        if (took.ended.status !== "pending") {
          samples = withRow(samples, took);
          pace.add((took.ended.at - took.began) / 1000);
        }
      } else if (mayWait) return;
    }
  }

  /**
   * Seconds from now. The rows in flight share what is left, less what they have done of it
   * already; at the end some of them are idle, until the last one ends.
   */
  function secondsLeft(rowsInAll: number): Estimate {
    const left = rowsInAll - ended;
    const flown = [...rows.values()].filter((took) => took.ended === null);
    const ages = flown.map((took) => (now() - took.began) / 1000);
    const shared = Math.max(1, Math.min(concurrency, left));
    const { value, low, high } = pace.mean();
    const tail = (1 - 1 / shared) * Math.max(0, pace.longest() - pace.meanResidual());
    const leftAt = (seconds: number) =>
      Math.max(0, left * seconds - sum(ages.map((age) => Math.min(age, seconds)))) / shared + tail;
    return { value: leftAt(value), low: leftAt(low), high: leftAt(high) };
  }

  return {
    start(row) {
      began ??= now();
      rows.set(row, { began: now(), ended: null, calls: 0, tokens: 0, usd: 0 });
      inFlight += 1;
    },
    call(row, { tokens, usd }) {
      const took = rows.get(row);
      if (took === undefined) return;
      took.calls += 1;
      took.tokens += tokens;
      took.usd += usd;
    },
    finish(row, status) {
      const took = rows.get(row);
      if (took === undefined) return;
      took.ended = { status, at: now() };
      inFlight -= 1;
      ended += 1;
      countIn();
    },
    outlook(rowsInAll) {
      const seen = samples.calls.n;
      if (seen < fewestRows || rowsInAll < seen) return null;
      const total = (figure: Figure) => estimateTotal(samples[figure], rowsInAll);
      const [calls, tokens, usd] = [total("calls"), total("tokens"), total("usd")];
      const { value, low, high } = secondsLeft(rowsInAll);
      const so = (now() - (began ?? now())) / 1000;
      const seconds = { value: so + value, low: so + low, high: so + high };
      return { seen, rows: rowsInAll, calls, tokens, usd, seconds, secondsLeft: value };
    },
    get inFlight() {
      return inFlight;
    },
  };
}

type RowTook = Record<Figure, number> & {
  readonly began: number;
  ended: { readonly status: "done" | "failed" | "pending"; readonly at: number } | null;
};

type Samples = Readonly<Record<Figure, Sample>>;

function withRow(samples: Samples, took: RowTook): Samples {
  const entries = figures.map((figure) => [figure, withValue(samples[figure], took[figure])]);
  return Object.fromEntries(entries) as Samples;
}

/** How long the latest rows took. */
function createPace(mostRows: number) {
  const latest: number[] = [];
  let next = 0;
  return {
    add(seconds: number): void {
      latest[next % mostRows] = seconds;
      next += 1;
    },
    mean: (): Estimate => estimateMean(latest.reduce(withValue, emptySample)),
    longest: (): number => latest.reduce((longest, one) => Math.max(longest, one), 0),
    /**
     * What a row has before it still, on average, at a moment chosen at random: the mean residual
     * life of renewal theory.
     */
    meanResidual(): number {
      const total = sum(latest);
      return total === 0 ? 0 : sum(latest.map((one) => one * one)) / (2 * total);
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
