/** A text with a name over it. */
export type NamedText = { readonly name: string; readonly text: string };

/** A call as a sheet shows it. */
export type SheetCall = {
  readonly agent: string;
  readonly part: string;
  /** From 0. */
  readonly turn: number;
  readonly model: string;
  readonly outcome: string;
  readonly text: string;
  readonly thinking?: string;
  readonly finish: string | null;
  /** Tokens as the provider counted them; null if it gave no count. */
  readonly tokens: { readonly in: number; readonly out: number } | null;
  /** Dollars; null if the price or the count is unknown. */
  readonly usd: number | null;
  readonly detail?: string;
  readonly isPromptTruncated?: true;
  /** The answer is that of an earlier call, which paid for it. */
  readonly isShared?: true;
};

/** One reading by one agent, with its own words. */
export type SheetVote = {
  readonly agent: string;
  readonly model: string;
  /** The names of the two responses in the order in which they were shown. */
  readonly shown: readonly [string, string];
  readonly isSwapped: boolean;
  /** The name of the winning response, "tie", or "not readable". */
  readonly outcome: string;
  /** Scores of the two responses, in the order of `shown`. */
  readonly scores: readonly [number, number] | null;
  /** A shown response made it unreadable. */
  readonly isLost: boolean;
  /** The calls behind it, as numbers of `calls`. */
  readonly calls: readonly number[];
};

/** A rung of a row's ladder, in the order of what happened. */
export type SheetStep =
  | {
      readonly kind: "response";
      readonly name: string;
      readonly by: string;
      readonly text: string;
      readonly notes: readonly string[];
      readonly isBest: boolean;
      readonly call: number | null;
    }
  | {
      readonly kind: "review";
      readonly name: string;
      readonly by: string;
      readonly text: string;
      /** Out of 10. */
      readonly score: number | null;
      readonly call: number | null;
    }
  | { readonly kind: "talk"; readonly name: string; readonly by: string; readonly call: number }
  | {
      readonly kind: "verdict";
      readonly name: string;
      readonly outcome: string;
      readonly sides: readonly [string, string];
      readonly scores: readonly [number, number] | null;
      readonly isFlipped: boolean;
      readonly votes: readonly SheetVote[];
      /** What became of it, in sentences. */
      readonly effects: readonly string[];
    };

/** Two responses of which one is preferred. */
export type SheetPair = {
  readonly chosen: NamedText;
  readonly rejected: NamedText;
  readonly scoreMargin: number | null;
  /** Whether it is in `dpo.jsonl`. */
  readonly isKept: boolean;
};

/** All that a report shows of one row. */
export type RowSheet = {
  readonly row: number;
  readonly id: string;
  /** In one line. */
  readonly outcome: string;
  /** Conversation that was answered, a text a message. */
  readonly prompt: readonly NamedText[];
  /** The input's other fields. */
  readonly fields: readonly NamedText[];
  readonly steps: readonly SheetStep[];
  readonly pairs: readonly SheetPair[];
  /** Why the row was kept or dropped, in sentences. */
  readonly reasons: readonly string[];
  readonly calls: readonly SheetCall[];
};

/** Ways in which rows stand out; their places are the bits of `RowEntry.marks`. */
export const rowMarks = [
  "tie",
  "flipped",
  "failed",
  "unreadable",
  "disagrees",
  "small-margin",
  "no-pair",
  "ended-early",
] as const;
export type RowMark = (typeof rowMarks)[number];

/** A row in the list of all rows: what it is searched, filtered and sorted by. */
export type RowEntry = {
  readonly row: number;
  readonly id: string;
  /** The beginning of the last message of the prompt. */
  readonly excerpt: string;
  readonly outcome: string;
  readonly marks: ReadonlySet<RowMark>;
  /** The least difference of two scores that decided something; null without scores. */
  readonly margin: number | null;
  /** The best response's round, or the accepted rewrites. */
  readonly round: number | null;
  readonly tokens: number;
  /** Dollars; null if any part is unknown. */
  readonly usd: number | null;
  /** Short values of the input's own fields, by name. */
  readonly fields: Readonly<Record<string, string>>;
};
