import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Spent } from "../../models/cost/budget.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import { callJournalRecord } from "../journal/call-journal-record.ts";
import { recordChecker } from "../journal/check-record.ts";
import type { CommandOptions } from "../command-options.ts";
import { openJournalReader } from "../journal/journal-reader.ts";
import { rowRecord } from "../directory/row-journal.ts";
import { holdsEarlierRun, refuseForeignFiles } from "../directory/own-directory.ts";
import { inputIdentity } from "../directory/pin-input.ts";
import { planOf, refuseLostPlan, refuseOtherPlan, type RunPlan } from "../directory/run-plan.ts";
import { createPriorSpending } from "../directory/prior-spending.ts";
import { storageFailed, systemCode } from "../../storage/storage-failed.ts";

/** A run that a directory holds. */
export type StandingRun = {
  /** Rows that are done with, by their numbers: they are not asked again. */
  readonly finished: ReadonlySet<number>;
  readonly spent: Spent;
};

/** What a command would do in its directory, as far as a run is known by it. */
export type InspectedJob = Parameters<typeof planOf>[0] & {
  readonly agents: readonly BuiltAgent[];
};

/**
 * Looks at a command's directory as the command would, before anything is sent: changes nothing,
 * and takes no lock, so that a run may be on.
 *
 * @returns What is there to go on with; null where the run would begin.
 * @throws FellowshipError what opening the directory would throw: `directory_differs`,
 *   `journal_damaged`, `storage_failed` where it is no directory, or `bad_usage` where it holds
 *   files of another program.
 */
export async function inspectDirectory(
  job: InspectedJob,
  {
    directory,
    input,
    askedInput,
    reading,
    shard,
    fresh,
    salvage,
  }: Pick<
    CommandOptions,
    "directory" | "input" | "askedInput" | "reading" | "shard" | "fresh" | "salvage"
  >,
  priceOf: PriceOf,
): Promise<StandingRun | null> {
  if (directory === "" || !(await isDirectory(directory))) return null;
  if (fresh) await holdsEarlierRun(directory);
  // A run that is moved aside or salvaged is read when that happens.
  if (fresh || salvage || (await readdir(directory)).length === 0) return null;
  await refuseForeignFiles(directory);
  let plan: RunPlan | undefined;
  await readJournal(directory, "journal.plan", (record) => {
    plan = record as RunPlan;
  });
  if (plan === undefined) {
    await refuseLostPlan(directory);
    return null;
  }
  refuseOtherPlan(
    directory,
    plan,
    planOf(job, await inputIdentity(input), { reading, askedInput, shard }),
  );
  return readStanding(directory, job, priceOf);
}

async function readStanding(
  directory: string,
  { agents }: InspectedJob,
  priceOf: PriceOf,
): Promise<StandingRun> {
  const finished = new Set<number>();
  const checkRow = recordChecker(join(directory, "journal.rows"), rowRecord);
  await readJournal(directory, "journal.rows", (record, place) => {
    const { row, status } = checkRow(record, place);
    if (status === "failed") finished.delete(row);
    else finished.add(row);
  });
  const models = new Map(agents.map(({ name, model }) => [name, model]));
  const spent = createPriorSpending((agent) => models.get(agent), priceOf);
  const checkCall = recordChecker(join(directory, "journal.calls"), callJournalRecord);
  await readJournal(directory, "journal.calls", (record, place) =>
    spent.read(checkCall(record, place)),
  );
  return { finished, spent: spent.total() };
}

async function isDirectory(path: string): Promise<boolean> {
  const kind = await stat(path).catch(() => null);
  if (kind === null || kind.isDirectory()) return kind !== null;
  throw storageFailed("make", path, new Error("a file is there"));
}

async function readJournal(
  directory: string,
  name: string,
  onRecord: Parameters<typeof openJournalReader>[1],
): Promise<void> {
  try {
    await (await openJournalReader(join(directory, name), onRecord)).close();
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}
