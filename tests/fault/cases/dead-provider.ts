import { createGate } from "../../../models/gate/gate.ts";
import { askSpeaker } from "../../loopback/ask-speaker.ts";
import { openAiSpeaker } from "../../loopback/speakers.ts";
import type { FaultCase, FaultContext } from "../fault-case.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { byKey } from "../served-checks.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";

/** Rows without an answer after which a run stops. */
const rowsToStop = 20;
const sendsOfOne = 5;
const concurrency = 8;

/**
 * Row 13 of the plan, but for its bound on requests, which leaves those in flight at the stop one
 * send each. They have had up to as many as the others, since what counts is calls, not sends:
 * counted in sends, a failure of a second would stop a run with many calls in flight.
 */
export const deadProvider: FaultCase = {
  name: "dead-provider",
  fault: "a provider that answers every request with 500, for ever",
  promise:
    `each call is sent ${sendsOfOne} times, and after ${rowsToStop} calls in a row without an ` +
    "answer the run stops (exit 8); those in flight then are sent no more often than the " +
    "others",
  run: (context) =>
    withFaultServer({ seed: context.seed, faults: [{ fault: "http-500" }] }, async (server) => {
      const violations =
        context.size === "full" ? await stopRun(server, context) : await stopGate(server);
      const log = await server.log();
      const sends = [...byKey(log).values()].map(({ length }) => length);
      const exhausted = sends.filter((count) => count === sendsOfOne).length;
      const most = (rowsToStop + concurrency - 1) * sendsOfOne;
      violations.push(
        ...sends.filter((count) => count > sendsOfOne).map((count) => `${count} sends of one call`),
      );
      if (exhausted < rowsToStop) violations.push(`stopped after ${exhausted} calls`);
      if (log.length > most) violations.push(`${log.length} requests, at most ${most} expected`);
      return {
        rounds: sends.length,
        violations,
        figures: {
          requests: log.length,
          "calls before the stop": exhausted,
          "requests / (calls x sends)": log.length / (rowsToStop * sendsOfOne),
        },
      };
    }),
};

async function stopRun(server: FaultServer, { directory }: FaultContext): Promise<string[]> {
  const rows = 500;
  const run = await runServed(server, {
    script: "generate",
    topology: "single",
    rows,
    directory,
    options: ["--model", "compatible:test-model", "--concurrency", String(concurrency)],
  });
  const violations = expectEnd(run, { code: 8, done: 0 });
  const { failed, pending } = run.manifest ?? {};
  if (failed + pending !== rows)
    violations.push(`${failed} failed and ${pending} pending of ${rows}`);
  if (failed >= rowsToStop + concurrency) violations.push(`${failed} rows failed`);
  return violations;
}

/** The same without the seconds between two sends. */
async function stopGate(server: FaultServer): Promise<string[]> {
  const gate = createGate({ retryMs: 1 });
  let row = 0;
  async function ask(): Promise<void> {
    while (gate.halted === null) {
      row += 1;
      const messages = [{ role: "user", content: `#row-${row}#` }] as const;
      await askSpeaker(openAiSpeaker, server, { gate, row, messages });
    }
  }
  await Promise.all(Array.from({ length: concurrency }, ask));
  return gate.halted?.outcome === "provider_refused" ? [] : [`halted by ${gate.halted?.outcome}`];
}
