import { describe, expect, it } from "vitest";
import { processFaults } from "./process-faults.ts";
import { shortForms } from "./short-forms.ts";

describe("what must hold, holds under", () => {
  it.each(shortForms(processFaults))("%s", async (_, run) => {
    const { violations, rounds } = await run();
    expect(violations).toEqual([]);
    expect(rounds).toBeGreaterThan(0);
  });
});
