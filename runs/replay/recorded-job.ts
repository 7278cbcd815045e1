import { recordedEndpoint } from "../../models/in-process/recorded-endpoint.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { Gate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowResult, RowCounts } from "../../state/row-result.ts";
import { buildEvaluator } from "../../topologies/build/build-evaluator.ts";
import { buildEvolution } from "../../topologies/build/build-evolution.ts";
import { buildGenerator } from "../../topologies/build/build-generator.ts";
import type { CodeTopology } from "../../topologies/build/code-topology.ts";
import type { EvaluatorTopology } from "../../topologies/kinds/evaluators.ts";
import type { EvolutionTopology, GeneratorTopology } from "../../topologies/kinds/kinds.ts";
import { openEvaluator, openGenerator } from "../../topologies/open-topology.ts";
import { recordedTopology } from "../../topologies/recorded-topology.ts";
import type { BuildContext } from "../../topologies/session/build-session.ts";
import type { Tally } from "../accounting/tally.ts";
import { createAuditJob } from "../audit/audit-job.ts";
import { createComparisonJob } from "../compare/comparison-job.ts";
import type { RunPlan } from "../directory/run-plan.ts";
import type { Job, JobParts } from "../engine/job.ts";
import { createEvaluationJob } from "../evaluate/evaluation-job.ts";
import { createEvolutionJob } from "../evolve/evolution-job.ts";
import type { GateOptions } from "../gates/sift.ts";
import { createGenerationJob } from "../generate/generation-job.ts";

/** A job of a finished run, of any command, as far as a row is worked on. */
export type RecordedJob = Job<unknown, RowResult, Tally & RowCounts>;

export type RecordedJobOptions = {
  /** Names the run in messages. */
  readonly place: string;
  readonly gate: Gate;
  /** Whether code of the user's own may run. */
  readonly allowCode: boolean;
  /** Told of code before it runs. */
  readonly onCode: (notice: string) => void;
  /** For a job whose models are asked again; they can't be where not given. */
  readonly asking?: Pick<BuildContext, "environment" | "longestAnswerOf">;
  /** For a job that writes its files; a replay writes none. */
  readonly writing?: Partial<WritingParts>;
};

/** What the files of a run depend on beside its plan. */
export type WritingParts = {
  readonly priceOf: PriceOf;
  readonly gates: GateOptions | undefined;
  readonly evolvedName: "evolved.json" | "evolved.jsonl";
};

/** Of a job that writes nothing: nothing is paid for. */
const unwritten: WritingParts = {
  priceOf: () => "free",
  gates: undefined,
  evolvedName: "evolved.jsonl",
};

/**
 * Builds the graph of a run again from its plan, with models that can't be asked.
 *
 * @throws FellowshipError `bad_usage` for a command or a graph without rows to replay, a prompt file
 *   that is gone, or code that is not allowed
 */
export async function openRecordedJob(
  plan: RunPlan,
  { place, gate, allowCode, onCode, writing, asking }: RecordedJobOptions,
): Promise<RecordedJob> {
  const topology = recordedTopology(plan.topology, { place, allowCode });
  const context: BuildContext = {
    gate,
    promptDirectory,
    onCode,
    ...(asking ?? {
      environment: {},
      endpointOf: (spec, settings) => recordedEndpoint(spec, settings, plan.servers?.[spec]),
    }),
  };
  const open = Object.hasOwn(openers, plan.command) ? openers[plan.command] : undefined;
  const parts = { ...unwritten, ...writing, callbacks: [] };
  if (writing !== undefined && plan.command === "audit") {
    throw new FellowshipError(
      "bad_usage",
      `${place}: expected a run whose files follow from its plan, found an audit, whose ` +
        "threshold is not in it. Run the audit over the whole file instead.",
    );
  }
  if (open !== undefined) return open({ topology, context, plan, parts });
  throw new FellowshipError(
    "bad_usage",
    `${place}: replay takes runs of ${Object.keys(openers).join(", ")}, got one of ` +
      `${plan.command}.`,
  );
}

type Opening = {
  readonly topology: object;
  readonly context: BuildContext;
  readonly plan: RunPlan;
  readonly parts: WritingParts & Pick<JobParts, "callbacks">;
};

const openers: Readonly<Record<string, (opening: Opening) => Promise<RecordedJob>>> = {
  async generate({ topology, context, plan: { reading }, parts }) {
    const opened = "module" in topology ? await inCode(topology, context, openGenerator) : null;
    const own = opened?.topology ?? (topology as GeneratorTopology);
    const built =
      opened === null
        ? await buildGenerator(topology as GeneratorTopology, context)
        : await opened.build(context);
    return anyJob(createGenerationJob(own, built, parts, { reading, gates: parts.gates }));
  },
  async evaluate(opening) {
    return anyJob(createEvaluationJob(...(await evaluatorOf(opening)), opening.parts));
  },
  async audit(opening) {
    // The threshold and the held-out files are no part of the rows.
    const unused = { threshold: 0, precision: undefined, heldOut: { holds: () => false } };
    return anyJob(createAuditJob(unused, ...(await evaluatorOf(opening)), opening.parts));
  },
  async compare(opening) {
    const unused = { runs: [], input: "", pairsPath: "" };
    return anyJob(createComparisonJob(unused, ...(await evaluatorOf(opening)), opening.parts));
  },
  async teach(opening) {
    // The gain is no part of the rows.
    return anyJob(createEvaluationJob(...(await evaluatorOf(opening)), opening.parts));
  },
  async evolve({ topology, context, plan: { reading }, parts }) {
    const built = await buildEvolution(topology as EvolutionTopology, context);
    const own = { ...parts, lenient: reading?.lenient };
    return anyJob(createEvolutionJob(topology as EvolutionTopology, built, own));
  },
};

async function evaluatorOf({ topology, context }: Opening) {
  if (!("module" in topology)) {
    const own = topology as EvaluatorTopology;
    return [own, await buildEvaluator(own, context)] as const;
  }
  const opened = await inCode(topology, context, openEvaluator);
  return [opened.topology, await opened.build(context)] as const;
}

/** A topology in code is read again from its module, with the models of the run. */
function inCode<Opened>(
  topology: object,
  { onCode }: BuildContext,
  open: (
    path: string,
    options: { models: readonly string[]; onCode: BuildContext["onCode"] },
  ) => Promise<Opened>,
): Promise<Opened> {
  const { module, agents } = topology as CodeTopology;
  const models = Object.entries(agents).map(([name, { model }]) => `${name}=${model}`);
  return open(module, { models, onCode });
}

/** A replayed row goes through its own job alone, so the types of its values match. */
function anyJob<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  job: Job<Input, Result, Summary>,
): RecordedJob {
  return job as unknown as RecordedJob;
}
