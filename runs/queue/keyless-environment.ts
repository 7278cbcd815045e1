import type { Environment } from "../../models/providers/create-endpoint.ts";
import { providers } from "../../models/providers/providers.ts";
import { readTraceSettings } from "../tracing/trace-settings.ts";

/**
 * The environment of a run on a queue: its workers have the keys of the models, and it needs none.
 * With traces on, the run makes its calls itself.
 */
export function keylessEnvironment(environment: Environment): Environment {
  if (readTraceSettings(environment) !== null) return environment;
  const needless: Record<string, string> = {};
  for (const provider of providers) {
    if (!("protocol" in provider)) continue;
    const [variable] = provider.keyVariables;
    const hasKey = provider.keyVariables.some((name) => (environment[name]?.trim() ?? "") !== "");
    if (!hasKey && variable !== undefined) needless[variable] = "none";
  }
  return { ...environment, ...needless };
}
