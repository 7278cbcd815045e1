import * as z from "zod";

const nodeFailures = ["node_failed", "bad_node"] as const;
/**
 * Why a custom node failed: it threw or did not return, or its update is not valid.
 */
export type NodeFailure = (typeof nodeFailures)[number];

/** True for the words of a failed custom node, whatever they explain. */
export function isNodeFailure(reason: string): reason is NodeFailure {
  return (nodeFailures as readonly string[]).includes(reason);
}

/**
 * How a call ended, in a fixed set of words.
 *
 * - `answered`: a whole answer with an ordinary end; the only outcome whose text is used
 * - `cut_at_length`, `filtered`, `refused`, `empty`: an answer came and can't be used
 * - `bad_response`: the server said 200 and sent something that is no answer
 * - `context_overflow`, `invalid_request`: the provider won't take this request
 * - `timed_out`, `rate_limited`, `provider_error`: no answer within the policy's patience
 * - `not_recorded`: a replay whose cassette lacks this call
 * - `node_failed`, `bad_node`: a custom node threw or did not return, or its update is not valid
 * - `provider_refused` (key, account or model), `over_budget`, `interrupted`, `storage_failed`: the
 *   run ends; the row stays pending
 */
export const Outcome = z.enum([
  "answered",
  "cut_at_length",
  "filtered",
  "refused",
  "empty",
  "bad_response",
  "context_overflow",
  "invalid_request",
  "timed_out",
  "rate_limited",
  "provider_error",
  "not_recorded",
  ...nodeFailures,
  "provider_refused",
  "over_budget",
  "interrupted",
  "storage_failed",
]);
export type Outcome = z.infer<typeof Outcome>;

const withAnswer: ReadonlySet<Outcome> = new Set([
  "answered",
  "cut_at_length",
  "filtered",
  "refused",
  "empty",
]);

/** True where an answer came, whether it can be used or not. */
export function hasAnswer(outcome: Outcome): boolean {
  return withAnswer.has(outcome);
}

const runEnding: ReadonlySet<Outcome> = new Set([
  "provider_refused",
  "over_budget",
  "interrupted",
  "storage_failed",
]);

/** True for the outcomes that end the whole run and leave their row pending. */
export function endsRun(outcome: Outcome): boolean {
  return runEnding.has(outcome);
}
