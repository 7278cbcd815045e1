import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onFaultyDisk, operationsIn, type DiskFault } from "../disk-fault.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  askedPrice,
  commandOver,
  describeEnd,
  inParallel,
  prepareRun,
  type InterruptibleRun,
} from "../interruptible-run.ts";
import { runToEnd, type SessionEnd } from "../killer.ts";
import { startFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

/**
 * Row 2 of the plan: not at a random time, but between each two things that are asked of the disk.
 */
export const killEveryWrite: FaultCase = {
  name: "kill-every-write",
  fault: "kill -9 before and after every operation on the output directory",
  promise:
    "0 rows lost or doubled, 0 received answers bought again, no half-made file, same bytes " +
    "at the end",
  // Some sixty starts of a process even in its short form.
  isLongOnly: true,
  run: async ({ seed, size, directory }) => {
    const workers = size === "full" ? 2 : 1;
    const servers = await Promise.all(
      Array.from({ length: workers }, () => startFaultServer({ seed, latencyMs: [0, 10] })),
    );
    const violations: string[] = [];
    const totals = { repeats: 0, "sends in flight": 0 };
    try {
      const run = await prepareRun(servers[0]!, directory, { kind: "loop", rows: 3 });
      const operations = await countOperations(servers[0]!, run, join(directory, "counted"));
      const points = pointsUpTo(operations, size);
      await inParallel(points, workers, async (fault, worker) => {
        const space = join(directory, `${fault.when}-${fault.at}`);
        const made = await killAndGoOn(servers[worker]!, run, space, fault);
        totals.repeats += made.repeats;
        totals["sends in flight"] += made.inFlight;
        violations.push(...made.violations.map((what) => `${fault.when} ${fault.at}: ${what}`));
      });
      const figures = { "operations of a run": operations, ...totals };
      return { rounds: points.length, violations, figures };
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  },
};

type Kill = Extract<DiskFault, { kind: "kill" }>;
const options = ["--concurrency", "3"];

function pointsUpTo(operations: number, size: "short" | "full"): Kill[] {
  const every = size === "full" ? 1 : Math.ceil(operations / 3);
  const numbers = Array.from({ length: operations }, (_, index) => index + 1);
  return (
    numbers
      .filter((at) => at % every === 0)
      .flatMap((at) =>
        (["before", "after"] as const).map((when) => ({ kind: "kill", at, when }) as const),
      )
      // After one is before the next, but for what has been promised meanwhile: a few of them do in
      // the short form.
      .filter((_, index) => size === "full" || index % 2 === 0)
  );
}

async function countOperations(
  server: FaultServer,
  run: InterruptibleRun,
  space: string,
): Promise<number> {
  mkdirSync(space);
  const directory = join(space, "out");
  const report = join(space, "operations.txt");
  const command = commandOver(run, directory, server, options);
  const { code } = await runToEnd(
    onFaultyDisk(command, { directory, report, fault: { kind: "none" } }),
  );
  if (code !== 0) throw new Error(`a run whose operations are counted ended with ${code}`);
  return operationsIn(report).length;
}

async function killAndGoOn(
  server: FaultServer,
  run: InterruptibleRun,
  space: string,
  fault: Kill,
): Promise<{ violations: string[]; repeats: number; inFlight: number }> {
  mkdirSync(space);
  await server.reset();
  const directory = join(space, "out");
  const report = join(space, "operations.txt");
  const command = commandOver(run, directory, server, options);
  const first = await runToEnd(onFaultyDisk(command, { directory, report, fault }));
  const sessions: SessionEnd[] = [first];
  const violations: string[] = [];
  // Groups are not the same each time: a run with fewer of them has no such operation.
  if (first.signal === "SIGKILL") sessions.push(await runToEnd(command));
  else if (first.code !== 0) violations.push(`expected a kill, got ${describeEnd(first)}`);
  const { input, undisturbed } = run;
  const log = await server.log();
  const found = verifyRun({
    input,
    directory,
    log,
    sessions,
    undisturbed,
    price: askedPrice,
    mostInFlight: 3,
  });
  rmSync(space, { recursive: true });
  const { repeats, inFlight } = found;
  return { violations: [...violations, ...found.violations], repeats, inFlight };
}
