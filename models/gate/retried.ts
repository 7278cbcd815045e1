import type { WireFailure } from "../wire/classify-failure.ts";
import type { CircuitBreaker } from "./failure/circuit-breaker.ts";
import type { HaltSwitch } from "./failure/halt-switch.ts";
import type { CallJournal } from "./journal.ts";
import { createRetries, type RetryPolicy } from "./failure/retry-policy.ts";
import { isFailure, type Step } from "./step.ts";
import { waitFor } from "./failure/wait-for.ts";

export type RetriedOptions = {
  readonly policy: RetryPolicy;
  readonly breakerOf: (spec: string) => CircuitBreaker;
  readonly journal: () => CallJournal | undefined;
  readonly stop: HaltSwitch;
  /** Called with each send that reached no server. */
  readonly onUnreached: (spec: string, detail: string) => void;
};

/**
 * Sends a call until it is answered or the retry policy gives it up. Tells the model's circuit
 * breaker of every result, and halts the run where that opens.
 */
export function retried(options: RetriedOptions): Step {
  const { policy, breakerOf, journal, stop, onUnreached } = options;
  return async (send, next) => {
    const breaker = breakerOf(send.endpoint.spec);
    const retries = createRetries(policy);
    const { address } = send.call;
    const wasRefusedBefore = journal()?.refusedBefore?.(address, send.requestHash) ?? false;
    for (let attempt = 1; !stop.halting.aborted; attempt += 1) {
      const sent = await next({ ...send, attempt });
      if (sent === null) return null;
      if (!isFailure(sent)) {
        const reason = breaker.answered(sent);
        if (reason !== null) stop.halt(reason);
        return sent;
      }
      if (sent.isUnreached === true) onUnreached(send.endpoint.spec, sent.detail);
      const waitMs = retries.waitMsAfter(sent);
      const reason = breaker.failed(sent, {
        isLast: waitMs === null,
        wasRefusedBefore,
        settings: send.endpoint.settings,
      });
      if (reason !== null) stop.halt(reason);
      if (reason !== null) return reason;
      if (waitMs === null) return sent.remedy === "run" ? refusalOfRow(sent) : sent;
      await waitFor(waitMs, stop.halting);
    }
    return null;
  };
}

/** A refusal that is this row's alone: others were answered with the same key. */
function refusalOfRow(failure: WireFailure): WireFailure {
  return { ...failure, outcome: "invalid_request", remedy: "row" };
}
