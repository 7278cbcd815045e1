import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { conversationText } from "../../prompts/fence.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { Vote } from "../../state/verdict.ts";
import type { DriftVote } from "../../statistics/drift/judge-drift.ts";
import { buildEvaluator } from "../../topologies/build/build-evaluator.ts";
import { evaluatorKind, type EvaluatorTopology } from "../../topologies/kinds/evaluators.ts";
import type { CommandOptions } from "../command-options.ts";
import { defineCommand } from "../engine/define-command.ts";
import { createEvaluationJob } from "../evaluate/evaluation-job.ts";
import { roughTokens, type Forecast } from "../forecast/forecast.ts";

/** The golden pairs as the judge saw them once. */
export type GoldenPass = {
  /** The votes on each pair that has a verdict, by its row. */
  readonly votes: ReadonlyMap<number, readonly DriftVote[]>;
  readonly usd: number;
};

export type GoldenPassOptions = {
  readonly evaluator: EvaluatorTopology;
  /** The golden pairs. */
  readonly golden: string;
  /** Where the pass is kept; one that was broken off goes on. */
  readonly directory: string;
};

/** The command that judges golden pairs, whose topology is at hand already. */
function commandOf(evaluator: EvaluatorTopology) {
  return defineCommand({
    open: async () => ({
      topology: evaluator,
      steps: evaluatorKind(evaluator).evaluate.forecast(evaluator),
      assumptions: [],
      build: (context) => buildEvaluator(evaluator, context),
    }),
    sizesOf: ({ messages, a, b }) => ({
      prompt: roughTokens(conversationText(messages)),
      response: (roughTokens(a.text) + roughTokens(b.text)) / 2,
    }),
    job: createEvaluationJob,
  });
}

/**
 * The options of a run, for a pass over the golden pairs: its workers judge them too, and each
 * shard judges all of them.
 */
function passOptions(golden: string, directory: string, options: CommandOptions): CommandOptions {
  const { concurrency, workers, queue, budgetUsd, prices, environment, progress, salvage } =
    options;
  return {
    input: golden,
    directory,
    concurrency,
    workers,
    queue,
    budgetUsd,
    prices,
    environment,
    progress,
    salvage,
    fresh: false,
  };
}

/** What it takes to judge the golden pairs once. */
export function forecastGolden(
  { evaluator, golden }: Omit<GoldenPassOptions, "directory">,
  options: CommandOptions,
): Promise<Forecast> {
  return commandOf(evaluator).forecast(golden, passOptions(golden, "", options));
}

/**
 * Judges the golden pairs once, as a run of its own with its own journal.
 *
 * @throws FellowshipError `service_failed` where the pairs could not be judged, and as `evaluate`
 *   does
 */
export async function judgeGolden(
  { evaluator, golden, directory }: GoldenPassOptions,
  options: CommandOptions,
): Promise<GoldenPass> {
  const pass = passOptions(golden, directory, options);
  const end = await commandOf(evaluator).run(golden, pass);
  if (end.stoppedBy !== null || end.summary.pending > 0) {
    throw new FellowshipError(
      "service_failed",
      "The golden pairs of --sentinel were not all judged: " +
        `${end.stoppedBy ?? "rows are pending"}. The same command goes on.`,
      { facts: { directory } },
    );
  }
  return { votes: await readVotes(directory), usd: end.spent.usd + end.spent.unknownUsd };
}

const JudgedLine = z.object({ row: z.number(), votes: z.array(Vote) });

/** The votes of a pass that is finished. */
export async function readVotes(directory: string): Promise<Map<number, DriftVote[]>> {
  const text = await readFile(join(directory, "rows.jsonl"), "utf8");
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const { row, votes } = JudgedLine.parse(JSON.parse(line));
      const named = votes.map(({ agent, part = "", winner, scores }) => ({
        name: `${agent} ${part}`,
        winner,
        scores,
      }));
      return [row, named];
    }),
  );
}
