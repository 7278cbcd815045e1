import { join } from "node:path";
import { promptKey } from "../../datasets/rows/pair-row.ts";
import { toPromptRow } from "../../datasets/rows/prompt-row.ts";
import { readRecords } from "../../datasets/read/read-records.ts";
import { pairedMean, type MeanDifference } from "../../statistics/ranking/paired-mean.ts";

/** What a round of a loop gained over the best response before it. */
export type RoundGain = {
  readonly round: number;
  /** Rows in which the round's response was compared. */
  readonly n: number;
  /** The share of its wins less that of its losses. */
  readonly gain: MeanDifference | null;
};

type Line = {
  readonly row: number;
  readonly input: unknown;
  readonly verdicts: readonly {
    readonly round: number;
    readonly winner: string;
    readonly won: { readonly round: number } | null;
    readonly siblings?: boolean;
  }[];
};

/** Reads what each further round of a finished run gained, by the run's own evaluator. */
export async function readRoundGains(directory: string): Promise<RoundGain[]> {
  const values = new Map<number, { value: number; cluster: string }[]>();
  const options = { maxRowBytes: Number.MAX_SAFE_INTEGER };
  for await (const record of readRecords(join(directory, "rows.jsonl"), options)) {
    if (!("value" in record)) continue;
    const { row, input, verdicts } = record.value as Line;
    const prompt = toPromptRow({ number: row, place: record.place, value: input });
    const cluster = prompt.ok ? promptKey(prompt.row) : `row ${row}`;
    for (const { round, winner, won, siblings } of verdicts) {
      if (winner === "none" || siblings === true) continue;
      const value = won === null ? 0 : won.round === round ? 1 : -1;
      values.set(round, [...(values.get(round) ?? []), { value, cluster }]);
    }
  }
  return [...values]
    .toSorted(([one], [other]) => one - other)
    .map(([round, own]) => ({
      round,
      n: own.length,
      gain: pairedMean(own, { seed: `round ${round}`, possible: [-1, 0, 1] }),
    }));
}
