import type { Gate } from "../../models/gate/gate.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { FromWorker, ToWorker } from "../workers/messages.ts";

/** A gate in a worker: the process of the run asks, and answers. */
export type RemoteGate = {
  readonly gate: Gate;
  readonly answered: (message: Extract<ToWorker, { kind: "answer" }>) => void;
};

/** @param send Sends a message to the process of the run. */
export function createRemoteGate(send: (message: FromWorker) => void): RemoteGate {
  const open = new Map<number, (record: CallRecord) => void>();
  let question = 0;
  return {
    gate: {
      ask: (call, { spec, settings }) =>
        new Promise((resolve) => {
          question += 1;
          open.set(question, resolve);
          const model = { agent: call.address.agent, spec, settings };
          send({ kind: "ask", question, call, model });
        }),
      // The gate of the run knows.
      answeredBefore: () => undefined,
      halt: () => undefined,
      abort: () => undefined,
      halted: null,
    },
    answered: ({ question: number, record }) => {
      open.get(number)?.(record);
      open.delete(number);
    },
  };
}
