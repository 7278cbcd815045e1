import type { ModelSettings } from "../model-settings.ts";
import type { Environment } from "../providers/connect.ts";
import type { BatchService } from "./batch-service.ts";

/**
 * The service that takes batches for a model; undefined where its provider has none, and its calls
 * are made live.
 *
 * @throws FellowshipError `bad_usage` where a key or an address is missing, naming its variable
 */
export function batchServiceFor(
  _spec: string,
  _settings: ModelSettings,
  _environment: Environment,
): BatchService | undefined {
  return undefined;
}
