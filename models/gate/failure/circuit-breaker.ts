import type { WireFailure } from "../../wire/classify-failure.ts";
import { namesParam, settingHint } from "./setting-hint.ts";
import type { ModelSettings } from "../../model-settings.ts";
import type { ParsedAnswer } from "../../providers/read-answer.ts";

/**
 * Watches the results of all calls to one model, and opens where further calls would fail as well:
 * then it returns the failure that ends the run, and null otherwise.
 */
export type CircuitBreaker = {
  readonly answered: (answer: ParsedAnswer) => WireFailure | null;
  /** Notes that an earlier session of this run had an answer from this model. */
  readonly answeredBefore: () => void;
  readonly failed: (failure: WireFailure, facts: FailureFacts) => WireFailure | null;
};

export type FailureFacts = {
  /** Whether the call is not sent again. */
  readonly isLast: boolean;
  /** Whether an earlier session of this run sent the very same request, and it was refused. */
  readonly wasRefusedBefore: boolean;
  /** The settings of the agent that asked. */
  readonly settings?: ModelSettings;
};

export type CircuitBreakerOptions = {
  /** Names the model in messages. */
  readonly spec: string;
  /** The longest time that a provider may hold all calls back, in milliseconds. */
  readonly patienceMs: number;
};

/** After so many calls in a row without an answer the run stops, instead of failing every row. */
const failuresToOpen = 20;

/** Closed at first. */
export function createCircuitBreaker({ spec, patienceMs }: CircuitBreakerOptions): CircuitBreaker {
  let failuresInARow = 0;
  let hasAnswered = false;
  let refusalsInARow = 0;
  let missingInARow = 0;
  let complaint = { about: "", times: 0 };
  let heldSince: number | null = null;

  function opened(failure: WireFailure, why: string): WireFailure {
    const detail = `${spec} ${why}; the last result: ${failure.detail}`;
    return { ...failure, outcome: "provider_refused", remedy: "run", detail };
  }

  function unanswered(failure: WireFailure, advice = ""): WireFailure | null {
    failuresInARow += 1;
    if (failuresInARow < failuresToOpen) return null;
    return opened(failure, `has left ${failuresInARow} calls in a row without an answer${advice}`);
  }

  function held(failure: WireFailure): WireFailure | null {
    const now = performance.now();
    heldSince ??= now;
    if (now - heldSince < patienceMs) return null;
    return opened(failure, `has answered nothing for ${minutes(now - heldSince)}`);
  }

  /**
   * One request that is wrong is the row's fault; when none was right yet and all are refused for
   * the same reason, it is a setting. Rows that are wrong may stand side by side, and stand first
   * when a run goes on: a refusal that blames their texts, follows an answer, gives another reason
   * each time or was made before never stops the run.
   */
  function refused(
    failure: WireFailure,
    { wasRefusedBefore, settings = {} }: FailureFacts,
  ): WireFailure | null {
    const hint = settingHint(failure.detail, settings);
    const isOfText = !namesParam(failure.detail, settings) && ofTheText.test(failure.detail);
    if (hasAnswered || wasRefusedBefore || isOfText) return null;
    const about = withoutParticulars(failure.detail);
    complaint = { about, times: about === complaint.about ? complaint.times + 1 : 1 };
    if (complaint.times < failuresToOpen) return null;
    return opened(
      failure,
      `has refused ${complaint.times} calls in a row for the same reason, and answered none ` +
        `(${hint ?? "a setting that it does not take?"})`,
    );
  }

  /**
   * A key, an account or a model that is refused ends the run, except where the same was answered
   * before: then a firewall in between refused the text of one row. Many in a row are the run's
   * again.
   */
  function shutOut(failure: WireFailure, wasRefusedBefore: boolean): WireFailure | null {
    if (!hasAnswered || failure.isAccountEmpty === true) {
      return { ...failure, detail: `${spec}: ${failure.detail}` };
    }
    if (!wasRefusedBefore) refusalsInARow += 1;
    if (refusalsInARow < failuresToOpen) return null;
    return opened(failure, `has refused ${refusalsInARow} calls in a row`);
  }

  /**
   * An address where nothing is ends the run before the first answer. A gateway that has lost its
   * servers answers 404 for a moment, too: of that it takes two in a row.
   */
  function addressMissing(failure: WireFailure): WireFailure | null {
    const { addressHint, remedy, detail } = failure;
    if (addressHint === undefined || hasAnswered) {
      missingInARow = 0;
      return null;
    }
    missingInARow += 1;
    if (remedy === "transient" && missingInARow < 2) return null;
    const said = `${spec}: ${detail}; ${addressHint}`;
    return { ...failure, outcome: "provider_refused", remedy: "run", detail: said };
  }

  return {
    answered({ isForeign, read }) {
      if (isForeign) return unanswered(foreign(read.detail ?? ""), foreignAdvice);
      failuresInARow = 0;
      refusalsInARow = 0;
      hasAnswered = true;
      heldSince = null;
      return null;
    },
    answeredBefore() {
      hasAnswered = true;
    },
    failed(failure, facts) {
      const { isLast, wasRefusedBefore } = facts;
      const { outcome, remedy, waitMs } = failure;
      if (remedy === "run") {
        return outcome === "provider_refused" ? shutOut(failure, wasRefusedBefore) : failure;
      }
      const missing = addressMissing(failure);
      if (missing !== null) return missing;
      if (remedy === "row") {
        return outcome === "invalid_request" ? refused(failure, facts) : null;
      }
      if (waitMs !== null && waitMs > patienceMs) {
        return opened(failure, `asks to wait ${minutes(waitMs)}`);
      }
      if (remedy === "wait") return held(failure);
      return isLast ? unanswered(failure) : null;
    },
  };
}

const foreignAdvice =
  ": what comes is no model's, so check the base URL and what stands in between (a proxy, a " +
  "login page)";

function foreign(detail: string): WireFailure {
  return { outcome: "bad_response", remedy: "row", detail, waitMs: null, cost: "unknown" };
}

/** Complaints that can't be about a setting. */
const ofTheText =
  /\bcontent\b(?!-)|\btoo long\b|\b(?:string|text|characters?|images?|prompt|encoding|utf-8)\b|image_url/i;

/** A complaint without the parts that differ from row to row: numbers and quotations. */
function withoutParticulars(detail: string): string {
  return detail.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, "").replaceAll(/\d+/g, "");
}

function minutes(lengthMs: number): string {
  return `${Math.ceil(lengthMs / 60_000)} min`;
}
