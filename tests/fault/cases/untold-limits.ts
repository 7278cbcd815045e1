import type { FaultCase } from "../fault-case.ts";
import type { RequestEntry } from "../server/request-log.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";

/** Requests a second. */
const limits = [20, 50, 200];
/** Some above what 200 requests a second of 200 ms keep open. */
const concurrency = 64;
const learningMs = 10_000;
const seconds = 60;

/**
 * Row 11 of the plan, for how much is let through: whole runs against a limit that is not stated.
 */
export const untoldLimits: FaultCase = {
  name: "untold-limits",
  fault: "limits of 20, 50 and 200 requests a second that refuse without a word, in whole runs",
  promise:
    "0 rows failed, goodput at least 0.93 of the limit after 10 s, at most 1.15 times the " +
    "needed requests",
  isLongOnly: true,
  run: ({ seed, directory }) =>
    withFaultServer({ seed, latencyMs: [150, 250] }, async (server) => {
      const violations: string[] = [];
      const figures: Record<string, number> = {};
      for (const perSecond of limits) {
        const { goodput, ratio, refused, complaints } = await runUnder(
          server,
          perSecond,
          directory,
        );
        figures[`goodput at ${perSecond}/s`] = goodput;
        figures[`requests / needed at ${perSecond}/s`] = ratio;
        violations.push(...complaints.map((text) => `at ${perSecond}/s: ${text}`));
        if (goodput < 0.93) {
          const why =
            refused === 0 ? ", and nothing was refused: the machine is too slow for it" : "";
          violations.push(`at ${perSecond}/s: goodput of ${goodput.toFixed(3)}${why}`);
        }
        if (ratio > 1.15)
          violations.push(`at ${perSecond}/s: ${ratio.toFixed(3)} times the needed requests`);
      }
      return { rounds: limits.length, violations, figures };
    }),
};

async function runUnder(server: FaultServer, perSecond: number, directory: string) {
  await server.reset({ limit: { kind: "bucket", perSecond } });
  const rows = perSecond * seconds;
  const run = await runServed(server, {
    script: "generate",
    topology: "single",
    rows,
    directory,
    name: `at-${perSecond}`,
    options: ["--model", "compatible:test-model", "--concurrency", String(concurrency)],
  });
  const complaints = expectEnd(run, { code: 0, done: rows, failed: 0, pending: 0 });
  return { ...measure(await server.log(), perSecond), complaints };
}

/**
 * Goodput between the time to learn and the moment at which there is less left than fits in flight.
 */
function measure(log: readonly RequestEntry[], perSecond: number) {
  const good = log.filter(({ generated }) => generated);
  const began = (log[0]?.time ?? 0) + learningMs;
  const ended = good.at(-concurrency)?.time ?? 0;
  const inTime = good.filter(({ time }) => time >= began && time <= ended);
  return {
    goodput: (1_000 * inTime.length) / (ended - began) / perSecond,
    ratio: log.length / Math.max(1, good.length),
    refused: log.length - good.length,
  };
}
