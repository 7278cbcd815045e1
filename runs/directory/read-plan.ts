import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { openJournal } from "../journal/journal.ts";
import type { RunPlan } from "./run-plan.ts";

/**
 * What a run is over, from its directory, which the caller has locked.
 *
 * @throws FellowshipError `journal_damaged` where the directory doesn't say
 */
export async function readPlan(directory: string): Promise<RunPlan> {
  let plan: unknown;
  const journal = await openJournal(join(directory, "journal.plan"), {
    reserveBytes: 0,
    onRecord: (record) => {
      plan = record;
    },
  });
  await journal.close();
  if (plan === undefined) {
    throw new FellowshipError(
      "journal_damaged",
      `${directory}: journal.plan doesn't say what the run was over. Put back an undamaged ` +
        "copy of it.",
      { facts: { directory } },
    );
  }
  return plan as RunPlan;
}
