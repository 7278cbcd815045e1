import { setImmediate } from "node:timers/promises";

/** Takes all steps, and lets signals and timers have their turn after each. */
export async function inSlices<Result>(steps: Generator<void, Result>): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}
