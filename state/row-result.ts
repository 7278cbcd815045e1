import type { CallRecord } from "./calls/call-record.ts";
import type { Comparison } from "./evaluation/comparison.ts";
import type { EvolvedAnswer } from "./generation/evolved-answer.ts";
import type { Failure } from "./calls/failure.ts";
import type { JuryCalibrations } from "./evaluation/jury-calibration.ts";
import type { Message } from "./message.ts";
import type { Response, Review } from "./response.ts";
import type { Verdict, Winner } from "./verdict.ts";

/** The result of a row, whatever its graph. */
export type RowResult = {
  readonly id: string;
  /** The row as it was given. */
  readonly input: unknown;
  readonly transcript: readonly CallRecord[];
  readonly failure?: Failure | undefined;
  /**
   * What the run had learned of the steps of its cascades when it judged the row, by cascade: of
   * each step the margin up to which it takes rows, or why there is none; null where nothing was
   * learned yet.
   */
  readonly learned?: Readonly<Record<string, readonly (number | "every" | "refused" | null)[]>>;
  /** What the run knew of its calibrated juries when it judged the row, by jury. */
  readonly juries?: JuryCalibrations | undefined;
};

/** A row of a generator topology. */
export type GenerationResult = RowResult & {
  readonly prompt: readonly Message[];
  readonly responses: readonly Response[];
  readonly reviews: readonly Review[];
  readonly comparisons: readonly Comparison[];
  /** Index into `responses`. */
  readonly best: number;
  readonly endedEarly?: Failure | undefined;
  /**
   * The writer of the responses that name none, where the first call of the transcript isn't its.
   */
  readonly generator?: string | undefined;
  /** The most responses that the row could have, in a loop with `stopWhenNoGain`. */
  readonly roundLimit?: number | undefined;
};

/** A row of an evaluator topology. */
export type EvaluationResult = RowResult & {
  readonly verdict: Verdict | null;
  readonly label?: Exclude<Winner, "none"> | undefined;
  readonly labels?: Readonly<Record<string, Exclude<Winner, "none">>> | undefined;
  /** Where the row goes to people: what they said, or that none has yet. */
  readonly person?:
    | { readonly waits: true }
    | { readonly labels: Readonly<Record<string, Exclude<Winner, "none">>> }
    | undefined;
  /** A short name of the prompt: rows with one name are no independent evidence. */
  readonly prompt?: string | undefined;
  /** Lengths in characters and models of the two responses, for the measures of bias. */
  readonly candidates?:
    | Readonly<Record<"a" | "b", { readonly length: number; readonly model: string | null }>>
    | undefined;
};

/** A row of instruction data whose answers were improved in place. */
export type EvolutionResult = RowResult & {
  /** Null where the row could not be used. */
  readonly shape: "alpaca" | "sharegpt" | "messages" | null;
  /** With the improved answers in it. */
  readonly conversation: readonly Message[];
  /** Those that were taken up, in order. */
  readonly answers: readonly EvolvedAnswer[];
};

/** Rows of a run by how they ended. */
export type RowCounts = { rows: number; done: number; failed: number; pending: number };
