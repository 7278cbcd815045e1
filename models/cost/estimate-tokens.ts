import type { Call } from "../call.ts";
import type { Endpoint } from "../endpoint.ts";

/** Guesses what a request will need before it is sent, its answer included. */
export type TokenEstimate = {
  of(call: Call, endpoint: Endpoint): number;
  /** Learns from the length of an answer. */
  learn(outputTokens: number): void;
};

/** Four bytes a token, and the longest answer where one is set, else the mean of those so far. */
export function createTokenEstimate(): TokenEstimate {
  let meanOutput = 500;
  return {
    of({ messages }, { settings }) {
      const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
      return Math.ceil(bytes / 4 + 4 * messages.length) + (settings.maxTokens ?? meanOutput);
    },
    learn(outputTokens) {
      meanOutput += (outputTokens - meanOutput) / 20;
    },
  };
}
