import { stat } from "node:fs/promises";
import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { isRemoteAddress } from "../../state/files/remote-address.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import { withoutLimits } from "../../topologies/limits-of.ts";
import type { ReadWitness } from "../../datasets/read/read-witness.ts";
import type { CommandOptions } from "../command-options.ts";
import type { InputReading } from "../input/read-input.ts";
import type { Shard } from "../shards/shard.ts";
import { fileSha256 } from "./run-manifest.ts";
import { openJournalReader } from "../journal/journal-reader.ts";
import { openJournal, type JournalRecovery } from "../journal/journal.ts";

/**
 * What a run is over. `journal.plan` holds it; a directory goes on only with the same plan, so that
 * rows of two different runs never mix.
 */
export type RunPlan = {
  readonly command: string;
  /** As resolved, with all changes of the command line. */
  readonly topology: unknown;
  /** SHA-256 of each prompt file, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Addresses by model spec, of models whose providers have no fixed one; absent without any. */
  readonly servers?: Readonly<Record<string, string>>;
  /** SHA-256 of each file of custom code; absent where there is none. */
  readonly code?: Readonly<Record<string, string>>;
  /** What the input is (`inputIdentity`): SHA-256 of a file, or an address with its version. */
  readonly input: string;
  /** The address in the user's words; absent for a file. */
  readonly askedInput?: string;
  /** How its rows are read, and which ones; absent where all are read as they are. */
  readonly reading?: InputReading;
  /** The part of its rows; absent where the run is over all of them. */
  readonly shard?: Shard;
};

/** The plan of a job over an input; `code` is left out where there is none. */
export function planOf(
  job: {
    readonly command: string;
    readonly topology: { readonly graph: string };
    readonly prompts: Readonly<Record<string, string>>;
    readonly code: Readonly<Record<string, string>>;
    readonly agents: readonly BuiltAgent[];
  },
  input: string,
  { reading, askedInput, shard }: Pick<CommandOptions, "reading" | "askedInput" | "shard"> = {},
): RunPlan {
  const { command, topology, prompts } = job;
  const base = {
    command,
    topology: withoutLimits(topology),
    prompts,
    ...serversOf(job),
    ...codeOf(job),
    input,
    ...(askedInput === undefined ? {} : { askedInput }),
    ...(shard === undefined ? {} : { shard }),
  };
  return reading === undefined ? base : { ...base, reading };
}

function serversOf({ agents }: Pick<Parameters<typeof planOf>[0], "agents">) {
  const servers = Object.fromEntries(
    agents.flatMap(({ model, server }) => (server === undefined ? [] : [[model, server]])),
  );
  return Object.keys(servers).length === 0 ? {} : { servers };
}

/** The same for two runs whose rows of one number are the same rows. */
export function inputKeyOf({ input, reading }: Pick<RunPlan, "input" | "reading">): string {
  return reading === undefined ? input : `${input} ${JSON.stringify(reading)}`;
}

/**
 * The custom code that a job runs, for plans and manifests; nothing where it runs none.
 */
export function codeOf({ code }: { readonly code: Readonly<Record<string, string>> }) {
  return Object.keys(code).length === 0 ? {} : { code };
}

/**
 * Compares the plan of a directory with today's, or writes today's down where there is none.
 *
 * @returns What opening `journal.plan` found.
 * @throws FellowshipError `directory_differs`, naming each difference and what to do;
 *   `journal_damaged` where there are rows or calls of a run whose plan is gone, except to salvage
 *   them.
 */
export async function agreeOnPlan(
  directory: string,
  plan: RunPlan,
  { salvage }: { readonly salvage: boolean } = { salvage: false },
): Promise<JournalRecovery> {
  let recorded: unknown;
  const journal = await openJournal(join(directory, "journal.plan"), {
    salvage,
    reserveBytes: 0,
    onRecord: (record) => {
      recorded = record;
    },
  });
  try {
    if (recorded === undefined) {
      if (!salvage) await refuseLostPlan(directory);
      await journal.append(plan);
    }
  } finally {
    await journal.close();
  }
  if (recorded !== undefined) refuseOtherPlan(directory, recorded, plan);
  return journal.recovery;
}

