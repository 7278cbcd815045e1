import { calibratedVerdict } from "../../state/evaluation/jury-calibration.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import { inSlices } from "../../state/in-slices.ts";
import { calibrateJurySteps } from "../../statistics/jury/calibrate-jury.ts";
import { createJuryRows } from "../../statistics/jury/jury-rows.ts";
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
  const judged = createJuryRows(jurors);
  for await (const { row, result } of inOrder(last)) {
    const { verdict, label, prompt, failure } = result;
    if (failure !== undefined || verdict === null) continue;
    judged.add({ votes: verdict.votes, label, cluster: prompt ?? row });
  }
  const { forRow } = await inSlices(calibrateJurySteps(judged.rows()));
  return (result) => {
    const { verdict, label, prompt } = result;
    // A verdict that a response's text prevented stays none.
    if (verdict === null || verdict.winner === "none") return result;
    const calibration = forRow({ label, cluster: prompt ?? "" });
    return { ...result, verdict: { ...verdict, ...calibratedVerdict(verdict.votes, calibration) } };
  };
}
