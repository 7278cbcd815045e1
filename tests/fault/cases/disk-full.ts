import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import { onFaultyDisk } from "../disk-fault.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  askedPrice,
  commandOver,
  describeEnd,
  prepareRun,
  shortRows,
  type InterruptibleRun,
} from "../interruptible-run.ts";
import { runToEnd, type FaultCommand, type SessionEnd } from "../killer.ts";
import { mountSmallDisk, noMount } from "../small-disk.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

/** What the journal keeps free for the answers on their way. */
const reserveBytes = 4 * 1024 * 1024;
const options = ["--concurrency", "8"];

/** Row 7 of the plan. */
export const diskFull: FaultCase = {
  name: "disk-full",
  fault:
    "no room left at any point of a run: a disk of a few MB, and one whose writes are cut " +
    "short and fail",
  promise:
    "no answer lost, exit 6, and the same command goes on when there is room, buying nothing again",
  run: async ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs: [2, 30] }, async (server) => {
      const random = createRandom(`disk-full ${seed}`);
      const [places, rows] = size === "full" ? [24, 16] : [1, shortRows];
      const run = await prepareRun(server, directory, { kind: "loop", rows });
      const violations: string[] = [];
      let stopped = 0;
      let mounts = 0;
      let rounds = 0;
      for (let index = 0; index < places; index += 1) {
        // Evenly over all that the run writes, the data files at its end among it.
        const roomBytes = reserveBytes + Math.floor(((index + random()) / places) * run.wholeBytes);
        const space = join(directory, `full-${index}`);
        const real = await onSmallDisk(server, run, space, roomBytes);
        // Both, but in the short form: there the errors stand in where no disk can be mounted.
        const isInjected = size === "full" || real === null;
        const injected = isInjected
          ? await onFullDisk(server, run, `${space}-injected`, roomBytes)
          : null;
        for (const made of [real, injected]) {
          if (made === null) continue;
          rounds += 1;
          if (made.isMounted) mounts += 1;
          if (made.stopped) stopped += 1;
          violations.push(...made.violations.map((what) => `${roomBytes} bytes of room: ${what}`));
        }
      }
      const figures = {
        "stopped by it": stopped,
        "on a small disk": mounts > 0 ? mounts : noMount,
        "with errors injected": rounds - mounts,
      };
      return { rounds, violations, figures };
    }),
};

type Made = {
  readonly violations: string[];
  readonly stopped: boolean;
  readonly isMounted: boolean;
};

/** On a real file system without enough room; null where none can be mounted. */
async function onSmallDisk(
  server: FaultServer,
  run: InterruptibleRun,
  path: string,
  roomBytes: number,
): Promise<Made | null> {
  const disk = mountSmallDisk(path, roomBytes);
  if (disk === null) return null;
  try {
    const directory = join(path, "out");
    const command = commandOver(run, directory, server, options);
    const made = await fillAndGoOn(server, run, directory, {
      first: command,
      makeRoom: () => disk.remount("size=64m"),
      again: command,
    });
    return { ...made, isMounted: true };
  } finally {
    disk.unmount();
  }
}

/** With errors made in the process. */
async function onFullDisk(
  server: FaultServer,
  run: InterruptibleRun,
  path: string,
  roomBytes: number,
): Promise<Made> {
  mkdirSync(path);
  const directory = join(path, "out");
  const command = commandOver(run, directory, server, options);
  const fault = { kind: "full", roomBytes } as const;
  const report = join(path, "operations.txt");
  const made = await fillAndGoOn(server, run, directory, {
    first: onFaultyDisk(command, { directory, report, fault }),
    makeRoom: () => undefined,
    again: command,
  });
  rmSync(path, { recursive: true });
  return { ...made, isMounted: false };
}

async function fillAndGoOn(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
  steps: {
    readonly first: FaultCommand;
    readonly makeRoom: () => void;
    readonly again: FaultCommand;
  },
): Promise<Omit<Made, "isMounted">> {
  await server.reset();
  const first = await runToEnd(steps.first);
  const stopped = first.code === 6;
  if (!stopped && first.code !== 0) {
    return { violations: [`expected exit 6, got ${describeEnd(first)}`], stopped };
  }
  steps.makeRoom();
  const sessions: SessionEnd[] = [first];
  if (stopped) sessions.push(await runToEnd(steps.again));
  const { input, undisturbed } = run;
  const log = await server.log();
  const found = verifyRun({
    input,
    directory,
    log,
    sessions,
    undisturbed,
    price: askedPrice,
    mostInFlight: 8,
  });
  const violations = [...found.violations];
  if (found.repeats > 0) violations.push(`${found.repeats} answers were bought again`);
  if (violations.length > 0) violations.push(`it had ended with ${describeEnd(first)}`);
  return { violations, stopped };
}
