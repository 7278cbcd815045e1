import { join } from "node:path";
import type { BatchService } from "../../models/batch/batch-service.ts";
import { batchFactsOf, batchServiceFor } from "../../models/batch/batch-services.ts";
import type { Environment } from "../../models/providers/create-endpoint.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import type { BatchPlace } from "./batch-place.ts";
import { hasService } from "./wave-files/batched-models.ts";
import { bringWave, type BringWaveOptions } from "./bring-wave.ts";
import { modelNames } from "./wave-files/wave-names.ts";

/** The folder of a run's directory that holds the files of its waves. */
export const serviceFolder = "batches";

/** Batches that go to the services of providers. */
export function createServicePlace(
  directory: string,
  agents: readonly BuiltAgent[],
  environment: Environment,
  options: Omit<BringWaveOptions, "folder" | "serviceOf">,
): BatchPlace {
  const { pollMs } = options;
  const folder = join(directory, serviceFolder);
  // A run that looks more often tries again sooner.
  const pace = pollMs === undefined ? {} : { retryMs: pollMs };
  const names = modelNames(agents.map(({ model }) => model).filter(hasService));
  const services = new Map<string, BatchService>();
  function serviceOf(model: string): BatchService {
    const service = services.get(model) ?? batchServiceFor(model, {}, environment, pace);
    if (service === undefined) throw new Error(`${model} has no service for batches`);
    services.set(model, service);
    return service;
  }
  return {
    folder,
    names,
    takes: ({ spec, settings }) => names.has(spec) && batchFactsOf(spec, settings) !== undefined,
    lineOf: (id, body) => JSON.stringify({ custom_id: id, body }),
    limitsOf: (model) => serviceOf(model).limits,
    bytesOf: (model, customId, body) => serviceOf(model).sizeOf({ customId, body }),
    bring: (wave) => bringWave(wave, { ...options, folder, serviceOf }),
  };
}
