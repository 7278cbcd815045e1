import type { RunnableConfig } from "@langchain/core/runnables";
import { createBudget } from "../models/cost/budget.ts";
import { defaultLongestAnswer } from "../models/cost/worst-case-tokens.ts";
import { createGate, type Gate } from "../models/gate/gate.ts";
import { loadPrices, priceTable } from "../models/cost/prices.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import type { Topology } from "../topologies/schema/topology-schema.ts";
import { listAgents } from "../topologies/load/list-agents.ts";
import { openBuildSession, type BuildSession } from "../topologies/build/build-session.ts";

/** Dollars that one run in Studio may spend where nothing else is said. */
export const defaultBudgetUsd = 1;

/** Runs whose gates are kept; more than are ever in flight on one machine. */
const gatesKept = 200;
const gates = new Map<string, Gate>();
const priceOf = loadPrices(priceTable);

/**
 * The makers of a run's parts. All parts of one run share a gate, and with it one budget: `FELLOWSHIP_STUDIO_BUDGET_USD`, or
 * one dollar.
 *
 * @throws FellowshipError `bad_usage` for a model whose price nobody knows.
 */
export function openRunSession(
  topology: Topology,
  config: RunnableConfig | undefined,
): BuildSession {
  const models = listAgents(topology).map(({ model }) => model);
  refuseUnpriced(models);
  return openBuildSession({
    gate: gateOf(String(config?.configurable?.["run_id"] ?? "")),
    environment: process.env,
    promptDirectory,
    longestAnswerOf: (model) => (priceOf(model) === "free" ? undefined : defaultLongestAnswer),
  });
}

/** A run in Studio always has a budget, so the remedy is another than in a batch run. */
function refuseUnpriced(models: readonly string[]): void {
  const unpriced = [...new Set(models)].filter((model) => priceOf(model) === null);
  if (unpriced.length === 0) return;
  throw new FellowshipError(
    "bad_usage",
    `settings.models: ${unpriced.join(", ")} ${unpriced.length === 1 ? "has" : "have"} no price, so no budget can hold it. Write the dollars per million tokens into models/prices.yaml ("${unpriced[0]}": { in: 0.50, out: 1.50 }) and start Studio anew, or take another model.`,
    { facts: { models: unpriced } },
  );
}

function gateOf(run: string): Gate {
  const known = gates.get(run);
  if (known !== undefined) return known;
  const budget = createBudget({ limitUsd: budgetUsd(process.env), priceOf });
  const gate = createGate({ budget: () => budget });
  gates.set(run, gate);
  const [oldest] = gates.keys();
  if (gates.size > gatesKept && oldest !== undefined) gates.delete(oldest);
  return gate;
}

/** @throws FellowshipError `bad_usage` for what is no amount. */
export function budgetUsd(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment["FELLOWSHIP_STUDIO_BUDGET_USD"];
  if (text === undefined || text === "") return defaultBudgetUsd;
  const amount = Number(text);
  if (Number.isFinite(amount) && amount >= 0) return amount;
  throw new FellowshipError(
    "bad_usage",
    `FELLOWSHIP_STUDIO_BUDGET_USD: expected dollars such as 1 or 0.50, got "${text}".`,
  );
}
