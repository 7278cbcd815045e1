import { batchFactsOf } from "../../models/batch/batch-services.ts";
import { batchPrice } from "../../models/cost/batch-price.ts";
import type { PricedAgent, PriceOf } from "../../models/cost/prices.ts";
import { isInProcess } from "../../models/providers/model-spec.ts";
import type { CommandOptions } from "../command-options.ts";

/** The prices of a run whose calls go into batches of the providers' services. */
export function repricedFor(
  { batch = false }: Pick<CommandOptions, "batch">,
  agents: readonly PricedAgent[],
): ((live: PriceOf) => PriceOf) | undefined {
  if (!batch) return undefined;
  const settingsOf = new Map(agents.map(({ name, api, baseUrls }) => [name, { api, baseUrls }]));
  return (live) => (spec, agent) => {
    const price = live(spec, agent);
    if (isInProcess(spec)) return price;
    const { baseUrls, ...settings } = settingsOf.get(agent ?? "") ?? {};
    const facts = batchFactsOf(spec, {
      ...settings,
      ...(baseUrls === undefined ? {} : { baseUrls: [...baseUrls] }),
    });
    return facts === undefined ? price : batchPrice(price, facts.priceShare);
  };
}
