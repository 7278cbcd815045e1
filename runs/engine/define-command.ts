import { openGates } from "../../datasets/gates/gates.ts";
import { readPeopleLabels } from "../gates/people-labels.ts";
import type { InputRecord } from "../../datasets/read/read-records.ts";
import { openSpending } from "../../models/cost/open-spending.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import type { Built, BuildContext } from "../../topologies/session/build-session.ts";
import type { ForecastStep } from "../../topologies/session/forecast-calls.ts";
import { pricedAgentsOf } from "../../topologies/priced-agents-of.ts";
import { limitsOf } from "../../topologies/limits-of.ts";
import type { OpenOptions } from "../../topologies/open-topology.ts";
import type { Tally } from "../accounting/tally.ts";
import { repricedFor } from "../batch/batch-prices.ts";
import { offlineEnvironment } from "../batch/wave-files/batched-models.ts";
import type { CommandOptions } from "../command-options.ts";
import {
  checkRun,
  forecast,
  type Forecast,
  type ForecastBasis,
  type RowSizes,
} from "../forecast/forecast.ts";
import { pinInput } from "../directory/pin-input.ts";
import { keylessEnvironment } from "../queue/keyless-environment.ts";
import { buildContext } from "./build-context.ts";
import type { Job, JobEnd, JobParts } from "./job.ts";
import { runJob } from "./run-job.ts";
import type { Waves } from "./waves.ts";

/** Any topology that names the limits of its providers. */
type LimitedTopology = Parameters<typeof limitsOf>[0];

/** A topology that was read and checked, and can be built. */
export type OpenedTopology<Topology, Graph> = {
  readonly topology: Topology;
  readonly steps: readonly ForecastStep[];
  /** What a forecast rests on beside its steps, in sentences. */
  readonly assumptions: readonly string[];
  readonly build: (context: BuildContext) => Promise<Graph>;
};

/** The parts in which the commands over many rows differ. */
export type CommandShape<
  Topology extends LimitedTopology,
  Graph extends Built<unknown>,
  Input,
  Result extends RowResult,
  Summary extends Tally & RowCounts,
> = {
  /** @throws FellowshipError `bad_usage` for a topology that the command doesn't take. */
  readonly open: (path: string, options: OpenOptions) => Promise<OpenedTopology<Topology, Graph>>;
  /**
   * The sizes of a row for the forecast; of a conversation those of each answer that is asked for.
   */
  readonly sizesOf: (row: Input, topology: Topology) => RowSizes | readonly RowSizes[];
  readonly job: (
    topology: Topology,
    graph: Graph,
    parts: Omit<JobParts, "gate">,
    options: CommandOptions,
  ) => Job<Input, Result, Summary> | Promise<Job<Input, Result, Summary>>;
};

/** A command over many rows, for one topology. */
export type RowCommand<Summary> = {
  /**
   * Takes every row of the input through the topology's graph, and writes the results.
   *
   * @throws FellowshipError for everything that is wrong before the first call; see `runJob` for
   *   later errors
   */
  readonly run: (topologyPath: string, options: CommandOptions) => Promise<JobEnd<Summary>>;
  /** Estimates what `run` would ask; makes all its checks, and sends and writes nothing. */
  readonly forecast: (topologyPath: string, options: CommandOptions) => Promise<Forecast>;
  /** Makes all checks of `run`, and sends and writes nothing. */
  readonly check: (topologyPath: string, options: CommandOptions) => Promise<void>;
};

