import type { Price } from "../../models/cost/prices.ts";
import type { Halt } from "../../models/gate/gate.ts";
import type { Limits } from "../../models/rate-limit/given-limits.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { RunPlan } from "../directory/run-plan.ts";
import type { CallJournalRecord } from "../journal/call-journal-record.ts";
import type { SentError } from "../workers/messages.ts";

/** A run on a queue, as workers need it to take its rows. */
export type QueuedRun = {
  readonly fellowship: string;
  /** Counts the commands that worked on the run: a halt of an earlier one is over. */
  readonly session: number;
  readonly plan: RunPlan;
  /** For people: the directory of the run, where it was started. */
  readonly place: string;
  /** Rows in flight in each worker. */
  readonly concurrency: number;
  /** Whether there is a budget, so that every call needs a worst case. */
  readonly isBound: boolean;
  /** By agent: its model's price, and the longest answer under a budget. */
  readonly agents: Readonly<
    Record<string, { readonly price: Price | "free" | null; readonly longest?: number | undefined }>
  >;
  readonly limits: Readonly<Record<string, Limits>>;
};

/** A row as it waits in the queue. */
export type QueuedRow = { readonly address: RowAddress; readonly row: unknown };

/** What workers report. */
export type QueueEvent =
  | { readonly kind: "call"; readonly record: CallJournalRecord }
  | { readonly kind: "row"; readonly row: number; readonly result: RowResult }
  /** A call ended the run. */
  | { readonly kind: "halt"; readonly session: number; readonly halt: Halt }
  /** A worker can't take rows of the run. */
  | {
      readonly kind: "refused";
      readonly session: number;
      /** The worker's machine. */
      readonly host: string;
      readonly why: string;
    }
  | { readonly kind: "broken"; readonly row: number; readonly error: SentError };
