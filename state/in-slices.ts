import { setImmediate } from "node:timers/promises";

/** Work in steps, after each of which its caller may do other things. */
export type Steps<Result> = Generator<void, Result>;

/** Takes all steps, and lets signals and timers have their turn after each. */
export async function inSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}

/** Takes all steps, one right after the other. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