/** The plan of the run in a directory; undefined where there is none that can be read. */
export async function readRunPlan(directory: string): Promise<RunPlan | undefined> {
  let plan: unknown;
  const onRecord = (record: unknown) => {
    plan = record;
  };
  try {
    await (await openJournalReader(join(directory, "journal.plan"), onRecord)).close();
  } catch {
    return undefined; // opening the directory says what is wrong with it
  }
  return plan as RunPlan | undefined;
}

/**
 * Refuses to go on where records of a run stand beside a plan that is gone: it can't be
 * known any more what they were made of.
 *
 * @throws FellowshipError `journal_damaged`
 */
export async function refuseLostPlan(directory: string): Promise<void> {
  const sizes = ["journal.rows", "journal.calls"].map((name) =>
    stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  if ((await Promise.all(sizes)).every((size) => size === 0)) return;
  throw new FellowshipError(
    "journal_damaged",
    `${directory} holds rows or calls of a run, but journal.plan does not tell what that ` +
      "run was over. Nothing was sent. " +
      "Put back an undamaged copy of journal.plan; or give the command again with " +
      "--salvage, if you are sure that the run was over " +
      "this input and this topology with these models; or move it aside with --fresh.",
    { facts: { directory } },
  );
}

/** What is not the same in two plans, a phrase for each: there as in the first, now as in the second. */
export function planDifferences(there: unknown, now: RunPlan): string[] {
  return differencesBetween(there, plain(now), "");
}

/** @throws FellowshipError `directory_differs`, naming each difference and what to do. */
export function refuseOtherPlan(directory: string, recorded: unknown, plan: RunPlan): void {
  const differences = planDifferences(recorded, plan);
  if (differences.length === 0) return;
  throw new FellowshipError(
    "directory_differs",
    [
      `${directory} holds a run over something else:`,
      ...differences.slice(0, 12).map((difference) => `  ${difference}`),
      ...(differences.length > 12 ? [`  and ${differences.length - 12} more`] : []),
      "Choose another --out, or move this one aside with --fresh.",
    ].join("\n"),
    { facts: { directory, differences } },
  );
}

/**
 * An input, what it was at the start (`inputIdentity`), and which bytes of a file were read since.
 */
export type WitnessedInput = {
  readonly path: string;
  readonly identity: string;
  readonly witness: ReadWitness;
};

/**
 * Refuses an input that is another file by now than when the run began, or was one while its rows
 * were read, and lets no later run go on with rows
 * that can't be traced to their input. An input on a server was read at one version alone.
 *
 * @throws FellowshipError `bad_input`
 */
export async function refuseChangedInput(
  directory: string,
  { path, identity, witness }: WitnessedInput,
): Promise<void> {
  if (isRemoteAddress(path)) return;
  if ((await fileSha256(path)) === identity && (await witness.isUnchanged(path))) return;
  let plan: unknown;
  const journal = await openJournal(join(directory, "journal.plan"), {
    reserveBytes: 0,
    onRecord: (record) => {
      plan = record;
    },
  });
  try {
    await journal.append({ ...(plan as RunPlan), input: "changed while it was read" });
  } finally {
    await journal.close();
  }
  throw new FellowshipError(
    "bad_input",
    `${path} changed while it was read, and the rows in ${directory} may be of either state ` +
      "of it, so no files are made of them. " +
      "Leave the input as it is, and give the command again with another --out and --reuse " +
      `${directory}: what was asked is not paid for again.`,
    { facts: { path, directory } },
  );
}

/** As it will be read back: keys without a value are gone. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function differencesBetween(before: unknown, now: unknown, key: string): string[] {
  if (isTree(before) && isTree(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
    return keys.flatMap((inner) =>
      differencesBetween(before[inner], now[inner], key === "" ? inner : `${key}.${inner}`),
    );
  }
  if (Object.is(before, now)) return [];
  return [`${key}: ${show(before)} there, ${show(now)} now`];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
