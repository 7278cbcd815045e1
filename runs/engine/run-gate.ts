import type { Budget } from "../../models/cost/budget.ts";
import type { CallBatch } from "../../models/gate/batched.ts";
import { createGate, type CallingGate } from "../../models/gate/gate.ts";
import type { CallJournal } from "../../models/gate/journal.ts";
import { hasAnswer } from "../../state/calls/outcome.ts";
import type { Limits } from "../../models/rate-limit/given-limits.ts";
import type { Progress } from "../progress/progress.ts";
import type { KeptQuestions } from "./kept-questions.ts";
import type { RunWatch } from "./watch-run.ts";

/** The journal, the budget and the observer of a run. */
export type RunAccounts = {
  readonly calls: CallJournal;
  readonly budget: Budget;
  readonly watch: RunWatch;
  /** Calls that go into batches; all are made live where not given. */
  readonly batch?: CallBatch | undefined;
};

/** A gate that is made before the accounts of its run are open. */
export type RunGate = {
  readonly gate: CallingGate;
  /** Connects the accounts; before the first call. */
  readonly connect: (accounts: RunAccounts) => void;
};

/**
 * Makes the gate of a run. Graphs are built with a gate, and a directory is opened only for a graph
 * that could be built, so that the gate comes first and learns of its journal later.
 */
export function createRunGate(
  limits: Readonly<Record<string, Limits>>,
  progress: Progress,
  questions?: KeptQuestions,
): RunGate {
  let accounts: RunAccounts | undefined;
  const gate = createGate({
    journal: () => accounts?.calls,
    budget: () => accounts?.budget,
    batch: () => accounts?.batch,
    onCall: (record, bought, { row }) => {
      progress.call(accounts?.budget.spent, record.tokens, hasAnswer(record.outcome));
      accounts?.watch.callEnded(row.number, record, bought);
    },
    onNotice: (message) => progress.say(message, "news"),
    limits,
  });
  return {
    gate: questions === undefined ? gate : noting(gate, questions),
    connect: (opened) => {
      accounts = opened;
    },
  };
}

/** The gate, with a note of every question. */
function noting(gate: CallingGate, questions: KeptQuestions): CallingGate {
  return {
    ...gate,
    get halted() {
      return gate.halted;
    },
    ask(call, endpoint) {
      questions.note(call);
      return gate.ask(call, endpoint);
    },
  };
}
