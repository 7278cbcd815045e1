import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import { onFaultyDisk, operationsIn, type DiskFault, type DiskOperation } from "../disk-fault.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  askedPrice,
  commandOver,
  describeEnd,
  prepareRun,
  shortRows,
  type InterruptibleRun,
} from "../interruptible-run.ts";
import { runToEnd } from "../killer.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

/** Where a disk gives up: an operation on a file, by the end of its name. */
const places: readonly (readonly [DiskOperation, string])[] = [
  ["datasync", "journal.calls"],
  ["write", "journal.calls"],
  ["datasync", "journal.rows"],
  ["write", "journal.rows"],
  ["sync", ".tmp"],
  ["rename", ".jsonl"],
  ["rename", "run.json"],
];

/** A row's calls follow each other, and each waits until what the one before it said is kept. */
const leastSyncs = 7;

/** Row 8 of the plan. */
export const diskErrors: FaultCase = {
  name: "disk-errors",
  fault: "EIO from fsync, write or rename of any file, at any time, and from then on",
  promise:
    "exit 6, no second fsync of what failed; the same command goes on, and no answer was " +
    "lost; at most those in flight where journal.calls itself can't be written",
  run: async ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs: [2, 30] }, async (server) => {
      const random = createRandom(`disk-errors ${seed}`);
      const run = await prepareRun(server, directory, {
        kind: "loop",
        rows: size === "full" ? 16 : shortRows,
      });
      const [each, kinds] = size === "full" ? [8, places] : [1, places.slice(0, 1)];
      const done =
        size === "full" ? await operationsOf(server, run, join(directory, "counted")) : null;
      const violations: string[] = [];
      const totals = { stopped: 0, inFlight: 0 };
      let rounds = 0;
      for (const [operation, file] of kinds) {
        const isOne = (one: { operation: string; file: string }) =>
          one.operation === operation && one.file.endsWith(file);
        const often = done?.filter(isOne).length ?? leastSyncs;
        for (let index = 0; index < each; index += 1) {
          rounds += 1;
          const from = 1 + Math.floor(((index + random()) / each) * often);
          const fault = { kind: "error", operation, file, from, code: "EIO" } as const;
          const made = await failAndGoOn(server, run, join(directory, `round-${rounds}`), fault);
          if (made.stopped) totals.stopped += 1;
          if (!canKeep(fault)) totals.inFlight += made.repeats;
          const name = `${operation} of ${file}, number ${from}`;
          violations.push(...made.violations.map((what) => `${name}: ${what}`));
        }
      }
      const figures = {
        "stopped by it": totals.stopped,
        "lost where journal.calls can't be written": totals.inFlight,
      };
      return { rounds, violations, figures };
    }),
};

type DiskError = Extract<DiskFault, { kind: "error" }>;
const rowsInFlight = 8;
const options = ["--concurrency", String(rowsInFlight)];

/**
 * Whether there is anywhere to put the answers that are on their way: a file whose sync has failed
 * can't be trusted.
 */
function canKeep({ file }: DiskError): boolean {
  return file !== "journal.calls";
}

/** What an undisturbed run asks of the disk. */
async function operationsOf(
  server: FaultServer,
  run: InterruptibleRun,
  space: string,
): Promise<ReturnType<typeof operationsIn>> {
  mkdirSync(space);
  const report = join(space, "operations.txt");
  const directory = join(space, "out");
  const command = commandOver(run, directory, server, options);
  const settings = { directory, report, fault: { kind: "none" } } as const;
  const { code } = await runToEnd(onFaultyDisk(command, settings));
  if (code !== 0) throw new Error(`a run whose operations are counted ended with ${code}`);
  const found = operationsIn(report);
  rmSync(space, { recursive: true });
  return found;
}

async function failAndGoOn(
  server: FaultServer,
  run: InterruptibleRun,
  space: string,
  fault: DiskError,
): Promise<{ violations: string[]; stopped: boolean; repeats: number }> {
  mkdirSync(space);
  await server.reset();
  const report = join(space, "operations.txt");
  const directory = join(space, "out");
  const command = commandOver(run, directory, server, options);
  const first = await runToEnd(onFaultyDisk(command, { directory, report, fault }));
  const failed = operationsIn(report).filter((one) => one.failed);
  // Groups are not the same each time: a run with fewer of them has no such operation.
  const stopped = failed.length > 0;
  const violations: string[] = [];
  if (first.code !== (stopped ? 6 : 0)) violations.push(`expected exit 6: ${describeEnd(first)}`);
  const syncs = failed.filter(({ operation }) => operation === "datasync" || operation === "sync");
  for (const { file } of syncs) {
    const often = syncs.filter((one) => one.file === file).length;
    if (often > 1) violations.push(`${file} was synced ${often} times after a sync failed`);
  }
  const asKilled = canKeep(fault) ? first : { ...first, killedAt: first.endedAt };
  const sessions = stopped ? [asKilled, await runToEnd(command)] : [first];
  const found = verifyRun({
    input: run.input,
    directory,
    log: await server.log(),
    sessions,
    undisturbed: run.undisturbed,
    price: askedPrice,
    mostInFlight: rowsInFlight,
  });
  violations.push(...found.violations);
  const mostRepeats = canKeep(fault) ? 0 : rowsInFlight;
  if (found.repeats > mostRepeats) violations.push(`${found.repeats} answers were bought again`);
  rmSync(space, { recursive: true });
  return { violations, stopped, repeats: found.repeats };
}
