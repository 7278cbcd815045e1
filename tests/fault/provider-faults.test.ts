import { describe, expect, it } from "vitest";
import { providerFaults } from "./provider-faults.ts";
import { shortForms } from "./short-forms.ts";

// Side by side: most of their time is waiting, as servers ask or for answers that never come.
describe.concurrent("what must hold, holds under", () => {
  it.each(shortForms(providerFaults))("%s", async (_, run) => {
    const { violations, rounds } = await run();
    expect(violations).toEqual([]);
    expect(rounds).toBeGreaterThan(0);
  });
});
