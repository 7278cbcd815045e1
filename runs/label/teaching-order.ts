import { join } from "node:path";
import { existsSync } from "node:fs";
import { readRunRows } from "../../report-page/read/read-lines.ts";
import type { EvaluatedLine } from "../../report-page/read/row-line.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import { knownOfRows } from "../../statistics/trust/known-of-rows.ts";
import { toPairToLabel, type PairToLabel } from "./pair-to-label.ts";

type Verdict = Pick<EvaluatedLine, "winner" | "votes" | "flipped">;

/**
 * The pairs that a run has judged, by what a person's label on them teaches, the most first: those
 * about which its evaluator was least sure. That is those whose verdict changed with the order,
 * then those whose voters disagree, then the smallest margins.
 *
 * Source: uncertainty sampling, Lewis and Gale, "A Sequential Algorithm for Training Text
 * Classifiers", 1994.
 *
 * @returns indices of pairs
 * @throws FellowshipError `bad_usage` where the directory holds no verdict about any of the pairs
 */
export async function teachingOrder(
  directory: string,
  pairs: readonly PairToLabel[],
  seed: string,
): Promise<number[]> {
  if (!existsSync(join(directory, "rows.jsonl"))) {
    throw refusal(directory, "expected a run of evaluate, found no rows.jsonl in it");
  }
  const verdicts = await verdictsByKey(directory);
  const judged = pairs.flatMap(({ key }, index) => {
    const verdict = verdicts.get(key);
    return verdict === undefined ? [] : [{ index, verdict }];
  });
  if (judged.length === 0) {
    throw refusal(directory, "expected verdicts about the pairs of PAIRS, found none about any");
  }
  const known = knownOfRows(judged.map(({ verdict }) => verdict));
  const random = createRandom(`what teaches ${seed}`);
  return judged
    .map(({ index, verdict }, row) => ({
      index,
      unsure: sureness(verdict, known[row]?.[1] ?? 0),
      luck: random(),
    }))
    .toSorted((one, other) => one.unsure - other.unsure || one.luck - other.luck)
    .map(({ index }) => index);
}

/** From 0, not sure at all. */
function sureness({ flipped, votes }: Verdict, margin: number): number {
  if (flipped === true) return 0;
  const winners = new Set(votes.filter(({ parsed }) => parsed).map(({ winner }) => winner));
  return winners.size > 1 ? Math.abs(margin) : 1 + Math.abs(margin);
}

async function verdictsByKey(directory: string): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  for await (const row of readRunRows(directory)) {
    if (row.kind !== "evaluated") continue;
    const { line } = row;
    const place = `row ${line.row}`;
    const read = toPairToLabel({ number: line.row, place, value: line.input });
    if (read.ok) verdicts.set(read.row.key, line);
  }
  return verdicts;
}

function refusal(directory: string, problem: string): FellowshipError {
  return new FellowshipError("bad_usage", `--run ${directory}: ${problem}.`, {
    facts: { directory },
  });
}
