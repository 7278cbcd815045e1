import { promptKey } from "../../datasets/rows/pair-row.ts";
import { badInput } from "../../datasets/read/row-value.ts";
import { rowFailure } from "../../datasets/rows/row-fields.ts";
import { isSameText } from "../../state/same-text.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import type { Job } from "../engine/job.ts";
import { createEvaluationJob, type GivenPair } from "../evaluate/evaluation-job.ts";
import { writeAuditOutputs, type AuditSettings, type AuditSummary } from "./audit-outputs.ts";
import { scaleOf } from "./disagreement.ts";

/** An evaluation of pairs of which one response was chosen. */
export function createAuditJob(
  settings: Omit<AuditSettings, "scale">,
  ...evaluation: Parameters<typeof createEvaluationJob>
): Job<GivenPair, EvaluationResult, AuditSummary> {
  const job = createEvaluationJob(...evaluation);
  const [topology] = evaluation;
  return {
    ...job,
    command: "audit",
    // The threshold and the held-out files are no part of the rows.
    alwaysWrites: true,
    // The corrected set has every column of the input.
    columns: undefined,
    wanted: [
      ["prompt", "messages", "chosen"],
      ["chosen", "a"],
      ["rejected", "b"],
    ],
    toRow: (record) => {
      const read = job.toRow(record);
      if (!read.ok || read.row.label === "a" || read.row.label === "b") return read;
      const found = read.row.label === undefined ? "no label" : "a tie";
      const problem = `expected chosen and rejected, or a, b and a label a or b; found ${found}`;
      return rowFailure(record, read.row.id, badInput(problem));
    },
    work: (address, row) =>
      isSameText(row.a.text, row.b.text) ? Promise.resolve(notAsked(row)) : job.work(address, row),
    write: async (directory, rows, watch) => {
      const evaluated = await job.write(directory, rows, watch);
      const scale = scaleOf(topology);
      return writeAuditOutputs(directory, { rows, evaluated }, { ...settings, scale });
    },
  };
}

/** The result of identical responses, about which no model is asked. */
function notAsked(row: GivenPair): EvaluationResult {
  const size = ({ text }: GivenPair["a"]) => ({ length: text.length, model: null });
  return {
    id: row.id,
    input: row.input,
    transcript: [],
    verdict: { winner: "tie", scores: null, votes: [] },
    ...(row.label === undefined ? {} : { label: row.label }),
    candidates: { a: size(row.a), b: size(row.b) },
    prompt: promptKey(row),
  };
}
