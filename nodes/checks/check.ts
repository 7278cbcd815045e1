import type { Failure } from "../../state/calls/failure.ts";
import type { Message } from "../../state/message.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";

/** The row that a response belongs to, as far as a check may use it. */
export type CheckContext = {
  readonly row: RowAddress;
  /** The conversation before the response. */
  readonly prompt: readonly Message[];
  /** The row's reference answer; null where it has none. */
  readonly reference: string | null;
};

/** How far a response passes, from 0 (not at all) to 1; or why the check can't tell. */
export type CheckResult = { readonly share: number } | { readonly failure: Failure };

/** Looks at one response. It never throws: what it can't tell, its result says. */
export type CheckResponse = (
  text: string,
  context: CheckContext,
) => CheckResult | Promise<CheckResult>;

/** A check of a response by code, with its weight. */
export type Check = {
  /** The name of its votes; unique among the checks of an evaluator. */
  readonly name: string;
  /** Above 0. */
  readonly weight: number;
  readonly check: CheckResponse;
};

/** A check that a response either passes or does not. */
export function passes(test: (text: string) => boolean): CheckResponse {
  return (text) => ({ share: test(text) ? 1 : 0 });
}
