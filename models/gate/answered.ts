import { setImmediate as nextTurn } from "node:timers/promises";
import { parseAnswer } from "../providers/read-answer.ts";
import { followCall } from "./call-callbacks.ts";
import { isAskedOnce } from "./asked-once.ts";
import type { CircuitBreaker } from "./failure/circuit-breaker.ts";
import type { HaltSwitch } from "./failure/halt-switch.ts";
import { storageFailure, type CallJournal } from "./journal.ts";
import { isFailure, type Send, type Sent, type Step } from "./step.ts";

export type AnsweredOptions = {
  readonly journal: () => CallJournal | undefined;
  readonly breakerOf: (spec: string) => CircuitBreaker;
  readonly stop: HaltSwitch;
};

/**
 * Returns the answer that an earlier session received for the same call, where the journal has one.
 */
export function answered({ journal, breakerOf, stop }: AnsweredOptions): Step {
  return async (send, next) => {
    const known = await findAnswer(send, journal());
    if (known === null) return next(send);
    if (isFailure(known)) stop.halt(known);
    else if (known.read.outcome !== "bad_response") breakerOf(send.endpoint.spec).answeredBefore();
    // A row answered from the journal alone would never let timers and signals in.
    await nextTurn();
    const followed = await followCall(send.call, send.endpoint, "journal");
    await followed?.end(known);
    return known;
  };
}

async function findAnswer(
  { call, endpoint, requestHash }: Send,
  journal: CallJournal | undefined,
): Promise<Sent> {
  try {
    const raw = await journal?.find(call.address, requestHash, isAskedOnce(endpoint));
    return raw === undefined ? null : { ...parseAnswer(raw), source: "journal" };
  } catch (error) {
    return storageFailure(error);
  }
}
