import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RunPlan } from "../directory/run-plan.ts";
import type { RecordedJob } from "../replay/recorded-job.ts";

/**
 * Refuses prompts and code that are not those of the run.
 *
 * @throws FellowshipError `bad_usage`
 */
export function refuseChanged(
  plan: Pick<RunPlan, "prompts" | "code">,
  job: Pick<RecordedJob, "prompts" | "code">,
): void {
  const changed = Object.entries({ ...plan.prompts, ...plan.code }).find(
    ([name, hash]) => (job.prompts[name] ?? job.code[name]) !== hash,
  );
  if (changed === undefined) return;
  throw new FellowshipError(
    "bad_usage",
    `${changed[0]} was changed since the run began, or is another text here. Put it back as ` +
      "it was, and give the command again.",
    { facts: { file: changed[0] } },
  );
}
