import {
  evenJury,
  juriesKey,
  type JuryCalibration,
  type JuryCalibrations,
} from "../../state/evaluation/jury-calibration.ts";
import { inSlices } from "../../state/in-slices.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { Verdict } from "../../state/verdict.ts";
import { learnJury } from "../../statistics/jury/calibrate-jury.ts";
import type { JudgedByJury } from "../../statistics/jury/judged-by-jury.ts";
import { createJuryRows } from "../../statistics/jury/jury-rows.ts";
import { calibratedJuriesIn, type JuryInTopology } from "../../topologies/juries-in.ts";
import { verdictsOf, type JudgedResult } from "../cascade/verdicts-of.ts";
import { isJudgedBefore } from "../engine/judged-before.ts";
import type { FinishedRows, Waves } from "../engine/waves.ts";

type LearningResult = RowResult & JudgedResult & Partial<Pick<JudgedByJury, "label">>;

/** The calibrations that a run learns, for the row that begins next. */
export type JuryLearning<Result> = {
  readonly waves: Waves<Result>;
  /** For the row's result: what the row was judged by. */
  readonly noted: () => { readonly juries: JuryCalibrations };
  /** For the configuration of the row's graph. */
  readonly configurable: () => { readonly [juriesKey]: JuryCalibrations };
};

/**
 * Calibrates the juries whose verdicts decide how a row goes on: in a loop, a pool or a cascade.
 * They are calibrated on the rows before fixed ones, so that neither the order in flight nor an
 * interruption changes them; in the first rows every juror counts alike. A topology that is a jury
 * by itself is no such case: its verdicts are made by all rows at the end (`reviseVerdicts`).
 *
 * @returns null where there is no such jury
 */
export function createJuryLearning<Result extends LearningResult>(
  topology: unknown,
): JuryLearning<Result> | null {
  const juries = calibratedJuriesIn(topology).filter(({ key }) => key !== "");
  if (juries.length === 0) return null;
  let learned: JuryCalibrations = Object.fromEntries(
    juries.map(({ name, jurors }) => [name, evenJury(jurors)]),
  );
  return {
    noted: () => ({ juries: learned }),
    configurable: () => ({ [juriesKey]: learned }),
    waves: {
      beginsAt: isJudgedBefore,
      begin: async (row, rows) => {
        learned =
          (await begunWith(row, rows)) ?? (await calibratedBefore(row, rows, juries)) ?? learned;
      },
      learned: [
        {
          what: "the calibrated jury in the topology",
          remedy: "Give it another aggregate, such as plurality",
        },
      ],
    },
  };
}

/** What an earlier session had learned when it began the wave. */
async function begunWith<Result extends LearningResult>(
  first: number,
  { inOrder, lastRow }: FinishedRows<Result>,
): Promise<JuryCalibrations | null> {
  for await (const { row, result } of inOrder(lastRow, first)) {
    if (row > first && isJudgedBefore(row)) return null;
    if (result.juries !== undefined) return result.juries;
  }
  return null;
}

async function calibratedBefore<Result extends LearningResult>(
  row: number,
  { inOrder }: FinishedRows<Result>,
  juries: readonly JuryInTopology[],
): Promise<JuryCalibrations | null> {
  const judged = juries.map(({ jurors }) => createJuryRows(jurors));
  for await (const { row: cluster, result } of inOrder(row - 1)) {
    if (result.failure !== undefined) continue;
    const { label } = result;
    for (const [place, { jurors }] of juries.entries()) {
      for (const { votes } of verdictsOf(result).filter((one) => isOf(one, jurors))) {
        judged[place]?.add({ votes, label, cluster });
      }
    }
  }
  const rows = judged.map((one) => one.rows());
  if (rows.every(({ size }) => size === 0)) return null;
  const learned: [name: string, JuryCalibration][] = [];
  for (const [place, { name }] of juries.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one processor
    const { calibration } = await inSlices(learnJury(rows[place]!));
    learned.push([name, calibration]);
  }
  return Object.fromEntries(learned);
}

/** Whether jurors took part in a verdict. */
function isOf({ votes }: Verdict, jurors: readonly string[]): boolean {
  return votes.some(({ agent }) => jurors.includes(agent));
}
