import type { Call } from "../../models/call.ts";
import type { ModelSettings } from "../../models/model-settings.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import {
  FellowshipError,
  isFellowshipError,
  type ErrorCode,
} from "../../state/fellowship-error.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { RunPlan } from "../directory/run-plan.ts";

/** What a worker process builds its graph from. */
export type WorkerJob = {
  readonly plan: RunPlan;
  /** Of the run, whose journal of rows a worker may read. */
  readonly directory: string;
};

/** The model of an agent, as its topology has it. */
export type AskedModel = {
  readonly agent: string;
  readonly spec: string;
  readonly settings: ModelSettings;
};

/** What the process of the run says to a worker. */
export type ToWorker =
  | { readonly kind: "job"; readonly job: WorkerJob }
  /** A wave of rows begins: what the rows before it decide is decided. */
  | { readonly kind: "wave"; readonly row: number }
  | {
      readonly kind: "row";
      readonly task: number;
      readonly address: RowAddress;
      readonly row: unknown;
    }
  | { readonly kind: "answer"; readonly question: number; readonly record: CallRecord };

/** What a worker says to the process of the run. */
export type FromWorker =
  /** The graph is built. */
  | { readonly kind: "ready" }
  | { readonly kind: "refused"; readonly error: SentError }
  | { readonly kind: "began"; readonly row: number }
  | {
      readonly kind: "ask";
      readonly question: number;
      readonly call: Call;
      readonly model: AskedModel;
    }
  | { readonly kind: "ended"; readonly task: number; readonly result: RowResult }
  /** The graph of a row threw an error. */
  | { readonly kind: "broken"; readonly task: number; readonly error: SentError };

/** An error on its way to another process. */
export type SentError = {
  /** Of a FellowshipError; null for a bug of ours. */
  readonly code: ErrorCode | null;
  /** The message; of a bug of ours the stack. */
  readonly text: string;
};

export function sentError(error: unknown): SentError {
  if (isFellowshipError(error)) return { code: error.code, text: error.message };
  return { code: null, text: error instanceof Error ? (error.stack ?? "") : String(error) };
}

export function receivedError({ code, text }: SentError): Error {
  return code === null ? new Error(text) : new FellowshipError(code, text);
}
