import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pricesIn } from "../report/prices-of-run.ts";
import { conversationText } from "../../prompts/fence.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { isSameText } from "../../state/same-text.ts";
import { pairsOf } from "../../statistics/compare-runs.ts";
import type { BuiltEvaluator } from "../../topologies/build/build-evaluator.ts";
import { openUnattendedEvaluator, type OpenedEvaluator } from "../../topologies/open-topology.ts";
import type { CommandOptions } from "../command-options.ts";
import type { GivenPair } from "../evaluate/evaluation-job.ts";
import { defineCommand, type RowCommand } from "../engine/define-command.ts";
import type { JobEnd } from "../engine/job.ts";
import { roughTokens, type Forecast } from "../forecast/forecast.ts";
import { createComparisonJob } from "./comparison-job.ts";
import type { ComparisonOptions, ComparisonSummary } from "./comparison-outputs.ts";
import { choosePrompts } from "./choose-prompts.ts";
import { pairResponses } from "./pair-responses.ts";
import { readAllResponses } from "./read-responses.ts";

/** What a comparison is told; its input is made of the runs. */
export type CompareOptions = CommandOptions & {
  /** Directories of runs of `generate`, or files of responses; the first is A. */
  readonly runs: readonly string[];
  /** The round whose responses are compared; the best ones where not given. */
  readonly round?: number | undefined;
  /** The field of the prompts by whose values the win rates are told apart. */
  readonly by?: string | undefined;
};

/**
 * Compares the responses of runs, each run with each other, by an evaluator topology; in both
 * orders unless its file says otherwise. Identical responses tie, and no model is asked.
 *
 * @throws FellowshipError as `readAllResponses`, `pairResponses` and `runJob` do
 */
export function compare(
  evaluator: string,
  options: CompareOptions,
): Promise<JobEnd<ComparisonSummary>> {
  return withPairs(options, (command, changed) => command.run(evaluator, changed));
}

/** Estimates what `compare` would ask; makes all its checks, and sends and writes nothing. */
export function forecastCompare(evaluator: string, options: CompareOptions): Promise<Forecast> {
  return withPairs(options, (command, changed) => command.forecast(evaluator, changed));
}

/** Makes the pairs of the runs' responses the input of an evaluation, for as long as it runs. */
async function withPairs<Result>(
  options: CompareOptions,
  use: (command: RowCommand<ComparisonSummary>, options: CommandOptions) => Promise<Result>,
): Promise<Result> {
  if (options.runs.length < 2) {
    throw new FellowshipError("bad_usage", "compare: expected two runs or more.");
  }
  const pricesOf = (topology: unknown) => pricesIn(topology, options);
  const { round, reading } = options;
  const read = await readAllResponses(options.runs, { round, pricesOf, map: reading?.map });
  const runs = choosePrompts(read, reading);
  const lines = pairResponses(runs);
  const directory = await mkdtemp(join(tmpdir(), "fellowship-"));
  try {
    const input = join(directory, "pairs.jsonl");
    await writeFile(input, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const pairsPath = join(options.directory, "pairs.jsonl");
    const command = comparisonCommand({ runs, by: options.by, input, pairsPath });
    const pairs = pairsOf(runs.length).length;
    const limit = options.limit === undefined ? undefined : options.limit * pairs;
    const defaults = { orders: "both" };
    // The prompts are chosen already.
    return await use(command, { ...options, input, limit, reading: undefined, defaults });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function comparisonCommand(comparison: ComparisonOptions): RowCommand<ComparisonSummary> {
  return defineCommand({
    open: openUnattendedEvaluator,
    sizesOf: ({ messages, a, b }: GivenPair) =>
      isSameText(a.text, b.text)
        ? []
        : {
            prompt: roughTokens(conversationText(messages)),
            response: (roughTokens(a.text) + roughTokens(b.text)) / 2,
          },
    job: (topology: OpenedEvaluator["topology"], graph: BuiltEvaluator, parts) =>
      createComparisonJob(comparison, topology, graph, parts),
  });
}
