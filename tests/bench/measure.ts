import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Load } from "./arm.ts";
import type { ArmRun } from "./arm-process.ts";
import { callsOfRow } from "./arms.ts";
import type { BenchServer } from "./bench-server.ts";

/** One run of an arm. */
export type Sample = {
  /** Processor time of the arm's process for one call, in milliseconds. */
  readonly cpuMs: number;
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
        const sample = await runArm(arm, child, options);
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
  const extension = import.meta.filename.endsWith(".ts") ? "ts" : "js";
  return fork(join(import.meta.dirname, `arm-process.${extension}`), [arm], {
    execArgv: ["--expose-gc"],
    env: { ...process.env, ...environment },
  });
}

async function runArm(
  arm: string,
  child: ChildProcess,
  { server, latencyMs, inFlight, calls }: MeasureOptions,
): Promise<Sample> {
  const rows = Math.max(1, Math.round(calls / callsOfRow(arm)));
  const load: Load = { baseUrl: server.baseUrl(latencyMs), rows, inFlight };
  const before = await server.calls();
  child.send(load);
  const [ended] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [
    ArmRun | number | null,
  ];
  if (ended === null || typeof ended === "number") throw new Error(`${arm}: its process ended`);
  const made = (await server.calls()) - before;
  return {
    cpuMs: ended.cpuMs / made,
    callsPerSecond: made / (ended.wallMs / 1_000),
    rssMb: ended.rssMb,
    wholeCpuMs: ended.wholeCpuMs,
  };
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
