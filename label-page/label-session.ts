import type { ShownPair } from "./shown-pair.ts";

/** The answers that a person can give to a pair as it is shown, or `skip`. */
export const shownAnswers = ["a", "b", "tie", "skip"] as const;
export type ShownAnswer = (typeof shownAnswers)[number];

/** What the page shows. */
export type LabelState = {
  readonly person: string;
  /** Null where the person has judged every pair. */
  readonly pair: ShownPair | null;
  readonly progress: {
    readonly judged: number;
    readonly skipped: number;
    readonly pairs: number;
    /** Pairs that have a label. */
    readonly labelled: number;
  };
  /** How well people agree with each other, in a sentence. */
  readonly agreement: string;
  /** What is special about this pair or this moment; empty for none. */
  readonly note: string;
  readonly canUndo: boolean;
};

/** The judging of one person, that the page talks to. */
export type LabelSession = {
  readonly state: () => Promise<LabelState>;
  /**
   * Takes an answer, which is stored when this resolves. An answer to another pair than the one
   * that is shown, from a page that was left open, is not taken.
   */
  readonly answer: (pair: number, answer: ShownAnswer) => Promise<LabelState>;
  /** Takes the last answer back and shows its pair again. */
  readonly undo: () => Promise<LabelState>;
};
