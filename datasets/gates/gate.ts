import type { Message } from "../../state/message.ts";

/** What is known of a verdict that put one response over another. */
export type PairEvidence = {
  /** On the evaluator's own scale. */
  readonly scores?: readonly [chosen: number, rejected: number] | undefined;
  /** The share of the readable votes that named the chosen response, from 0 to 1. */
  readonly agreement?: number | undefined;
  /** Whether the two orders named different sides; absent where one order was asked. */
  readonly flipped?: boolean | undefined;
  /** How sure a calibrated jury was, from 0 to 1. */
  readonly confidence?: number | undefined;
};

/** A line of training data before it is written: a pair of responses, or a single one. */
export type Candidate = {
  /** 1-based place of its row in the input. */
  readonly row: number;
  readonly prompt: readonly Message[];
  /** The chosen response first, or the only one. */
  readonly responses: readonly [string, string?];
  /** Of a pair; absent where no verdict says which of the two is better. */
  readonly evidence?: PairEvidence | undefined;
  /** People's verdict on a pair, where its row carries one. */
  readonly label?: "chosen" | "rejected" | "tie" | undefined;
};

/** Says in a sentence why a candidate is dropped; undefined lets it pass. */
export type Check = (candidate: Candidate) => string | undefined;

/**
 * Reads the value of a gate (`margin=1`), and gives checks for one data file after another.
 *
 * @throws FellowshipError `bad_usage` for a bad value, `bad_input` for a file that can't be read
 */
export type OpenGate = (value: string | undefined) => Promise<() => Check>;

/** A pair's two responses; undefined for a single one. */
export function pairIn({ responses }: Candidate): readonly [string, string] | undefined {
  const [chosen, rejected] = responses;
  return rejected === undefined ? undefined : [chosen, rejected];
}

export function textsIn({ responses }: Candidate): string[] {
  return responses.filter((text) => text !== undefined);
}
