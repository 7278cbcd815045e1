import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { findLockHolder } from "../../storage/directory-lock.ts";
import { journalFiles, isJournal } from "../directory/run-manifest.ts";
import { readRunPlan, type RunPlan } from "../directory/run-plan.ts";
import { readSession } from "../directory/session-file.ts";
import type { GateOptions } from "../gates/sift.ts";
import { shardText, type Shard } from "../shards/shard.ts";
import { labelHashes } from "./merge-people.ts";

const spent = z.object({ usd: z.number(), unknownUsd: z.number(), unpriced: z.int() });
const taken = z.object({
  directory: z.string(),
  plan: z.string(),
  answers: z.int(),
  tokens: z.object({ in: z.number(), out: z.number(), unknown: z.number() }),
  cost: z.object({ usd: z.number(), unknown: z.number() }),
});

/** What a merge reads of the `run.json` of a shard. */
const ShardManifest = z.looseObject({
  commandLine: z.string().optional(),
  topology: z.looseObject({ graph: z.string() }),
  input: z.looseObject({ path: z.string() }),
  limit: z.int().optional(),
  gates: z.custom<GateOptions>((gates) => typeof gates === "object").optional(),
  rows: z.int(),
  failed: z.int(),
  pending: z.int(),
  spent,
  reused: z.array(taken).optional(),
  seconds: z.number(),
  files: z.array(
    z.object({ name: z.string(), sha256: z.string(), bytes: z.int(), lines: z.int() }),
  ),
});
export type ShardManifest = z.infer<typeof ShardManifest>;

/** A shard whose rows are all done or failed. */
export type FinishedShard = {
  readonly directory: string;
  readonly shard: Shard;
  readonly plan: RunPlan;
  readonly manifest: ShardManifest;
  /** The SHA-256 of the files of labels that people made of its rows, by name. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
};

/**
 * Reads a shard from its directory, and changes nothing.
 *
 * @throws FellowshipError `bad_usage` where the directory holds no shard, or one that is not
 *   finished, with the command that goes on with it
 */
export async function readFinishedShard(directory: string): Promise<FinishedShard> {
  const plan = await readRunPlan(directory);
  if (plan === undefined) throw refusal(directory, "holds no run (no readable journal.plan)");
  const { shard } = plan;
  if (shard === undefined) {
    throw refusal(directory, "holds a whole run; expected one that was made with --shard I/N");
  }
  const name = `shard ${shardText(shard)} (${directory})`;
  const holder = await findLockHolder(directory);
  if (holder !== null) {
    throw new FellowshipError(
      "bad_usage",
      `${name} is running (process ${holder.pid} on ${holder.host}). Merge when it has ended.`,
    );
  }
  const manifest = ShardManifest.safeParse(await readJson(join(directory, "run.json"))).data;
  if (manifest === undefined || !(await describesJournals(directory, manifest))) {
    throw await unfinished(directory, name, "has not come to its end", manifest);
  }
  if (manifest.pending > 0) {
    const rows = manifest.pending === 1 ? "1 row" : `${manifest.pending} rows`;
    throw await unfinished(directory, name, `has ${rows} pending`, manifest);
  }
  return { directory, shard, plan, manifest, labels: await labelHashes(directory) };
}

/** Whether nothing was written to the journals since the manifest. */
async function describesJournals(directory: string, { files }: ShardManifest): Promise<boolean> {
  const hashes = (described: typeof files) =>
    described.map(({ name, sha256 }) => `${name} ${sha256}`).join("\n");
  return hashes(files.filter(isJournal)) === hashes(await journalFiles(directory));
}

function refusal(directory: string, found: string): FellowshipError {
  return new FellowshipError("bad_usage", `${directory} ${found}.`, { facts: { directory } });
}

async function unfinished(
  directory: string,
  name: string,
  state: string,
  manifest: ShardManifest | undefined,
): Promise<FellowshipError> {
  const command = (await readSession(directory))?.commandLine ?? manifest?.commandLine;
  const remedy = command === undefined ? "give its command again" : `go on with: ${command}`;
  return new FellowshipError("bad_usage", `${name} ${state}; ${remedy}`, { facts: { directory } });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}
