import { batchFactsOf } from "../../../models/batch/batch-services.ts";
import { chatCompletions } from "../../../models/providers/openai.ts";
import { isInProcess, providerOf } from "../../../models/providers/model-spec.ts";
import { providers } from "../../../models/providers/providers.ts";
import type { Protocol } from "../../../models/protocol.ts";
import type { Environment } from "../../../models/providers/create-endpoint.ts";

/** Whether the calls of a model can be lines of a file in OpenAI's format. */
export function isBatched(spec: string): boolean {
  const provider = providerOf(spec);
  return (
    provider !== undefined &&
    "protocol" in provider &&
    provider.protocol === chatCompletions &&
    provider.createRequests !== undefined
  );
}

/** How the answers of a model in batches are read. */
export function protocolOf(spec: string): Protocol {
  const provider = providerOf(spec);
  if (provider === undefined || !("protocol" in provider)) {
    throw new Error(`${spec} is in no batch`);
  }
  return provider.protocol;
}

/** Whether its provider has a service for the batches of a model. */
export function hasService(spec: string): boolean {
  return !isInProcess(spec) && batchFactsOf(spec, {}) !== undefined;
}

/**
 * The environment of a machine that sends nothing to these models: keys and addresses that are
 * missing are not needed there.
 */
export function offlineEnvironment(environment: Environment): Environment {
  const needless: Record<string, string> = {};
  for (const provider of providers) {
    if (!("protocol" in provider) || !isBatched(`${provider.name}:`)) continue;
    const { keyVariables, baseUrlVariable, baseUrl } = provider;
    const hasKey = keyVariables.some((name) => (environment[name]?.trim() ?? "") !== "");
    const [variable] = keyVariables;
    if (!hasKey && variable !== undefined) needless[variable] = "none";
    const address = environment[baseUrlVariable]?.trim() ?? "";
    if (address === "" && baseUrl === undefined) needless[baseUrlVariable] = unknownServer;
  }
  return { ...environment, ...needless };
}

/** In place of the address of a server that only the machine of the batch knows. */
const unknownServer = "http://localhost/v1";
