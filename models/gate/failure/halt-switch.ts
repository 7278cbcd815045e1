import { setMaxListeners } from "node:events";
import type { Outcome } from "../../../state/calls/outcome.ts";

/** Why a gate lets no further call through. */
export type Halt = { readonly outcome: Outcome; readonly detail: string };

/** Stops a run: all its calls share one. */
export type HaltSwitch = {
  /** Lets no new request out. */
  readonly halt: (halt: Halt) => void;
  /** Halts, and cuts the requests on their way. */
  readonly abort: () => void;
  /** Why the run was halted; null while it goes on. */
  readonly halted: Halt | null;
  /** Aborted when no new request may be sent. */
  readonly halting: AbortSignal;
  /** Aborted when requests on their way are cut. */
  readonly cutting: AbortSignal;
};

export function createHaltSwitch(): HaltSwitch {
  const halting = new AbortController();
  const cutting = new AbortController();
  // One signal of each for all calls of a run, so any number may listen to it.
  setMaxListeners(0, halting.signal, cutting.signal);
  let halted: Halt | null = null;

  function halt({ outcome, detail }: Halt): void {
    // Lost storage is worse than whatever stopped the run before it.
    const outranks = outcome === "storage_failed" && halted?.outcome !== "storage_failed";
    if (halted === null || outranks) halted = { outcome, detail };
    halting.abort();
  }

  return {
    halt,
    abort() {
      halt({ outcome: "interrupted", detail: "stopped" });
      cutting.abort();
    },
    get halted() {
      return halted;
    },
    halting: halting.signal,
    cutting: cutting.signal,
  };
}
