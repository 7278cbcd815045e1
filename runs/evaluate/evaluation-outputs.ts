import { callLine } from "../../state/calls/call-record.ts";
import {
  writeOutputSet,
  type LineWatch,
  type OutputFile,
  type OutputSet,
} from "../../datasets/export/output-set.ts";
import { isDrawnAtRandom } from "../../datasets/rows/drawn-at-random.ts";
import { createEvaluationRows, type EvaluatedRow } from "../../statistics/evaluation-rows.ts";
import { evaluationSteps, type Evaluation } from "../../statistics/measure-evaluation.ts";
import { juryFigures, type JuryFigures } from "../../statistics/jury/jury-figures.ts";
import { createJuryRows } from "../../statistics/jury/jury-rows.ts";
import { juryCountOf } from "../../topologies/juries-in.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import { countCascades, type CascadeFigures } from "../cascade/cascade-figures.ts";
import {
  labelsFileFor,
  pairForPeople,
  pairsForPeople,
  readPeopleLabels,
  withPeoplesVerdicts,
  type PersonFigures,
} from "../cascade/person-decides.ts";
import { personOf } from "../../topologies/kinds/cascade.ts";
import { count } from "../accounting/count.ts";
import type { RowsToWrite } from "../engine/job.ts";
import { inSlices } from "../../state/in-slices.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { addCalls, emptyTally, roundedUsd, type Tally } from "../accounting/tally.ts";

/** `summary.json` of an evaluation (contract section 5). */
export type EvaluationSummary = RowCounts &
  Tally &
  Evaluation & {
    failures: Record<string, number>;
    cascades?: CascadeFigures[];
    /** Of a cascade whose last step is a person. */
    person?: PersonFigures;
    /** Of a jury of several. */
    jury?: JuryFigures;
  };

export type EvaluationOutputOptions = {
  readonly directory: string;
  readonly rows: RowsToWrite<EvaluationResult>;
  readonly watch?: LineWatch | undefined;
  /** Whether the responses stood in an order. */
  readonly ordered: boolean;
  readonly priceOf: PriceOf;
  /** The evaluator, which is measured where it is a cascade or a jury. */
  readonly topology: object;
};

/** Writes the verdicts of an evaluation in the order of the input, and measures them. */
export async function writeEvaluationOutputs(
  options: EvaluationOutputOptions,
): Promise<{ summary: EvaluationSummary; files: OutputFile[] }> {
  const { directory, watch } = options;
  const { result, files } = await writeOutputSet(
    directory,
    (set) => writeRows(options, set),
    watch,
  );
  return { summary: result, files };
}

async function writeRows(
  { directory, rows: machines, ordered, priceOf, topology }: EvaluationOutputOptions,
  set: OutputSet,
): Promise<EvaluationSummary> {
  const writeRow = await set.jsonl("rows.jsonl");
  const writeFailure = await set.jsonl("failed.jsonl");
  const tally = emptyTally();
  const cascades = countCascades(topology, priceOf);
  const failures: Record<string, number> = {};
  const evaluated = createEvaluationRows();
  const jury = measureJury(topology);
  const people = await openPeople(set, topology, directory);
  let failedLabels = 0;
  const rows = withPeoplesVerdicts(machines, topology, people.labels);
  for await (const { row: number, result } of rows) {
    await people.add(number, result);
    addCalls(tally, result.transcript, priceOf);
    cascades.add(number, result.person === undefined ? result : { ...result, label: undefined });
    const { id, failure, verdict } = result;
    if (failure !== undefined || verdict === null) {
      const why = failure ?? { reason: "no_verdict", detail: "the evaluator left no verdict" };
      count(failures, why.reason);
      await writeFailure({ id, row: number, ...why });
      if (result.label !== undefined && isDrawnAtRandom(result.input)) failedLabels += 1;
      continue;
    }
    const row = evaluatedRow(result, verdict);
    evaluated.add(row);
    jury.add(number, row);
    await writeRow(evaluationRowLine(number, result));
  }
  tally.cost.usd = roundedUsd(tally.cost.usd);
  return {
    ...machines.counts(),
    ...tally,
    ...(await inSlices(evaluationSteps(evaluated, { ordered, failedLabels }))),
    failures,
    ...cascades.figures(),
    ...(await jury.figures()),
    ...people.figures(),
  };
}

/** Writes the pairs that go to people, and counts them. */
async function openPeople(set: OutputSet, topology: object, directory: string) {
  if (personOf(topology) === undefined) {
    return {
      labels: new Map(),
      add: async () => undefined,
      figures,
    };
  }
  const writePair = await set.jsonl(pairsForPeople);
  const { labels, files } = await readPeopleLabels(directory);
  const asked: number[] = [];
  return {
    labels,
    async add(row: number, result: EvaluationResult): Promise<void> {
      if (result.person === undefined) return;
      const pair = pairForPeople(row, result);
      if (pair !== null) await writePair(pair);
      asked.push(row);
    },
    figures: (): Pick<EvaluationSummary, "person"> => {
      const decided = asked.filter((row) => labels.has(row)).length;
      const counts = { asked: asked.length, decided, waiting: asked.length - decided };
      return { person: { ...counts, labels: labelsFileFor(asked, files) } };
    },
  };
}

function figures(): Pick<EvaluationSummary, "person"> {
  return {};
}

/** Measures the topology where it is a jury of several. */
function measureJury(topology: object) {
  const jury = juryCountOf(topology);
  const judged = createJuryRows(jury?.jurors ?? []);
  return {
    add: (row: number, { prompt, votes, label, winner, drawnAtRandom }: EvaluatedRow) => {
      if (jury === null) return;
      judged.add({ votes, label, winner, drawnAtRandom, cluster: prompt ?? row });
    },
    figures: async (): Promise<Pick<EvaluationSummary, "jury">> =>
      jury === null ? {} : { jury: await inSlices(juryFigures(judged.rows(), jury)) },
  };
}

function evaluatedRow(
  { input, label, labels, person, candidates, prompt }: EvaluationResult,
  { winner, votes, flipped }: NonNullable<EvaluationResult["verdict"]>,
): EvaluatedRow {
  return {
    prompt,
    winner,
    votes,
    flipped,
    label,
    labels,
    ...(person === undefined ? {} : { byPerson: true as const }),
    drawnAtRandom: isDrawnAtRandom(input),
    lengths: { a: candidates?.a.length ?? 0, b: candidates?.b.length ?? 0 },
    models: { a: candidates?.a.model ?? null, b: candidates?.b.model ?? null },
  };
}

/** A row's line in `rows.jsonl` (contract section 5). */
export function evaluationRowLine(
  number: number,
  { id, input, verdict, label, labels, person, transcript }: EvaluationResult,
) {
  return {
    id,
    row: number,
    ...verdict,
    ...(person === undefined ? {} : { person }),
    ...(label === undefined ? {} : { label }),
    ...(labels === undefined ? {} : { labels }),
    input,
    transcript: transcript.map(callLine),
  };
}
