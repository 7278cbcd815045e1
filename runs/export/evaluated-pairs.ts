import { isDrawnAtRandom } from "../../datasets/rows/drawn-at-random.ts";
import { toPairRow } from "../../datasets/rows/pair-row.ts";
import type { PairRecord } from "../../datasets/trainers/training-record.ts";
import type { Candidate } from "../../datasets/gates/gate.ts";
import { evidenceOf } from "../gates/candidates.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import { isSameText } from "../../state/same-text.ts";

/** A pair for a trainer, with its scores and what gates are asked about. */
type EvaluatedPair = {
  readonly record: PairRecord;
  readonly scores: readonly [chosen: number, rejected: number] | undefined;
  readonly candidate: Candidate;
};

/**
 * The pair of an evaluated row with the winner as the chosen response; none where the evaluator
 * called it a tie or gave no verdict, and where the two texts are the same. People's verdict on the
 * row goes along as the label of the pair.
 */
export function evaluatedPairs(
  number: number,
  { id, input, verdict, label }: EvaluationResult,
): EvaluatedPair[] {
  const read = toPairRow({ number, place: `row ${number}`, value: input });
  const winner = verdict?.winner;
  if (!read.ok || verdict === null || (winner !== "a" && winner !== "b")) return [];
  const loser = winner === "a" ? "b" : "a";
  const [chosen, rejected] = [read.row[winner], read.row[loser]];
  if (isSameText(chosen.text, rejected.text)) return [];
  const { messages: prompt } = read.row;
  const { scores: given } = verdict;
  const scores = given === null ? undefined : ([given[winner], given[loser]] as const);
  const source = {
    row: number,
    ...(chosen.model == null ? {} : { chosen_agent: chosen.model }),
    ...(rejected.model == null ? {} : { rejected_agent: rejected.model }),
  };
  return [
    {
      record: { id, prompt, chosen: chosen.text, rejected: rejected.text, source },
      scores,
      candidate: {
        row: number,
        prompt,
        responses: [chosen.text, rejected.text],
        evidence: { ...evidenceOf(verdict, winner), scores },
        label:
          label === undefined || !isDrawnAtRandom(read.row.extra)
            ? undefined
            : outcomeOf(label, winner),
      },
    },
  ];
}

function outcomeOf(label: "a" | "b" | "tie", winner: "a" | "b") {
  if (label === "tie") return "tie";
  return label === winner ? "chosen" : "rejected";
}
