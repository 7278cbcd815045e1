import { batchFactsOf } from "../../models/batch/batch-services.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { CommandOptions } from "../command-options.ts";
import type { ForecastedBatches } from "./forecast-waves.ts";
import { hasService, isBatched } from "../batch/wave-files/batched-models.ts";

/** How a forecast tells waves apart; undefined where calls are sent one by one. */
export function forecastedBatches(
  { batch = false, batchFiles }: Pick<CommandOptions, "batch" | "batchFiles">,
  models: readonly string[],
  livePriceOf: PriceOf,
): ForecastedBatches | undefined {
  if (batch) {
    const hours = models.filter(hasService).map((model) => batchFactsOf(model, {})?.longestHours);
    const hoursAWave = Math.max(0, ...hours.map((one = 0) => one));
    return { takes: hasService, livePriceOf, hoursAWave };
  }
  if (batchFiles === undefined) return undefined;
  return { takes: isBatched, livePriceOf, hoursAWave: null };
}
