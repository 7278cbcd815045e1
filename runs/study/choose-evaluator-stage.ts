import { join } from "node:path";
import { readRecords } from "../../datasets/read/read-records.ts";
import { promptKey, toPairRow } from "../../datasets/rows/pair-row.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Winner } from "../../state/verdict.ts";
import { chooseEvaluator, type LabelledRow } from "../../statistics/choose-evaluator.ts";
import type { PlannedTopology, StudyPlan } from "../../topologies/study/study-plan.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate, nameRuns } from "../evaluate/evaluate.ts";
import type { JobEnd } from "../engine/job.ts";
import { readInput } from "../input/read-input.ts";
import { cheapnessOf } from "./cheapness.ts";
import type { EvaluatorDecision } from "./decision.ts";
import type { StageSummary } from "./run-stage.ts";
import type { Stages } from "./stages.ts";

/** A labelled row of the input, by its number. */
export type NumberedLabel = LabelledRow & { readonly row: number };

/**
 * Reads the labelled pairs of a study.
 *
 * @throws FellowshipError `bad_input` where no row has a label
 */
export async function readLabels(
  path: string,
  { limit = Infinity, reading }: Pick<CommandOptions, "limit" | "reading"> = {},
): Promise<NumberedLabel[]> {
  const labels: NumberedLabel[] = [];
  for await (const record of readInput({ input: path, reading })) {
    if (record.number > limit) break;
    const pair = toPairRow(record);
    if (!pair.ok || pair.row.label === undefined) continue;
    labels.push({ row: record.number, label: pair.row.label, prompt: promptKey(pair.row) });
  }
  if (labels.length > 0) return labels;
  throw new FellowshipError(
    "bad_input",
    `${path}: expected pairs with people's labels (label or labels), found none.`,
    { facts: { path } },
  );
}

/** An evaluator that was run over the labelled pairs. */
type Measured = {
  readonly planned: PlannedTopology;
  readonly end: JobEnd<StageSummary>;
  readonly verdicts: readonly Winner[];
};

/**
 * Runs all evaluators of a plan over its labelled pairs, and chooses one; null where it stopped.
 */
export async function decideEvaluator(
  plan: StudyPlan,
  labels: readonly NumberedLabel[],
  stages: Stages,
): Promise<{ readonly chosen: PlannedTopology; readonly decision: EvaluatorDecision } | null> {
  const measured: Measured[] = [];
  const names = nameRuns(plan.evaluators.map(({ path }) => path));
  for (const [index, planned] of plan.evaluators.entries()) {
    const stage = `evaluators/${names[index]?.name}`;
    const end = await stages.run(stage, { input: plan.labelled }, (options) =>
      evaluate(planned.path, options),
    );
    if (end === null) return null;
    const directory = stages.ended.at(-1)?.directory ?? "";
    measured.push({ planned, end, verdicts: await readWinners(directory, labels) });
  }
  const cost = cheapnessOf(measured.map(({ end }) => end.summary));
  const choice = chooseEvaluator(
    labels,
    measured.map(({ verdicts }, index) => ({ verdicts, cost: cost.of(index) })),
  );
  const pinned = plan.chosenEvaluator;
  const chosen = pinned ?? plan.evaluators[choice.chosen]!;
  const nameOf = (index: number) => plan.evaluators[index]?.name ?? "";
  return {
    chosen,
    decision: {
      chosen: chosen.name,
      reason:
        pinned === undefined
          ? reasonFor(nameOf(choice.chosen), nameOf(choice.best), {
              unit: cost.unit,
              candidates: measured.length,
            })
          : "the plan chose it; by agreement with people the study would take " +
            `${nameOf(choice.chosen)}`,
      candidates: measured.map(({ planned, end: { summary }, verdicts }, index) => ({
        name: planned.name,
        kappa: choice.kappas[index]!,
        withoutVerdict: verdicts.filter((winner) => winner === "none").length,
        behind: behindBest(choice.differences[index] ?? null),
        tokens: summary.tokens.unknown > 0 ? null : summary.tokens.in + summary.tokens.out,
        usd: summary.cost.unknown > 0 ? null : summary.cost.usd,
      })),
      rows: labels.length,
      prompts: new Set(labels.map(({ prompt }) => prompt)).size,
      crossFitted: choice.crossFitted,
      folds: choice.folds,
      optimism: choice.optimism,
    },
  };
}

/** Why one of several was chosen: the best, or the cheapest within noise of it. */
export function reasonFor(
  chosen: string,
  best: string,
  { unit, candidates }: { readonly unit: string; readonly candidates: number },
): string {
  if (candidates === 1) return "it is the only one";
  return chosen === best
    ? "it is the best, and none that is cheaper is within noise of it"
    : `it is within noise of the best (${best}) and takes the fewest ${unit}`;
}

type Choice = ReturnType<typeof chooseEvaluator>;

function behindBest(difference: Choice["differences"][number]) {
  if (difference === null) return null;
  const { kappa } = difference;
  return { value: kappa.difference, p: "pValue" in kappa ? kappa.pValue : null };
}

async function readWinners(directory: string, labels: readonly NumberedLabel[]): Promise<Winner[]> {
  const winners = new Map<number, Winner>();
  const options = { maxRowBytes: Number.MAX_SAFE_INTEGER };
  for await (const record of readRecords(join(directory, "rows.jsonl"), options)) {
    if (!("value" in record)) continue;
    const { row, winner } = record.value as { row: number; winner: Winner };
    winners.set(row, winner);
  }
  return labels.map(({ row }) => winners.get(row) ?? "none");
}
