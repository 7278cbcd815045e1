import type { Spent } from "../../models/cost/budget.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { correctedForecast } from "../forecast/corrected-forecast.ts";
import type { Progress } from "../progress/progress.ts";
import { createSessionCounter } from "../progress/session-so-far.ts";
import { createRunningForecast } from "../forecast/running-forecast.ts";
import type { SessionForecast } from "../forecast/session-forecast.ts";
import type { TraceFeedback } from "../tracing/traced-run.ts";
import type { TimedSend } from "./timed-journal.ts";

/**
 * Follows a session for people: counts what is before it, keeps the forecast current, and says once
 * how it was corrected.
 */
export type RunWatch = {
  readonly rowStarted: (row: number) => void;
  /** `bought` is false for an answer that nothing was paid for now. */
  readonly callEnded: (row: number, record: CallRecord, bought: boolean) => void;
  /** A request is over, with an answer or without. */
  readonly sent: (send: TimedSend) => void;
  /** `reason` is that of a failed row; `feedback` holds its verdicts, as traces have them. */
  readonly rowEnded: (
    row: number,
    ended: {
      readonly status: "done" | "failed" | "pending";
      readonly reason?: string | undefined;
      readonly feedback: readonly TraceFeedback[];
    },
  ) => void;
  /** Ends the counting, where it still goes on. */
  readonly stop: () => Promise<void>;
};

export type WatchOptions = {
  readonly progress: Progress;
  readonly concurrency: number;
  readonly budgetUsd?: number | undefined;
  readonly priceOf: PriceOf;
  /** The model of an agent. */
  readonly modelOf: (agent: string) => string | undefined;
  /** Of all sessions, up to now. */
  readonly spent: () => Spent;
  /** Reads the input through, beside the rows; ends when it is stopped. */
  readonly count: (signal: AbortSignal) => Promise<SessionForecast>;
  /** Told of the rows of the run when they are counted. */
  readonly onCounted: (rows: number) => Promise<void>;
};

/** After so many rows the forecast is corrected aloud, once. */
const correctedAfterRows = 50;
/** A shorter session is over before a correction is of any use. */
const fewestRowsToCorrect = 100;

/** Follows a session; does nothing where it isn't shown. */
export function watchRun(options: WatchOptions): RunWatch {
  const { progress, priceOf, modelOf, budgetUsd, spent } = options;
  if (!progress.isShown) return unwatched;
  const running = createRunningForecast(options);
  const counter = createSessionCounter();
  const stopping = new AbortController();
  const began = performance.now();
  const spentBefore = spent();
  let known: SessionForecast | null = null;
  let isCorrected = false;
  const counting = options.count(stopping.signal).then(
    async (counted) => {
      if (stopping.signal.aborted) return;
      known = counted;
      await options.onCounted(counted.rows);
    },
    // An input that can't be read to its end is the run's to complain about.
    () => undefined,
  );

  function current() {
    return known === null ? null : running.outlook(known.forecast.rows);
  }

  progress.follow(() => {
    const outlook = current();
    const elapsed = (performance.now() - began) / 1000;
    const before = known?.forecast.cost.usd ?? 0;
    const usd = spentBefore.usd + (outlook?.usd.value ?? before);
    return {
      rows: known?.rows ?? null,
      inFlight: running.inFlight,
      calls: outlook?.calls.value ?? known?.forecast.calls ?? null,
      usd: usd > 0 ? usd : null,
      secondsLeft: outlook === null ? null : Math.max(0, outlook.seconds.value - elapsed),
      soFar: counter.soFar(),
    };
  });

  function correct(): void {
    if (isCorrected || known === null || known.forecast.rows < fewestRowsToCorrect) return;
    const outlook = current();
    if (outlook === null || outlook.seen < correctedAfterRows) return;
    isCorrected = true;
    const { unknownUsd } = spent();
    const paid = { beforeUsd: spentBefore.usd, unknownUsd };
    const rowsBefore = known.rows - known.forecast.rows;
    progress.say(
      correctedForecast({ outlook, before: known.forecast, rowsBefore, paid, budgetUsd }),
      "news",
    );
  }

  return {
    rowStarted: (row) => running.start(row),
    callEnded(row, record, bought) {
      const { in: input = 0, out = 0 } = record.tokens ?? {};
      const price = bought ? priceOf(record.model, record.agent) : "free";
      const isPriced = price !== null && price !== "free";
      const usd = isPriced ? (input * price.in + out * price.out) / 1_000_000 : 0;
      running.call(row, { tokens: input + out, usd });
    },
    sent({ agent, outcome, seconds }) {
      counter.sent({ model: modelOf(agent) ?? agent, outcome, seconds });
    },
    rowEnded(row, { status, reason, feedback }) {
      running.finish(row, status);
      counter.rowEnded({ reason, feedback });
      correct();
    },
    async stop() {
      stopping.abort();
      await counting;
    },
  };
}

const unwatched: RunWatch = {
  rowStarted: () => undefined,
  callEnded: () => undefined,
  sent: () => undefined,
  rowEnded: () => undefined,
  stop: async () => undefined,
};
