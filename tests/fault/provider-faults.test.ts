import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runUndisturbedWith } from "./killer.ts";
import { providerFaults } from "./provider-faults.ts";
import { runInProcess } from "./run-in-process.ts";
import { shortForms } from "./short-forms.ts";

// No process is killed here, and to start one takes longer than most of these runs.
beforeAll(() => runUndisturbedWith(runInProcess));
afterAll(() => runUndisturbedWith());

// Side by side: most of their time is waiting, as servers ask or for answers that never come.
describe.concurrent("what must hold, holds under", () => {
  it.each(shortForms(providerFaults))("%s", async (_, run) => {
    const { violations, rounds } = await run();
    expect(violations).toEqual([]);
    expect(rounds).toBeGreaterThan(0);
  });
});
