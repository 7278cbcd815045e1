import { isFellowshipError } from "../../state/fellowship-error.ts";
import { mistakesIn } from "../../state/mistakes.ts";
import { openEvaluator } from "../../topologies/open-topology.ts";
import type { CommandOptions } from "../command-options.ts";

/**
 * Which of the `--model` options go to which topology: one that names an agent goes to those that
 * have it, at least one; the others go to all.
 *
 * @returns The options' texts, for each topology in turn.
 * @throws FellowshipError `bad_usage` for an agent that no topology has, naming those of the first
 */
export async function modelsByTopology(
  paths: readonly string[],
  options: Pick<CommandOptions, "models" | "allowCode">,
): Promise<readonly (readonly string[])[]> {
  const { models = [] } = options;
  const taken: string[][] = paths.map(() => []);
  for (const model of models) {
    const refusals = await Promise.all(paths.map((path) => refusalOf(path, model, options)));
    const [first] = refusals;
    if (first !== null && refusals.every((refusal) => refusal !== null)) throw first;
    for (const [index, refusal] of refusals.entries()) {
      if (refusal === null) taken[index]?.push(model);
    }
  }
  return taken;
}

/** The error of a topology without that agent; null where it has it, or something else is wrong. */
async function refusalOf(
  path: string,
  model: string,
  options: Pick<CommandOptions, "allowCode">,
): Promise<Error | null> {
  try {
    await openEvaluator(path, { ...options, models: [model], onCode: () => undefined });
    return null;
  } catch (error) {
    if (!isFellowshipError(error)) return null;
    return mistakesIn(error).find(({ facts }) => "agent" in facts) ?? null;
  }
}