/** Makes a command of the parts in which it differs from others. */
export function defineCommand<
  Topology extends LimitedTopology,
  Graph extends Built<unknown>,
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(shape: CommandShape<Topology, Graph, Input, Result, Summary>): RowCommand<Summary> {
  async function open(path: string, options: CommandOptions) {
    // A gate that can't be asked must not come to light when everything is paid for.
    await openGates(options.gates?.gates ?? []);
    if (options.gates?.labels !== undefined) await readPeopleLabels(options.gates.labels);
    return shape.open(path, {
      ...options,
      onCode: (notice) => options.progress.say(notice, "code"),
    });
  }

  async function prepare(
    { topology, steps, assumptions, build }: OpenedTopology<Topology, Graph>,
    options: CommandOptions,
    parts: Omit<JobParts, "gate"> & Partial<JobParts>,
  ) {
    const graph = await build(buildContext(options, parts));
    const job = await shape.job(topology, graph, parts, options);
    refuseDividedWaves(job, options);
    refuseBesideQueue(options);
    const sizesOf = (record: InputRecord) => {
      const read = job.toRow(record);
      return read.ok ? shape.sizesOf(read.row, topology) : null;
    };
    // Workers of a queue know their own calls alone.
    const questionOf = (record: InputRecord) => {
      const read = job.toRow(record);
      return read.ok ? job.question(read.row) : null;
    };
    const { columns } = job;
    const limits = limitsOf(topology);
    const basis: ForecastBasis = { steps, assumptions, sizesOf, limits, columns, questionOf };
    return { job, basis };
  }

  /** The same without a gate: nothing can be sent. */
  async function prepareToLook(path: string, options: CommandOptions) {
    const opened = await open(path, options);
    const agents = pricedAgentsOf(opened.topology);
    const repriced = repricedFor(options, agents);
    const spending = openSpending({ ...options, agents, repriced });
    const { priceOf } = spending;
    return { ...(await prepare(opened, options, { priceOf, callbacks: [] })), spending };
  }

  return {
    async run(path, given) {
      const opened = await open(path, given);
      const options = await settled(given);
      const { topology } = opened;
      return runJob((parts) => prepare(opened, options, parts), options, {
        limits: limitsOf(topology),
        agents: pricedAgentsOf(topology),
      });
    },
    async forecast(path, given) {
      const options = await settled(given);
      const { job, basis, spending } = await prepareToLook(path, options);
      return forecast(job, { ...options, ...basis }, spending);
    },
    async check(path, given) {
      const options = await settled(given);
      const { job, spending } = await prepareToLook(path, options);
      await checkRun(job, options, spending);
    },
  };
}

/** The options with a fixed version of the input, without what a run that sends nothing needs. */
async function settled(given: CommandOptions): Promise<CommandOptions> {
  const options = await pinInput(given);
  const { batchFiles, queue, environment } = options;
  if (batchFiles !== undefined) return { ...options, environment: offlineEnvironment(environment) };
  if (queue !== undefined) return { ...options, environment: keylessEnvironment(environment) };
  return options;
}

/**
 * Rows that depend on those before them can't be divided among runs or machines that don't know of
 * each other.
 *
 * @throws FellowshipError `bad_usage`
 */
function refuseDividedWaves(
  { waves }: { readonly waves?: Pick<Waves<never>, "learned"> | undefined },
  { shard, queue }: Pick<CommandOptions, "shard" | "queue">,
): void {
  if (waves === undefined || (shard === undefined && queue === undefined)) return;
  const [option, who] = shard === undefined ? ["--queue", "workers"] : ["--shard", "shards"];
  const nouns = waves.learned.map(({ what }) => what).join(" and ");
  const depend = waves.learned.length === 1 ? "depends" : "depend";
  const remedies = waves.learned.map(({ remedy }) => `${remedy}. `).join("");
  throw new FellowshipError(
    "bad_usage",
    `${option}: ${nouns} ${depend} on the rows before, which ${who} don't all see. ${remedies}` +
      `Or leave ${option} out: --workers is fine.`,
  );
}

/** @throws FellowshipError `bad_usage` for options that mean nothing to the workers of a queue */
function refuseBesideQueue({ queue, workers, reuse = [] }: CommandOptions): void {
  if (queue === undefined) return;
  const [name, why] =
    workers !== undefined
      ? ["--workers", "workers of a queue are started by fellowship worker --queue"]
      : ["--reuse", "workers don't see other runs"];
  if (workers === undefined && reuse.length === 0) return;
  throw new FellowshipError("bad_usage", `--queue: expected no ${name} beside it; ${why}.`);
}
