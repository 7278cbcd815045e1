import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runUndisturbedWith } from "./killer.ts";
import { processFaults } from "./process-faults.ts";
import { runInProcess } from "./run-in-process.ts";
import { shortForms } from "./short-forms.ts";

// Only what is killed, signalled or raced needs a process of its own; to start one takes long.
beforeAll(() => runUndisturbedWith(runInProcess));
afterAll(() => runUndisturbedWith());

describe("what must hold, holds under", () => {
  it.each(shortForms(processFaults))("%s", async (_, run) => {
    const { violations, rounds } = await run();
    expect(violations).toEqual([]);
    expect(rounds).toBeGreaterThan(0);
  });
});
