import { measureArms } from "../measure.ts";
import type { Part } from "../part.ts";
import { wholeTable } from "../tables.ts";

/** A whole process from its start to its last file, beside one that asks with the client alone. */
export const whole: Part = {
  name: "whole",
  without: "always",
  measure: async ({ server, rounds, calls, print }) => {
    const load = { server, calls, rounds, latencyMs: 0, inFlight: 64, isFresh: true };
    print(wholeTable(await measureArms(["openai", "ours feedback-loop"], load), calls));
  },
};
