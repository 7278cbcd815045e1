import type { CallRecord } from "../../state/calls/call-record.ts";

/** What a session has come to so far, beyond its rows, calls and money. */
export type SessionSoFar = {
  /** Rows that failed in this session, by reason, the most frequent first. */
  readonly failures: Readonly<Record<string, number>>;
  /**
   * Decided verdicts by the side that won: `a` and `b`, `challenger` and `incumbent`, or `rewrite`
   * and `response`.
   */
  readonly wins: Readonly<Record<string, number>>;
  readonly ties: number;
  /** Verdicts that could not be read. */
  readonly unreadable: number;
  /** Requests that were answered with HTTP status 429. */
  readonly rateLimited: number;
  /** The model whose answers take the longest on average; null before the first answer. */
  readonly slowest: { readonly model: string; readonly seconds: number } | null;
};

export type SessionCounter = {
  /** A request is over; `seconds`: from its way out to its answer. */
  readonly sent: (send: {
    readonly model: string;
    readonly outcome: CallRecord["outcome"];
    readonly seconds: number;
  }) => void;
  /** A row has ended; `reason` is that of a failed one. */
  readonly rowEnded: (row: {
    readonly reason?: string | undefined;
    /** A `winner` for each verdict of the row, as traces have it. */
    readonly feedback: readonly { readonly key: string; readonly value?: string }[];
  }) => void;
  readonly soFar: () => SessionSoFar;
};

/** Counts what the progress shows of a session. */
export function createSessionCounter(): SessionCounter {
  const failures = new Map<string, number>();
  const verdicts = new Map<string, number>();
  const models = new Map<string, { answers: number; seconds: number }>();
  let rateLimited = 0;
  return {
    sent({ model, outcome, seconds }) {
      if (outcome === "rate_limited") rateLimited += 1;
      if (outcome !== "answered") return;
      const known = models.get(model) ?? { answers: 0, seconds: 0 };
      known.answers += 1;
      known.seconds += seconds;
      models.set(model, known);
    },
    rowEnded({ reason, feedback }) {
      if (reason !== undefined) addOne(failures, reason);
      for (const { key, value } of feedback) {
        if (key === "winner" && value !== undefined) addOne(verdicts, value);
      }
    },
    soFar() {
      const { tie: ties = 0, none: unreadable = 0, ...wins } = Object.fromEntries(verdicts);
      const byRows = [...failures].toSorted(([, one], [, other]) => other - one);
      const slowest = slowestOf(models);
      return { failures: Object.fromEntries(byRows), wins, ties, unreadable, rateLimited, slowest };
    },
  };
}

function addOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function slowestOf(
  models: ReadonlyMap<string, { readonly answers: number; readonly seconds: number }>,
): SessionSoFar["slowest"] {
  let slowest: SessionSoFar["slowest"] = null;
  for (const [model, { answers, seconds }] of models) {
    const mean = seconds / answers;
    if (slowest === null || mean > slowest.seconds) slowest = { model, seconds: mean };
  }
  return slowest;
}
