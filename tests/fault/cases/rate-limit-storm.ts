import type { FaultCase, FaultContext, FaultOutcome } from "../fault-case.ts";
import { faultOf } from "../server/answer-request.ts";
import type { RequestEntry } from "../server/request-log.ts";
import type { FaultRule } from "../server/server-settings.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { bothLanguages, boughtAgain } from "../served-checks.ts";
import { withFaultServer } from "../start-fault-server.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

/** Six in ten of the first three sends of every request are refused, in all the words in use. */
const storm: readonly FaultRule[] = (
  [
    { fault: "429-gemini-quota", model: "gemini", share: 0.32, waitMs: 150 },
    { fault: "429-gemini-quota", model: "gemini", share: 0.03, waitMs: 1_800 },
    { fault: "429-gemini-exhausted", model: "gemini", share: 0.25 },
    { fault: "429-openai-tier", model: "test-", share: 0.24, waitMs: 120 },
    { fault: "429-milliseconds", model: "test-", share: 0.15, waitMs: 80 },
    { fault: "429-bare", model: "test-", share: 0.15 },
    { fault: "429-seconds", model: "test-", share: 0.03, waitMs: 2_000 },
    { fault: "429-date", model: "test-", share: 0.03, waitMs: 900 },
  ] as const
).map((rule) => ({ ...rule, attempts: [1, 2, 3] }));

/**
 * Row 11 of the plan, for what a refusal says; `untold-limits` is about how much is let through.
 */
export const rateLimitStorm: FaultCase = {
  name: "rate-limit-storm",
  fault:
    "six in ten sends refused with 429, in the providers' own texts and every way of naming a time",
  promise: "0 rows failed, at most 1.15 times the needed requests, none sent before its time",
  run: rideStorm,
};

async function rideStorm({ seed, size, directory }: FaultContext): Promise<FaultOutcome> {
  const rows = size === "full" ? 15 : 2;
  return withFaultServer({ seed, faults: storm }, async (server) => {
    const run = await runServed(server, {
      script: "generate",
      topology: feedbackLoop.graph,
      rows,
      directory,
      options: bothLanguages,
    });
    const log = await server.log();
    const needed = neededRequests(log, seed);
    const early = log.filter(({ brokeHint }) => brokeHint).length;
    const violations = expectEnd(run, { code: 0, done: rows, failed: 0, pending: 0 });
    if (early > 0) violations.push(`${early} requests came before the time they were told`);
    if (log.length > 1.15 * needed) {
      violations.push(`${log.length} requests, where ${needed} were needed`);
    }
    violations.push(...boughtAgain(log));
    const refused = log.filter(({ status }) => status === 429).length;
    const figures = {
      rows,
      requests: log.length,
      refused,
      "requests / needed": log.length / needed,
      "before their time": early,
    };
    return { rounds: refused, violations, figures };
  });
}

/**
 * What a sender needs that waits and sends again, and does nothing else: up to the first send that
 * is not refused.
 */
function neededRequests(log: readonly RequestEntry[], seed: number): number {
  const first = new Map(log.map((entry) => [entry.key, entry]));
  return [...first.values()].reduce((sum, entry) => {
    let attempt = 1;
    while (faultOf(entry, attempt, { seed, faults: storm }) !== null) attempt += 1;
    return sum + attempt;
  }, 0);
}
