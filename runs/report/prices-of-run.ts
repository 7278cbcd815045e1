import * as z from "zod";
import {
  loadPrices,
  priceTable,
  type PricedAgent,
  type PriceOf,
} from "../../models/cost/prices.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../models/providers/connect.ts";
import { readRunPlan } from "../directory/run-plan.ts";
import type { StartedRun } from "../../report-page/page/write-report.ts";
import { readRun } from "../../report-page/read/read-run.ts";

const OwnPrice = z.object({
  name: z.string(),
  model: z.string(),
  price: z.object({ in: z.number(), out: z.number() }).optional(),
  baseUrls: z.array(z.string()).optional(),
});

/** The prices of a run that has ended: those of its agents, then those of the table. */
export function pricesOfRun(prices?: string): (run: StartedRun) => PriceOf {
  return ({ manifest }) => pricesIn(manifest.topology, { prices });
}

/**
 * The prices of the calls of a topology, as `run.json` holds it: those of its agents, however deep
 * they are, then those of the table.
 */
export function pricesIn(
  topology: unknown,
  { prices = priceTable, environment, servers = {} }: WhereAsked = {},
): PriceOf {
  const agents = pricedAgents(topology).map((agent) => {
    const server = servers[agent.model];
    return server === undefined ? agent : { baseUrls: [server], ...agent };
  });
  return loadPrices(prices, { environment, agents });
}

type WhereAsked = {
  readonly prices?: string | undefined;
  readonly environment?: Environment | undefined;
  /** The addresses that models were asked at, by model spec: those on this machine cost nothing. */
  readonly servers?: Readonly<Record<string, string>> | undefined;
};

/**
 * The prices of a run, ended or not. Only `run.json` holds those of agents, since a run goes on
 * with other prices too.
 */
export async function pricesAt(directory: string, prices?: string): Promise<PriceOf> {
  const run = existsSync(join(directory, "run.json"))
    ? await readRun(directory).catch(() => null)
    : null;
  const plan = await readRunPlan(directory);
  const topology = run?.manifest.topology ?? plan?.topology;
  return pricesIn(topology, { prices, servers: plan?.servers });
}

/** The agents of a topology that have prices or addresses of their own, however deep they are. */
function pricedAgents(tree: unknown): (PricedAgent & { readonly model: string })[] {
  const own = OwnPrice.safeParse(tree).data;
  const inner = typeof tree === "object" && tree !== null ? Object.values(tree) : [];
  return [...(own === undefined ? [] : [own]), ...inner.flatMap(pricedAgents)];
}
