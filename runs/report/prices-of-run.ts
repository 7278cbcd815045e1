import * as z from "zod";
import {
  loadPrices,
  priceTable,
  type PricedAgent,
  type PriceOf,
} from "../../models/cost/prices.ts";
import type { RunFiles } from "../../report-page/read/read-run.ts";

const OwnPrice = z.object({
  name: z.string(),
  model: z.string(),
  price: z.object({ in: z.number(), out: z.number() }).optional(),
  baseUrls: z.array(z.string()).optional(),
});

/** The prices of a run that has ended: those of its agents, then those of the table. */
export function pricesOfRun(prices = priceTable): (run: RunFiles) => PriceOf {
  return ({ manifest }) => loadPrices(prices, { agents: pricedAgents(manifest.topology) });
}

/** The agents of a topology that have prices or addresses of their own, however deep they are. */
function pricedAgents(tree: unknown): PricedAgent[] {
  const own = OwnPrice.safeParse(tree).data;
  const inner = typeof tree === "object" && tree !== null ? Object.values(tree) : [];
  return [...(own === undefined ? [] : [own]), ...inner.flatMap(pricedAgents)];
}
