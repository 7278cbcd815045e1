import { startTraceCollector } from "../../langsmith/trace-collector.ts";
import { tracedToo, withoutJournal } from "../arm.ts";
import { clientNames, graphNames } from "../arms.ts";
import { measureArms } from "../measure.ts";
import type { Part } from "../part.ts";
import { costTable, switchLines } from "../tables.ts";

/** A long run has so many times the calls of a short one. */
const longTimes = 3;

/**
 * The processor time of a call: of a run whole, and of a further call, by two lengths of run in one
 * process.
 */
export const costs: Part = {
  name: "costs",
  without: "always",
  measure: async ({ server, full, rounds, calls, isWanted, print }) => {
    const graphs = full ? graphNames : graphNames.slice(0, 2);
    const arms = [
      ...clientNames,
      ...graphs.flatMap((name) => [`plain ${name}`, `ours ${name}`]),
      `ours feedback-loop${withoutJournal}`,
      `ours feedback-loop${tracedToo}`,
    ].filter(isWanted);
    const collector = await startTraceCollector();
    const tracing = {
      LANGSMITH_TRACING: "true",
      LANGSMITH_ENDPOINT: collector.url,
      LANGSMITH_API_KEY: "key-of-the-bench",
    };
    try {
      const measured = await measureArms(arms, {
        server,
        calls,
        longTimes,
        rounds,
        latencyMs: 0,
        inFlight: 64,
        environmentOf: (arm) => (arm.endsWith(tracedToo) ? tracing : {}),
      });
      print(
        `Processor time for a call: 64 in flight, runs of ${calls} calls, and a further call of ` +
          `runs of ${calls * longTimes}. Medians of ${rounds} rounds.\n`,
      );
      print(costTable(measured));
      print(switchLines(measured));
    } finally {
      await collector.close();
    }
  },
};
