import { rm } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { textFile } from "../directory/run-manifest.ts";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { EvaluationResult, RowCounts } from "../../state/row-result.ts";
import {
  measureTaughtGain,
  taughtLevel,
  type TaughtGain,
  type TaughtRow,
} from "../../statistics/trust/taught-gain.ts";
import type { EvaluatorTopology } from "../../topologies/kinds/evaluators.ts";
import type { RowJournal } from "../directory/row-journal.ts";
import type { Job } from "../engine/job.ts";
import { createEvaluationJob, type GivenPair } from "../evaluate/evaluation-job.ts";
import type { EvaluationSummary } from "../evaluate/evaluation-outputs.ts";

/** An evaluator that can be shown examples. */
export type TaughtTopology = Extract<
  EvaluatorTopology,
  { readonly graph: "judge" | "jury" | "debate" }
>;

/** `summary.json` of `teach`: that of the second evaluation, and what teaching changed. */
export type TeachSummary = EvaluationSummary & {
  readonly teaching: TaughtGain & {
    readonly examples: number;
    /** Whether the gain is beyond noise, and `taught-judge.yaml` is there. */
    readonly taught: boolean;
  };
};

type Teaching = {
  readonly topology: TaughtTopology;
  /** The held-out rows, with the verdicts of the evaluator as it was: `judgedBefore`. */
  readonly heldOut: string;
  readonly directory: string;
};

const taughtFile = "taught-judge.yaml";
const heldOutFile = "held-out.jsonl";

/** A second evaluation, of the held-out rows by the taught evaluator. */
export function createTeachJob(
  { topology, heldOut, directory: out }: Teaching,
  ...[graph, parts]: Parameters<typeof createEvaluationJob> extends [unknown, ...infer Rest]
    ? Rest
    : never
): Job<GivenPair, EvaluationResult, TeachSummary> {
  const job = createEvaluationJob(topology, graph, parts);
  return {
    ...job,
    command: "teach",
    // The verdict before is no column that an evaluator reads.
    columns: undefined,
    inputPath: join(out, heldOutFile),
    write: async (directory, rows, counts) => {
      const { summary, files } = await job.write(directory, rows, counts);
      const gain = measureTaughtGain(await taughtRows(rows, counts));
      const taught = counts.pending === 0 && gain.p <= taughtLevel;
      await replaceFile(join(directory, heldOutFile), heldOut);
      const written = [...files, textFile(heldOutFile, heldOut)];
      written.push(...(await writeTaught(directory, taught ? stringify(topology) : null)));
      const examples = topology.examples?.length ?? 0;
      return { summary: { ...summary, teaching: { examples, ...gain, taught } }, files: written };
    },
  };
}

/** A row that failed counts as one on which the taught evaluator is wrong. */
async function taughtRows(
  rows: RowJournal<EvaluationResult>,
  counts: RowCounts,
): Promise<TaughtRow[]> {
  const taught: TaughtRow[] = [];
  for await (const { row, result } of rows.inOrder(counts.rows)) {
    const { input, label, verdict, prompt = String(row) } = result;
    if (label === undefined || !isFields(input)) continue;
    const wasRight = input["judgedBefore"] === label;
    taught.push({ prompt, wasRight, isRight: verdict?.winner === label });
  }
  return taught;
}

async function writeTaught(directory: string, text: string | null): Promise<OutputFile[]> {
  const path = join(directory, taughtFile);
  if (text === null) {
    await rm(path, { force: true });
    return [];
  }
  await replaceFile(path, text);
  return [textFile(taughtFile, text)];
}
