import type { Load } from "./arm.ts";
import { loadArm } from "./arms.ts";

/**
 * One arm in a process of its own, so that no arm pays for the garbage of another, or gains from
 * what another switched off: `arm-process ARM`. Each message is a load; its answer says what the
 * run took.
 */

/** What a run of an arm took. */
export type ArmRun = {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Of the process since its start, loading included. */
  readonly wholeCpuMs: number;
  readonly rssMb: number;
};

const loading = loadArm(process.argv[2] ?? "");

function processorMs(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

async function measure(load: Load): Promise<ArmRun> {
  const arm = await loading;
  globalThis.gc?.();
  const [usage, began] = [process.cpuUsage(), performance.now()];
  await arm.run(load);
  return {
    cpuMs: processorMs(usage),
    wallMs: performance.now() - began,
    wholeCpuMs: processorMs(),
    rssMb: process.memoryUsage().rss / 2 ** 20,
  };
}

process.on("message", (load: Load) => {
  measure(load).then(
    (run) => process.send?.(run),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit());
