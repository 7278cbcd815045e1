import { rm } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { textFile } from "../directory/run-manifest.ts";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import {
  measureTaughtGain,
  taughtLevel,
  type TaughtGain,
  type TaughtRow,
} from "../../statistics/trust/taught-gain.ts";
import type { NoGuidelines, ProposedGuidelines } from "./guidelines-stage.ts";
import type { TaughtTopology } from "./taught-topology.ts";
import type { Job, RowsToWrite } from "../engine/job.ts";
import { createEvaluationJob, type GivenPair } from "../evaluate/evaluation-job.ts";
import type { EvaluationSummary } from "../evaluate/evaluation-outputs.ts";

/** What became of guidelines. */
export type NewGuidelines = ProposedGuidelines | NoGuidelines;

/** `summary.json` of `teach`: that of the second evaluation, and what teaching changed. */
export type TeachSummary = EvaluationSummary & {
  /** The gain by examples. */
  readonly teaching: TaughtGain & {
    readonly examples: number;
    /** Guidelines that were proposed, and their gain; or why there are none. */
    readonly guidelines?: NewGuidelines;
    /** The greatest p value that is beyond noise; the proposals share the false gains. */
    readonly level: number;
    /** Whether a gain is beyond noise, and `taught-judge.yaml` is there. */
    readonly taught: boolean;
    /** What is in `taught-judge.yaml`: of two gains the larger one. */
    readonly by: "examples" | "guidelines" | null;
  };
};

type Teaching = {
  /** The evaluator with examples. */
  readonly topology: TaughtTopology;
  /** What became of guidelines; null where none were asked for. */
  readonly guidelines: NewGuidelines | null;
  /** The held-out rows, with the verdicts of the evaluator as it was: `judgedBefore`. */
  readonly heldOut: string;
  readonly directory: string;
};

const taughtFile = "taught-judge.yaml";
const heldOutFile = "held-out.jsonl";

/** A second evaluation, of the held-out rows by the taught evaluator. */
export function createTeachJob(
  { topology, guidelines, heldOut, directory: out }: Teaching,
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
    write: async (directory, rows, watch) => {
      const { summary, files } = await job.write(directory, rows, watch);
      const gain = measureTaughtGain(await taughtRows(rows));
      const level = taughtLevel(isProposed(guidelines) ? 2 : 1);
      const by = rows.counts().pending === 0 ? betterBy(gain, guidelines, level) : null;
      await replaceFile(join(directory, heldOutFile), heldOut);
      const written = [...files, textFile(heldOutFile, heldOut)];
      const taught = by === null ? null : stringify(taughtBy(by, topology, guidelines));
      written.push(...(await writeTaught(directory, taught)));
      const teaching = {
        examples: topology.examples?.length ?? 0,
        ...gain,
        ...(guidelines === null ? {} : { guidelines }),
        level,
        taught: by !== null,
        by,
      };
      return { summary: { ...summary, teaching }, files: written };
    },
  };
}

function isProposed(guidelines: NewGuidelines | null): guidelines is ProposedGuidelines {
  return guidelines !== null && "guidelines" in guidelines;
}

/** The proposal with the larger gain of those that are beyond noise. */
function betterBy(
  examples: TaughtGain,
  guidelines: NewGuidelines | null,
  level: number,
): TeachSummary["teaching"]["by"] {
  const net = ({ gained, lost }: TaughtGain) => gained - lost;
  const helps = examples.p <= level;
  if (!isProposed(guidelines) || guidelines.p > level) return helps ? "examples" : null;
  return helps && net(examples) >= net(guidelines) ? "examples" : "guidelines";
}

function taughtBy(
  by: "examples" | "guidelines",
  topology: TaughtTopology,
  guidelines: NewGuidelines | null,
): TaughtTopology {
  if (by === "examples" || !isProposed(guidelines)) return topology;
  const { examples: _, ...evaluator } = topology;
  return { ...evaluator, guidelines: [...guidelines.guidelines] };
}

/** A row that failed counts as one on which the taught evaluator is wrong. */
async function taughtRows(rows: RowsToWrite<EvaluationResult>): Promise<TaughtRow[]> {
  const taught: TaughtRow[] = [];
  for await (const { row, result } of rows.inOrder()) {
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
