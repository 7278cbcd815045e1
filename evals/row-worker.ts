import { toInstructionRow, type InstructionRow } from "../datasets/rows/instruction-row.ts";
import type { PairRow } from "../datasets/rows/pair-row.ts";
import type { PromptRow } from "../datasets/rows/prompt-row.ts";
import { readRecords } from "../datasets/read/read-records.ts";
import { openSpending } from "../models/cost/open-spending.ts";
import type { Environment } from "../models/providers/create-endpoint.ts";
import { createGate, type Gate } from "../models/gate/gate.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import type {
  EvaluationResult,
  EvolutionResult,
  GenerationResult,
  RowResult,
} from "../state/row-result.ts";
import { buildEvaluator } from "../topologies/build/build-evaluator.ts";
import { buildEvolution } from "../topologies/build/build-evolution.ts";
import { buildGenerator } from "../topologies/build/build-generator.ts";
import { needsAnswers } from "../topologies/kinds/kinds.ts";
import { listAgents } from "../topologies/load/list-agents.ts";
import { limitsOf } from "../topologies/limits-of.ts";
import { loadTopology, type TopologyChanges } from "../topologies/load/load-topology.ts";
import { isEvaluatorTopology } from "../topologies/kinds/kinds.ts";
import type { BuiltAgent } from "../topologies/session/build-session.ts";
import { createEvaluationJob } from "../runs/evaluate/evaluation-job.ts";
import { createEvolutionJob } from "../runs/evolve/evolution-job.ts";
import { createGenerationJob } from "../runs/generate/generation-job.ts";
import type { Job } from "../runs/engine/job.ts";

export type RowWorkerOptions = TopologyChanges & {
  readonly environment: Environment;
  /** In dollars; no limit where not given. */
  readonly budgetUsd?: number | undefined;
};

/** One topology's work on single rows. */
type Worker<Kind extends string, Input, Result> = {
  readonly kind: Kind;
  readonly agents: readonly BuiltAgent[];
  /**
   * The rows of an input file, in order.
   *
   * @throws FellowshipError `bad_input` for a file or a row that can't be used.
   */
  readonly rows: (file: string) => AsyncGenerator<Input>;
  /** @throws Error where the row came to nothing, with the reason. */
  readonly work: (row: Input) => Promise<Result>;
};

export type EvaluatorWorker = Worker<
  "evaluator",
  PairRow & { readonly input: unknown },
  EvaluationResult
>;
export type GeneratorWorker = Worker<"generator", PromptRow, GenerationResult>;
export type EvolutionWorker = Worker<"evolution", InstructionRow, EvolutionResult>;
export type RowWorker = EvaluatorWorker | GeneratorWorker | EvolutionWorker;

/**
 * Opens a topology for single rows, outside of a run: for evals, where each row is a test of its
 * own. There is no directory and no journal, so nothing is resumed and an answer is paid for each
 * time.
 *
 * @throws FellowshipError `bad_usage` as the commands do, before anything is sent.
 */
export async function openRowWorker(path: string, options: RowWorkerOptions): Promise<RowWorker> {
  const { environment } = options;
  const topology = loadTopology(path, options);
  const { priceOf, longestAnswerOf, refuseUnpriced, openBudget } = openSpending({
    ...options,
    agents: listAgents(topology),
  });
  const budget = openBudget();
  const gate = createGate({ budget: () => budget, limits: limitsOf(topology) });
  const context = { gate, environment, promptDirectory, longestAnswerOf };
  const parts = { priceOf, callbacks: [] };
  const priced = <Built extends { readonly agents: readonly BuiltAgent[] }>(built: Built) => {
    refuseUnpriced(built.agents);
    return built;
  };
  if (isEvaluatorTopology(topology)) {
    const built = priced(await buildEvaluator(topology, context));
    return workerOf("evaluator", createEvaluationJob(topology, built, parts), gate);
  }
  if (needsAnswers(topology)) {
    const built = priced(await buildEvolution(topology, context));
    const job = createEvolutionJob(topology, built, { ...parts, evolvedName: "evolved.jsonl" });
    return workerOf("evolution", { ...job, toRow: toInstructionRow }, gate);
  }
  const built = priced(await buildGenerator(topology, context));
  return workerOf("generator", createGenerationJob(topology, built, parts), gate);
}

function workerOf<
  Kind extends string,
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
>(
  kind: Kind,
  { agents, toRow, work }: Pick<Job<Input, Result, never>, "agents" | "toRow" | "work">,
  gate: Gate,
): Worker<Kind, Input, Result> {
  return {
    kind,
    agents,
    async *rows(file) {
      for await (const record of readRecords(file)) {
        const read = toRow(record);
        if (!read.ok) throw new FellowshipError("bad_input", `${file}: ${read.detail}`);
        yield read.row;
      }
    },
    async work(row) {
      const result = await work({ number: row.number, id: row.id }, row);
      const reason = gate.halted?.detail ?? result.failure?.detail;
      if (reason !== undefined) throw new Error(reason);
      return result;
    },
  };
}
