import type { RunnableConfig } from "@langchain/core/runnables";
import { openSpending, type Spending } from "../models/cost/open-spending.ts";
import { createGate, type Gate } from "../models/gate/gate.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import type { Topology } from "../topologies/kinds/kinds.ts";
import { listAgents } from "../topologies/load/list-agents.ts";
import { openBuildSession, type BuildSession } from "../topologies/session/build-session.ts";

/** Dollars that one run in Studio may spend where nothing else is said. */
export const defaultBudgetUsd = 1;

/** Runs whose gates are kept; more than are ever in flight on one machine. */
const gatesKept = 200;
const gates = new Map<string, Gate>();

/**
 * A run in Studio always has a budget, so the message must not suggest to leave it out.
 */
const refusal = {
  at: "settings.models",
  remedy:
    "Take another model, or give its price in dollars per million tokens at the agent in " +
    "the preset's file (price: { in: 0.50, out: 1.50 }), and start Studio again.",
};

/**
 * The makers of a run's parts. All parts of one run share a gate, and with it one budget:
 * `FELLOWSHIP_STUDIO_BUDGET_USD`, or one dollar.
 *
 * @throws FellowshipError `bad_usage` for a model without a price
 */
export function openRunSession(
  topology: Topology,
  config: RunnableConfig | undefined,
): BuildSession {
  const agents = listAgents(topology);
  const environment = process.env;
  const spending = openSpending({
    budgetUsd: budgetUsd(environment),
    refusal,
    environment,
    agents,
  });
  spending.refuseUnpriced(agents);
  return openBuildSession({
    gate: gateOf(String(config?.configurable?.["run_id"] ?? ""), spending),
    environment,
    promptDirectory,
    longestAnswerOf: spending.longestAnswerOf,
  });
}

function gateOf(run: string, { openBudget }: Spending): Gate {
  const known = gates.get(run);
  if (known !== undefined) return known;
  const budget = openBudget();
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
