import { createGate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import type { BuildContext } from "../../topologies/session/build-session.ts";
import type { CommandOptions } from "../command-options.ts";
import type { JobParts } from "./job.ts";

/** What a command builds its graph with; without a job's parts, one that sends nothing. */
export function buildContext(
  { environment, progress }: Pick<CommandOptions, "environment" | "progress">,
  { gate = createGate(), longestAnswerOf }: Partial<JobParts> = {},
): BuildContext {
  const onCode = (notice: string) => progress.say(notice, "code");
  return { gate, longestAnswerOf, environment, promptDirectory, onCode };
}
