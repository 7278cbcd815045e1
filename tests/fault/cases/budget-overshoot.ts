import type { FaultCase, FaultContext } from "../fault-case.ts";
import type { RequestEntry } from "../server/request-log.ts";
import type { FaultRule, ServerSettings } from "../server/server-settings.ts";
import { isDelivered } from "../served-checks.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

/** Dollars a token of openai:gpt-4o, as in the price table. */
const price = { in: 2.5 / 1e6, out: 10 / 1e6 };
const concurrency = 64;

const troubles: readonly FaultRule[] = [
  { fault: "hang-in-body", share: 0.03 },
  { fault: "rst-in-body", share: 0.03 },
  { fault: "gateway-504", share: 0.03 },
  { fault: "null-usage", share: 0.05 },
  { fault: "malformed-json", share: 0.03 },
  { fault: "http-500", share: 0.05 },
  { fault: "429-bare", share: 0.03, attempts: [1] },
];

type Billing = { readonly budgetUsd: number } & Pick<ServerSettings, "count" | "faults">;

/** Row 26 of the plan: the server keeps its own bill. */
export const budgetOvershoot: FaultCase = {
  name: "budget-overshoot",
  fault:
    `a budget far below the cost of the run, ${concurrency} rows in flight, a server that ` +
    "bills all it can and answers, hangs, breaks off and leaves counts out",
  promise:
    "overshoot 0.00 by the server's own bill, whether it bills what it generated or what it " +
    "delivered, and what is told as spent covers it",
  run: (context) =>
    withFaultServer({ seed: context.seed, latencyMs: [5, 60] }, async (server) => {
      const billings: Billing[] = [
        { budgetUsd: 0.7, count: "most", faults: troubles },
        { budgetUsd: 0.25, count: "fair", faults: troubles },
        { budgetUsd: 1, count: "most", faults: [] },
        { budgetUsd: 3, count: "most", faults: troubles },
      ];
      const violations: string[] = [];
      const figures: Record<string, number> = {};
      const chosen = context.size === "full" ? billings : billings.slice(0, 1);
      for (const [index, billing] of chosen.entries()) {
        const { complaints, ...money } = await spend(server, `run-${index + 1}`, billing, context);
        violations.push(...complaints.map((text) => `budget of ${billing.budgetUsd}: ${text}`));
        Object.assign(figures, withBudget(money, billing.budgetUsd));
      }
      return { rounds: chosen.length, violations, figures };
    }),
};

async function spend(
  server: FaultServer,
  name: string,
  { budgetUsd, ...settings }: Billing,
  { directory }: FaultContext,
) {
  await server.reset(settings);
  const timeouts = ["agents.generator", "agents.reviewers.0", "evaluator.agents.judge"];
  const run = await runServed(server, {
    script: "generate",
    topology: feedbackLoop.graph,
    rows: 600,
    directory,
    name,
    options: [
      "--model",
      "openai:gpt-4o",
      "--budget",
      String(budgetUsd),
      "--concurrency",
      String(concurrency),
      ...timeouts.flatMap((agent) => ["--set", `${agent}.timeoutMs=1500`]),
    ],
  });
  const log = await server.settledLog();
  const strict = billFor(log.filter(({ generated }) => generated));
  const delivered = billFor(log.filter(isDelivered));
  const { usd = 0, unknownUsd = 0 } = run.manifest?.spent ?? {};
  const complaints = expectEnd(run, { code: 4, failed: run.failed.length });
  if (strict > budgetUsd) complaints.push(`the bill is ${strict}`);
  if (usd + unknownUsd > budgetUsd + 1e-9)
    complaints.push(`${usd} + ${unknownUsd} is told as spent`);
  if (strict > usd + unknownUsd + 1e-9)
    complaints.push(`${strict} on the bill, ${usd} + ${unknownUsd} told`);
  // What was delivered with its count is known to the cent.
  const counted = billFor(log.filter(isCounted));
  if (Math.abs(counted - usd) > 1e-9)
    complaints.push(`${counted} delivered with a count, ${usd} told`);
  return { strict, delivered, told: usd + unknownUsd, complaints };
}

function isCounted(entry: RequestEntry): boolean {
  const isReadable = entry.faultId !== "null-usage" && entry.faultId !== "malformed-json";
  return isDelivered(entry) && isReadable;
}

function billFor(entries: readonly RequestEntry[]): number {
  return entries.reduce(
    (sum, { usage }) => sum + (usage?.in ?? 0) * price.in + (usage?.out ?? 0) * price.out,
    0,
  );
}

function withBudget(money: Readonly<Record<string, number>>, budgetUsd: number) {
  const overshoot = Math.max(0, (money["strict"] ?? 0) - budgetUsd).toFixed(2);
  const { strict = 0, delivered = 0, told = 0 } = money;
  return {
    [`of ${budgetUsd} USD: billed as generated`]: strict,
    [`of ${budgetUsd} USD: billed as delivered`]: delivered,
    [`of ${budgetUsd} USD: told as spent at most`]: told,
    [`of ${budgetUsd} USD: overshoot`]: overshoot,
  };
}
