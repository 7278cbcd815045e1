import { promptKey } from "../../datasets/rows/pair-row.ts";
import type { InputRecord } from "../../datasets/read/read-records.ts";
import { badInput, isFields } from "../../datasets/read/row-value.ts";
import { openRow, rowFailure } from "../../datasets/rows/row-fields.ts";
import { isSameText } from "../../state/same-text.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import type { Job } from "../engine/job.ts";
import { createEvaluationJob, type GivenPair } from "../evaluate/evaluation-job.ts";
import {
  writeComparisonOutputs,
  type ComparisonOptions,
  type ComparisonSummary,
} from "./comparison-outputs.ts";

/** An evaluation whose pairs are the responses of runs. */
export function createComparisonJob(
  comparison: ComparisonOptions,
  ...evaluation: Parameters<typeof createEvaluationJob>
): Job<GivenPair, EvaluationResult, ComparisonSummary> {
  const job = createEvaluationJob(...evaluation);
  return {
    ...job,
    command: "compare",
    alwaysWrites: true,
    inputPath: comparison.pairsPath,
    toRow: (record) => unpaired(record) ?? job.toRow(record),
    work: (address, row) =>
      isSameText(row.a.text, row.b.text) ? Promise.resolve(tied(row)) : job.work(address, row),
    write: async (directory, rows, watch) => {
      const evaluated = await job.write(directory, rows, watch);
      return writeComparisonOutputs(directory, { rows, evaluated }, comparison);
    },
  };
}

/** Why a line holds no pair; null where it may. */
function unpaired(record: InputRecord) {
  const opened = openRow(record);
  const problem = "value" in record && isFields(record.value) ? record.value["problem"] : null;
  if (!opened.ok || typeof problem !== "string") return null;
  return rowFailure(record, opened.row.id, badInput(problem));
}

/** The result of identical responses, which no evaluator needs to judge. */
function tied(row: GivenPair): EvaluationResult {
  const size = ({ text }: GivenPair["a"]) => ({ length: text.length, model: null });
  return {
    id: row.id,
    input: row.input,
    transcript: [],
    verdict: { winner: "tie", scores: null, votes: [] },
    candidates: { a: size(row.a), b: size(row.b) },
    prompt: promptKey(row),
  };
}
