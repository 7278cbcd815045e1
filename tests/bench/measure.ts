import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { withoutJournal, type Load } from "./arm.ts";
import type { ArmRun } from "./arm-process.ts";
import { callsOfRow } from "./arms.ts";
import type { BenchServer } from "./bench-server.ts";
import { compiledModule } from "./checkout.ts";

/** One run of an arm. */
export type Sample = {
  /** Processor time of the arm's process for one call, in milliseconds. */
  readonly cpuMs: number;
  /** The same of a call that a longer run makes further; NaN where no longer run was made. */
  readonly furtherMs: number;
  readonly callsPerSecond: number;
  readonly rssMb: number;
  /** Processor time of the process from its start to the end of this run, in milliseconds. */
  readonly wholeCpuMs: number;
};

/** The runs of an arm, in the order in which they were made. */
export type Measured = { readonly arm: string; readonly samples: readonly Sample[] };

export type MeasureOptions = {
  readonly server: BenchServer;
  readonly latencyMs: number;
  readonly inFlight: number;
  /** Calls of each run of an arm, about. */
  readonly calls: number;
  /** Each run is followed by one that has so many times its calls; by none where not given. */
  readonly longTimes?: number;
  /** Runs of each arm that count. */
  readonly rounds: number;
  /** Whether each run has a new process; where not, one run more warms each process up. */
  readonly isFresh?: boolean;
  /** Added to the environment of an arm's process. */
  readonly environmentOf?: (arm: string) => Readonly<Record<string, string>>;
};

/**
 * Runs arms in turn, round after round, each in a process that stays, so that what slows the
 * machine slows them all.
 */
export async function measureArms(
  arms: readonly string[],
  options: MeasureOptions,
): Promise<Measured[]> {
  const { rounds, isFresh = false, environmentOf = () => ({}) } = options;
  const children = new Map<string, ChildProcess>();
  const samples = new Map(arms.map((arm) => [arm, [] as Sample[]]));
  const stop = (child: ChildProcess) => void (child.connected && child.disconnect());
  try {
    for (let round = isFresh ? 1 : 0; round <= rounds; round += 1) {
      for (const arm of arms) {
        const child = children.get(arm) ?? startArm(arm, environmentOf(arm));
        children.set(arm, child);
        // oxlint-disable-next-line no-await-in-loop -- one arm after the other
        const sample = await sampleArm(arm, child, options);
        if (round > 0) samples.get(arm)?.push(sample);
        if (isFresh) stop(child);
        if (isFresh) children.delete(arm);
      }
    }
  } finally {
    for (const child of children.values()) stop(child);
  }
  return arms.map((arm) => ({ arm, samples: samples.get(arm) ?? [] }));
}

function startArm(arm: string, environment: Readonly<Record<string, string>>): ChildProcess {
  const leftOut = arm.endsWith(withoutJournal)
    ? ["--import", compiledModule("no-journal/leave-out-journal")]
    : [];
  return fork(compiledModule("arm-process"), [arm], {
    execArgv: ["--expose-gc", ...leftOut],
    env: { ...process.env, ...environment },
  });
}

async function sampleArm(
  arm: string,
  child: ChildProcess,
  options: MeasureOptions,
): Promise<Sample> {
  const run = await runArm(arm, child, options);
  const long =
    options.longTimes === undefined
      ? undefined
      : await runArm(arm, child, { ...options, calls: options.calls * options.longTimes });
  return {
    cpuMs: run.cpuMs / run.made,
    furtherMs: long === undefined ? Number.NaN : (long.cpuMs - run.cpuMs) / (long.made - run.made),
    callsPerSecond: run.made / (run.wallMs / 1_000),
    rssMb: (long ?? run).rssMb,
    wholeCpuMs: run.wholeCpuMs,
  };
}

async function runArm(
  arm: string,
  child: ChildProcess,
  { server, latencyMs, inFlight, calls }: MeasureOptions,
): Promise<ArmRun & { readonly made: number }> {
  const rows = Math.max(1, Math.round(calls / callsOfRow(arm)));
  const load: Load = { baseUrl: server.baseUrl(latencyMs), rows, inFlight };
  const before = await server.calls();
  child.send(load);
  const [ended] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [
    ArmRun | number | null,
  ];
  if (ended === null || typeof ended === "number") throw new Error(`${arm}: its process ended`);
  return { ...ended, made: (await server.calls()) - before };
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
