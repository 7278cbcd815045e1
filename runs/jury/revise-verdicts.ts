import { calibratedVerdict } from "../../state/evaluation/jury-calibration.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import { calibrateJury } from "../../statistics/jury/calibrate-jury.ts";
import type { JudgedByJury } from "../../statistics/jury/judged-by-jury.ts";
import type { JuryInTopology } from "../../topologies/juries-in.ts";
import type { FinishedRows } from "../engine/waves.ts";

/**
 * The verdicts of a calibrated jury by all rows of its run, instead of those that each row had
 * when the run knew little. It rests on the rows' votes alone, and so is the same after an
 * interruption, and in whatever order the rows were judged.
 */
export async function reviseVerdicts(
  { jurors }: JuryInTopology,
  { inOrder }: Pick<FinishedRows<EvaluationResult>, "inOrder">,
  last: number,
): Promise<(result: EvaluationResult) => EvaluationResult> {
  const judged: JudgedByJury[] = [];
  for await (const { row, result } of inOrder(last)) {
    if (result.failure === undefined) judged.push(...judgedRow(result, row));
  }
  const { forRow } = calibrateJury(judged, jurors);
  return (result) => {
    const { verdict, label, prompt } = result;
    // A verdict that a response's text prevented stays none.
    if (verdict === null || verdict.winner === "none") return result;
    const calibration = forRow({ label, cluster: prompt ?? "" });
    return { ...result, verdict: { ...verdict, ...calibratedVerdict(verdict.votes, calibration) } };
  };
}

function judgedRow({ verdict, label, prompt }: EvaluationResult, row: number): JudgedByJury[] {
  return verdict === null ? [] : [{ votes: verdict.votes, label, cluster: prompt ?? row }];
}
