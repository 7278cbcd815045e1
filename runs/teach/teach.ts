import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted } from "../../state/counted.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { leastDifferences } from "../../statistics/trust/taught-gain.ts";
import { buildEvaluator, type BuiltEvaluator } from "../../topologies/build/build-evaluator.ts";
import { evaluatorKind } from "../../topologies/kinds/evaluators.ts";
import type { Tally } from "../accounting/tally.ts";
import type { CommandOptions } from "../command-options.ts";
import { moveAside } from "../directory/run-directory.ts";
import { defineCommand, type RowCommand } from "../engine/define-command.ts";
import type { JobEnd } from "../engine/job.ts";
import type { GivenPair } from "../evaluate/evaluation-job.ts";
import { pairSizes } from "../evaluate/pair-sizes.ts";
import type { Forecast } from "../forecast/forecast.ts";
import {
  forecastGuidelines,
  proposeGuidelines,
  writerOf,
  type GuidelinesStage,
} from "./guidelines-stage.ts";
import { isWrong, splitLabels } from "./split-labels.ts";
import { readVerdicts, type JudgedRow } from "./read-verdicts.ts";
import { taughtEvaluator } from "./taught-evaluator.ts";
import type { TaughtTopology } from "./taught-topology.ts";
import { createTeachJob, type NewGuidelines, type TeachSummary } from "./teach-job.ts";

/** What teaching is told; its input is made of the run in `taughtFrom`. */
export type TeachOptions = CommandOptions & {
  /** The directory of an evaluation with people's labels. */
  readonly taughtFrom: string;
  /**
   * The model that writes guidelines, or `off` for none; the evaluator's first judge where not
   * given.
   */
  readonly guidelines?: string | undefined;
};

/** How teaching ended; where it ended before examples were tried, its summary has no `teaching`. */
export type TeachEnd = JobEnd<TeachSummary> | JobEnd<Tally & RowCounts>;

/**
 * Proposes two ways to teach an evaluator, each from its mistakes on one half of the labelled
 * prompts: guidelines that a model writes, and the mistakes as examples. The evaluator judges the
 * other half again with each of them. Of the gains beyond noise the larger one is kept, as the
 * topology `taught-judge.yaml`.
 *
 * @throws FellowshipError `bad_usage` where the run has no labels to teach with or to measure by,
 *   or its evaluator takes no examples; as `runJob` does
 */
export function teach(options: TeachOptions): Promise<TeachEnd> {
  return withHeldOut(options, async ({ stage, commandWith }, changed) => {
    // Every mistake is found before guidelines are paid for.
    await commandWith(null).check(options.taughtFrom, changed);
    if (stage === null) return commandWith(null).run(options.taughtFrom, changed);
    if (changed.fresh) await moveAside(changed.directory, changed.input);
    const now = { ...changed, fresh: false };
    const proposed = await proposeGuidelines(stage, now);
    if (proposed.kind === "stopped") return proposed.end;
    const guidelines = proposed.kind === "none" ? proposed.none : proposed.proposal;
    const budgetUsd =
      now.budgetUsd === undefined ? undefined : Math.max(0, now.budgetUsd - guidelines.usd);
    return commandWith(guidelines).run(options.taughtFrom, { ...now, budgetUsd });
  });
}

/** Estimates what `teach` would ask; makes all its checks, and sends and writes nothing. */
export function forecastTeach(
  options: TeachOptions,
): Promise<(readonly [name: string, forecast: Forecast])[]> {
  return withHeldOut(options, async ({ stage, commandWith }, changed) => {
    const byExamples = await commandWith(null).forecast(options.taughtFrom, changed);
    if (stage === null) return [["", byExamples]];
    return [...(await forecastGuidelines(stage, changed)), ["judging by examples", byExamples]];
  });
}

type Lesson = {
  /** Null where no guidelines are to be written. */
  readonly stage: GuidelinesStage | null;
  readonly commandWith: (guidelines: NewGuidelines | null) => RowCommand<TeachSummary>;
};

/** Makes the held-out rows the input of an evaluation, for as long as it runs. */
async function withHeldOut<Result>(
  options: TeachOptions,
  use: (lesson: Lesson, options: CommandOptions) => Promise<Result>,
): Promise<Result> {
  const { taughtFrom, allowCode = false, guidelines: asked, ...given } = options;
  const evaluator = await taughtEvaluator(taughtFrom, allowCode);
  const { mistakes, examples, heldOut } = splitLabels(await readVerdicts(taughtFrom));
  const writer = asked === "off" ? null : writerOf(evaluator, asked);
  refuseTooFew(taughtFrom, { examples, heldOut, proposals: writer === null ? 1 : 2 });
  const topology = { ...evaluator, examples: examples.map(({ example }) => example) };
  const lines = heldOut.map(({ id, input, winner }) =>
    JSON.stringify({ ...input, id, judgedBefore: winner }),
  );
  const text = lines.map((line) => `${line}\n`).join("");
  const stage = writer === null ? null : { evaluator, writer, heldOutText: text };
  const directory = await mkdtemp(join(tmpdir(), "fellowship-"));
  try {
    const input = join(directory, "held-out.jsonl");
    await writeFile(input, text);
    const lesson: Lesson = {
      stage: stage && {
        ...stage,
        mistakes: mistakes.flatMap(({ example, winner }) =>
          winner === "none" ? [] : [{ example, winner }],
        ),
        heldOut: heldOut.map(({ prompt, winner, label }) => ({
          prompt,
          label,
          wasRight: winner === label,
        })),
      },
      commandWith: (guidelines) =>
        teachCommand({ topology, guidelines, heldOut: text, directory: options.directory }),
    };
    return await use(lesson, { ...given, allowCode, input, reading: undefined });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function teachCommand(teaching: Parameters<typeof createTeachJob>[0]): RowCommand<TeachSummary> {
  const { topology } = teaching;
  return defineCommand({
    open: async () => ({
      topology,
      steps: evaluatorKind(topology).evaluate.forecast(topology),
      assumptions: [],
      build: (context) => buildEvaluator(topology, context),
    }),
    sizesOf: (row: GivenPair) => pairSizes(row, topology),
    job: (_topology: TaughtTopology, graph: BuiltEvaluator, parts) =>
      createTeachJob(teaching, graph, parts),
  });
}

/** Says what is missing before anything is paid for. */
function refuseTooFew(
  directory: string,
  {
    examples,
    heldOut,
    proposals,
  }: {
    readonly examples: readonly JudgedRow[];
    readonly heldOut: readonly JudgedRow[];
    readonly proposals: number;
  },
): void {
  const least = leastDifferences(proposals);
  if (heldOut.length === 0) {
    throw badUsage(
      `teach: ${directory} has no rows with people's labels that were drawn at random. ` +
        "Label some (fellowship label), and evaluate them.",
    );
  }
  const wrong = new Set(heldOut.filter(isWrong).map(({ prompt }) => prompt)).size;
  if (examples.length > 0 && wrong >= least) return;
  throw badUsage(
    "teach: expected mistakes of the evaluator on both halves of the labelled rows, one to " +
      `teach with and ${least} prompts to measure by; got ${examples.length} and ${wrong} ` +
      `(${counted(heldOut.length, "row")} held out). No gain could be beyond noise. Label more ` +
      "pairs, and evaluate them.",
  );
}

function badUsage(message: string): FellowshipError {
  return new FellowshipError("bad_usage", message);
}
