import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "../../report-page/read/read-run.ts";
import { counted } from "../../state/counted.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { leastDifferences } from "../../statistics/trust/taught-gain.ts";
import { buildEvaluator, type BuiltEvaluator } from "../../topologies/build/build-evaluator.ts";
import { evaluatorKind, type EvaluatorTopology } from "../../topologies/kinds/evaluators.ts";
import { recordedTopology } from "../../topologies/recorded-topology.ts";
import type { CommandOptions } from "../command-options.ts";
import { defineCommand, type RowCommand } from "../engine/define-command.ts";
import type { JobEnd } from "../engine/job.ts";
import type { GivenPair } from "../evaluate/evaluation-job.ts";
import { pairSizes } from "../evaluate/pair-sizes.ts";
import type { Forecast } from "../forecast/forecast.ts";
import { isWrong, splitLabels } from "./split-labels.ts";
import { readVerdicts, type JudgedRow } from "./read-verdicts.ts";
import { createTeachJob, type TaughtTopology, type TeachSummary } from "./teach-job.ts";

/** What teaching is told; its input is made of the run in `taughtFrom`. */
export type TeachOptions = CommandOptions & {
  /** The directory of an evaluation with people's labels. */
  readonly taughtFrom: string;
};

/**
 * Shows an evaluator some of its mistakes as examples, and lets it judge the held-out labelled rows
 * again. Its topology is written to `taught-judge.yaml` only if the gain is beyond noise.
 *
 * @throws FellowshipError `bad_usage` where the run has no labels to teach with or to measure by,
 *   or its evaluator takes no examples; as `runJob` does
 */
export function teach(options: TeachOptions): Promise<JobEnd<TeachSummary>> {
  return withHeldOut(options, (command, changed) => command.run(options.taughtFrom, changed));
}

/** Estimates what `teach` would ask; makes all its checks, and sends and writes nothing. */
export function forecastTeach(options: TeachOptions): Promise<Forecast> {
  return withHeldOut(options, (command, changed) => command.forecast(options.taughtFrom, changed));
}

/** Makes the held-out rows the input of an evaluation, for as long as it runs. */
async function withHeldOut<Result>(
  options: TeachOptions,
  use: (command: RowCommand<TeachSummary>, options: CommandOptions) => Promise<Result>,
): Promise<Result> {
  const { taughtFrom, allowCode = false } = options;
  const evaluator = await evaluatorOf(taughtFrom, allowCode);
  const { examples, heldOut } = splitLabels(await readVerdicts(taughtFrom));
  refuseTooFew(taughtFrom, examples, heldOut);
  const topology = { ...evaluator, examples: examples.map(({ example }) => example) };
  const lines = heldOut.map(({ id, input, winner }) =>
    JSON.stringify({ ...input, id, judgedBefore: winner }),
  );
  const text = lines.map((line) => `${line}\n`).join("");
  const directory = await mkdtemp(join(tmpdir(), "fellowship-"));
  try {
    const input = join(directory, "held-out.jsonl");
    await writeFile(input, text);
    const command = teachCommand(topology, text, options.directory);
    return await use(command, { ...options, input, reading: undefined });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function teachCommand(
  topology: TaughtTopology,
  heldOut: string,
  directory: string,
): RowCommand<TeachSummary> {
  return defineCommand({
    open: async () => ({
      topology,
      steps: evaluatorKind(topology).evaluate.forecast(topology),
      assumptions: [],
      build: (context) => buildEvaluator(topology, context),
    }),
    sizesOf: (row: GivenPair) => pairSizes(row, topology),
    job: (_topology: TaughtTopology, graph: BuiltEvaluator, parts) =>
      createTeachJob({ topology, heldOut, directory }, graph, parts),
  });
}

/**
 * The evaluator of a finished evaluation.
 *
 * @throws FellowshipError `bad_usage` where it is none that can be shown examples
 */
async function evaluatorOf(directory: string, allowCode: boolean): Promise<TaughtTopology> {
  const { manifest } = await readRun(directory);
  if (manifest.command !== "evaluate") {
    const found = `${directory} was made by ${manifest.command}`;
    throw badUsage(`teach: expected the --out directory of evaluate; ${found}.`);
  }
  const topology = recordedTopology(manifest.topology, { place: directory, allowCode });
  if (!takesExamples(topology)) {
    throw badUsage(
      `teach: expected a run of a judge, a jury or a debate, which can be shown examples; ` +
        `${directory} is of graph: ${topology.graph}.`,
    );
  }
  if (topology.graph === "judge" && topology.agents.judge.api !== undefined) {
    throw badUsage(`teach: the judge of ${directory} is a reward model, which reads no examples.`);
  }
  if (topology.examples === undefined) return topology;
  throw badUsage(
    `teach: the evaluator of ${directory} has examples already. Expected a run of the ` +
      "evaluator without them.",
  );
}

function takesExamples(topology: { readonly graph: string }): topology is TaughtTopology {
  const graphs: readonly string[] = [
    "judge",
    "jury",
    "debate",
  ] satisfies EvaluatorTopology["graph"][];
  return !("module" in topology) && graphs.includes(topology.graph);
}

/** Says what is missing before anything is paid for. */
function refuseTooFew(
  directory: string,
  examples: readonly JudgedRow[],
  heldOut: readonly JudgedRow[],
): void {
  if (heldOut.length === 0) {
    throw badUsage(
      `teach: ${directory} has no rows with people's labels that were drawn at random. ` +
        "Label some (fellowship label), and evaluate them.",
    );
  }
  const wrong = new Set(heldOut.filter(isWrong).map(({ prompt }) => prompt)).size;
  if (examples.length > 0 && wrong >= leastDifferences) return;
  throw badUsage(
    "teach: expected mistakes of the evaluator on both halves of the labelled rows, one to " +
      "teach with and " +
      `${leastDifferences} prompts to measure by; got ${examples.length} and ${wrong} ` +
      `(${counted(heldOut.length, "row")} held out). No gain could be beyond noise. Label ` +
      "more pairs, and evaluate them.",
  );
}

function badUsage(message: string): FellowshipError {
  return new FellowshipError("bad_usage", message);
}
