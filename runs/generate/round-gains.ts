import { promptKey } from "../../datasets/rows/pair-row.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { pairedMean, type MeanDifference } from "../../statistics/ranking/paired-mean.ts";

/** What a round of a loop gained over the best response before it. */
export type RoundGain = {
  readonly round: number;
  /** Rows in which the round's response was compared. */
  readonly n: number;
  /** The share of its wins less that of its losses, from -1 to 1; rows of one prompt go together. */
  readonly gain: MeanDifference;
};

/** Collects how the rounds of finished rows did against the best response before them. */
export type RoundGains = {
  readonly add: (result: GenerationResult) => void;
  /** By round, ascending. A comparison without a verdict counts nowhere. */
  readonly gains: () => RoundGain[];
};

export function createRoundGains(): RoundGains {
  const rounds = new Map<number, { value: number; cluster: string }[]>();
  return {
    add({ prompt: messages, comparisons }) {
      const contests = comparisons.filter(
        ({ siblings, verdict }) => !siblings && verdict.winner !== "none",
      );
      if (contests.length === 0) return;
      const cluster = promptKey({ messages: [...messages] });
      for (const { round, won, challenger } of contests) {
        const value = won === null ? 0 : won === challenger ? 1 : -1;
        const own = rounds.get(round) ?? [];
        own.push({ value, cluster });
        rounds.set(round, own);
      }
    },
    gains: () =>
      [...rounds]
        .toSorted(([one], [other]) => one - other)
        .flatMap(([round, own]) => {
          const gain = pairedMean(own, { seed: `round ${round}`, possible: [-1, 0, 1] });
          return gain === null ? [] : [{ round, n: own.length, gain }];
        }),
  };
}
