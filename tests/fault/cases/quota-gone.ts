import { createGate } from "../../../models/gate/gate.ts";
import { askSpeaker } from "../../loopback/ask-speaker.ts";
import { geminiSpeaker } from "../../loopback/speakers.ts";
import type { FaultCase, FaultContext, FaultOutcome } from "../fault-case.ts";
import type { FaultRule } from "../server/server-settings.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { bothLanguages, boughtAgain } from "../served-checks.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

const rows = 8;
const concurrency = 4;

/** Row 11 of the plan, for refusals that no waiting ends. */
export const quotaGone: FaultCase = {
  name: "quota-gone",
  fault:
    "429 insufficient_quota; one model of three that asks to wait an hour; a limit of 0 " +
    "that says to wait",
  promise:
    "exit 8 after at most as many refusals as calls are in flight, no row failed; the same " +
    "command goes on once it is mended",
  run: async (context) => {
    const stops: [string, FaultRule][] = [
      ["quota", { fault: "429-quota-gone", model: "test-judge" }],
      ["hour", { fault: "429-seconds", model: "gemini", waitMs: 3_600_000 }],
    ];
    return withFaultServer({ seed: context.seed }, async (server) => {
      const violations: string[] = [];
      const figures: Record<string, number> = {};
      const chosen = context.size === "full" ? stops : stops.slice(0, 1);
      for (const [name, rule] of chosen) {
        const stopped = await stopAndMend(server, name, rule, context);
        violations.push(...stopped.violations.map((text) => `${name}: ${text}`));
        figures[`refusals before the stop, ${name}`] = stopped.refused;
      }
      const zero = await askForLimitZero(server);
      violations.push(...zero.violations);
      figures["requests at a limit of 0 in 1 s"] = zero.requests;
      return { rounds: chosen.length + 1, violations, figures } satisfies FaultOutcome;
    });
  },
};

async function stopAndMend(
  server: FaultServer,
  name: string,
  rule: FaultRule,
  { directory }: FaultContext,
) {
  await server.reset({ faults: [rule] });
  const command = {
    script: "generate",
    topology: feedbackLoop.graph,
    rows,
    directory,
    name,
    options: [...bothLanguages, "--concurrency", String(concurrency)],
  } as const;
  const stopped = await runServed(server, command);
  const refused = (await server.log()).filter(({ faultId }) => faultId === rule.fault).length;
  const violations = expectEnd(stopped, { code: 8, done: 0, failed: 0, pending: rows });
  if (refused > concurrency) violations.push(`${refused} refusals with ${concurrency} in flight`);
  await server.set({ faults: [] });
  const mended = await runServed(server, command);
  violations.push(...expectEnd(mended, { code: 0, done: rows, failed: 0, pending: 0 }));
  violations.push(...boughtAgain(await server.log()));
  return { violations, refused };
}

/**
 * A free tier's model that is not in it says "limit: 0", and to come back in a moment, for ever.
 */
async function askForLimitZero(server: FaultServer) {
  await server.reset({ faults: [{ fault: "429-limit-zero", waitMs: 100 }] });
  const gate = createGate({ retryMs: 50, patienceMs: 1_000 });
  const { outcome } = await askSpeaker(geminiSpeaker, server, { gate });
  const requests = (await server.log()).length;
  const violations: string[] = [];
  if (outcome !== "provider_refused") violations.push(`limit of 0: ended as ${outcome}`);
  if (requests > 12) violations.push(`limit of 0: ${requests} requests`);
  return { violations, requests };
}
