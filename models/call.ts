import type { Message } from "../state/message.ts";
import type { RowAddress } from "../state/calls/row-address.ts";

/** The form of a text without headings: for simulated models, which can't read a prompt. */
export type TextForm = "response" | "rewrite" | "suggestions" | "argument";

/**
 * The form of answer that the caller will read; for simulated models, which can't read a prompt.
 */
export type Expectation =
  /** Without a form it is the usual one of the agent's role. */
  | { readonly kind: "text"; readonly form?: TextForm | undefined }
  | { readonly kind: "review" }
  | { readonly kind: "scores"; readonly scale: number }
  | { readonly kind: "score"; readonly scale: number }
  | { readonly kind: "choice" }
  /** Which of two is better, or neither, on the first line; then the reasons. */
  | { readonly kind: "compare" }
  /** The reward of the last message, a number on any scale and no more. */
  | { readonly kind: "reward" };

/** Whether the answer becomes training data as it is. */
export function isTrainingText(expects: Expectation): boolean {
  if (expects.kind !== "text") return false;
  return expects.form === undefined || ["response", "rewrite"].includes(expects.form);
}

/**
 * The address of a call: row, agent, part and turn name it once and for all (contract section 6).
 */
export type CallAddress = {
  readonly row: RowAddress;
  readonly agent: string;
  readonly part: string;
  readonly turn: number;
};

/** One question to a model. */
export type Call = {
  readonly address: CallAddress;
  /** The agent's role (`nodes/roles.ts`), for traces. */
  readonly role: string;
  readonly expects: Expectation;
  readonly messages: readonly Message[];
};
