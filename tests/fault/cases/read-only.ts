import { mkdirSync } from "node:fs";
import { join } from "node:path";
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
import { killAtAnswer, runToEnd, startSession, type FaultCommand } from "../killer.ts";
import { mountSmallDisk, noMount } from "../small-disk.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

/** Row 9 of the plan. */
export const readOnly: FaultCase = {
  name: "read-only",
  fault: "an output directory that may not be written, empty or with half a run in it",
  promise: "exit 6 with 0 requests; once it may be written the same command goes on",
  run: async ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs: [2, 20] }, async (server) => {
      const run = await prepareRun(server, directory, { kind: "loop", rows: shortRows });
      const violations: string[] = [];
      const place = join(directory, "disk");
      const disk = size === "full" ? mountSmallDisk(place, 64 * 1024 * 1024) : null;
      try {
        if (disk !== null) {
          const lock = () => disk.remount("ro");
          const unlock = () => disk.remount("rw");
          violations.push(...(await refuseAndGoOn(server, run, disk.path, { lock, unlock })));
        }
      } finally {
        disk?.unmount();
      }
      const space = join(directory, "injected");
      mkdirSync(space);
      const locked = (command: FaultCommand) =>
        onFaultyDisk(command, {
          directory: join(space, "out"),
          report: join(directory, "operations.txt"),
          fault: { kind: "read-only" },
        });
      violations.push(...(await refuseAndGoOn(server, run, space, { locked })));
      const figures = {
        "on a disk mounted read-only": disk === null ? (size === "full" ? noMount : 0) : 2,
        "with errors injected": 2,
      };
      return { rounds: disk === null ? 2 : 4, violations, figures };
    }),
};

/** How the directory becomes read-only, and writable again. */
type Lock = {
  readonly lock?: () => void;
  readonly unlock?: () => void;
  readonly locked?: (command: FaultCommand) => FaultCommand;
};

const nothing = () => undefined;

async function refuseAndGoOn(
  server: FaultServer,
  run: InterruptibleRun,
  space: string,
  { lock = nothing, unlock = nothing, locked = (command) => command }: Lock,
): Promise<string[]> {
  const violations: string[] = [];
  const directory = join(space, "out");
  const command = commandOver(run, directory, server, ["--concurrency", "4"]);
  await server.reset();

  async function refuse(state: string): Promise<void> {
    const before = (await server.log()).length;
    lock();
    const end = await runToEnd(locked({ ...command, directory: join(space, "..") }));
    unlock();
    if (end.code !== 6) violations.push(`${state}: expected exit 6, got ${describeEnd(end)}`);
    const requests = (await server.log()).length - before;
    if (requests > 0) violations.push(`${state}: ${requests} requests were sent`);
  }

  await refuse("empty");
  const session = startSession(command);
  await killAtAnswer(server, 10)(session);
  const killed = await session.ended;
  await refuse("half a run");
  const sessions = [killed, await runToEnd(command)];
  const { input, undisturbed } = run;
  const log = await server.log();
  const found = verifyRun({
    input,
    directory,
    log,
    sessions,
    undisturbed,
    price: askedPrice,
    mostInFlight: 4,
  });
  return [...violations, ...found.violations];
}
