import { onWorkers } from "../arm.ts";
import { callsOfRow } from "../arms.ts";
import { measureArms } from "../measure.ts";
import type { Part } from "../part.ts";
import { rateTable, type Shape } from "../tables.ts";

const loop = "ours feedback-loop";
const arms = ["undici", "plain feedback-loop", loop, `${loop}${onWorkers}`];

/** Seconds that a run takes at most where nothing but the latency holds it up. */
const mostSeconds = 15;

/** Calls a second under latency, beside what the latency allows. */
export const rates: Part = {
  name: "rates",
  without: "full",
  measure: async ({ server, rounds, calls, isWanted, shapes, print }) => {
    for (const shape of shapes) {
      const load = { server, rounds, ...shape, calls: callsOf(shape, calls) };
      // oxlint-disable-next-line no-await-in-loop -- one shape after the other
      print(rateTable(await measureArms(arms.filter(isWanted), load), shape));
    }
  },
};

/**
 * As many calls as a run is asked to make, or as fit in the time: at least those that make every
 * slot a row of the loop.
 */
function callsOf({ inFlight, latencyMs }: Shape, calls: number): number {
  const inTime = latencyMs === 0 ? calls : (mostSeconds * 1_000 * inFlight) / latencyMs;
  return Math.max(inFlight * callsOfRow(loop), Math.min(calls, inTime));
}
