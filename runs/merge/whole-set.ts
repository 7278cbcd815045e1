import { FellowshipError } from "../../state/fellowship-error.ts";
import { createMistakes } from "../../state/mistakes.ts";
import { planDifferences, type RunPlan } from "../directory/run-plan.ts";
import { shardText } from "../shards/shard.ts";
import type { FinishedShard } from "./finished-shard.ts";

/** The plan of the run that shards are parts of. */
export function wholePlan({ plan }: Pick<FinishedShard, "plan">): RunPlan {
  const { shard: _, ...whole } = plan;
  return whole;
}

/**
 * Puts shards in their order, and makes sure that they are the parts of one run, each once.
 *
 * @throws FellowshipError `bad_usage` naming missing and double shards, and those of another run
 */
export function wholeSet(shards: readonly FinishedShard[]): FinishedShard[] {
  const ordered = shards.toSorted((one, other) => one.shard.index - other.shard.index);
  const [first] = ordered;
  if (first === undefined) throw new FellowshipError("bad_usage", "merge: expected shards.");
  const mistakes = createMistakes();
  for (const other of ordered) mistakes.attempt(() => refuseOther(first, other));
  mistakes.throwIfAny();
  refuseDoubles(ordered);
  refuseMissing(ordered, first.shard.of);
  refuseOtherLimits(ordered);
  return ordered;
}

function refuseOther(first: FinishedShard, other: FinishedShard): void {
  if (first.shard.of !== other.shard.of) {
    throw new FellowshipError(
      "bad_usage",
      `${other.directory} is shard ${shardText(other.shard)}, ${first.directory} is shard ` +
        `${shardText(first.shard)}: ` +
        "expected shards of one division.",
    );
  }
  const gatesOf = ({ manifest }: FinishedShard) => JSON.stringify(manifest.gates ?? "none");
  if (gatesOf(first) !== gatesOf(other)) {
    throw new FellowshipError(
      "bad_usage",
      `${other.directory} has the gates ${gatesOf(other)}, ${first.directory} has ` +
        `${gatesOf(first)}. Give the command of one again with the gates of the other.`,
    );
  }
  const differences = planDifferences(wholePlan(first), wholePlan(other));
  if (differences.length === 0) return;
  throw new FellowshipError(
    "bad_usage",
    [
      `${other.directory} (now) is a shard of another run than ${first.directory} (there):`,
      ...differences.slice(0, 8).map((difference) => `  ${difference}`),
    ].join("\n"),
    { facts: { differences } },
  );
}

function refuseDoubles(ordered: readonly FinishedShard[]): void {
  for (const [place, { shard, directory }] of ordered.entries()) {
    const next = ordered[place + 1];
    if (next?.shard.index !== shard.index) continue;
    throw new FellowshipError(
      "bad_usage",
      `shard ${shardText(shard)} is there twice: ${directory} and ${next.directory}. Name ` +
        "one of them.",
    );
  }
}

function refuseMissing(ordered: readonly FinishedShard[], of: number): void {
  const there = new Set(ordered.map(({ shard }) => shard.index));
  const missing = Array.from({ length: of }, (_, place) => place + 1).filter(
    (index) => !there.has(index),
  );
  if (missing.length === 0) return;
  const names = missing.slice(0, 20).map((index) => shardText({ index, of }));
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : "";
  throw new FellowshipError(
    "bad_usage",
    `merge: expected ${of} shards, found ${ordered.length}; missing: ${names.join(", ")}${more}. ` +
      `Name their directories too; or make them by the command of ${ordered[0]?.directory}, ` +
      `with --shard ${names[0]} and an --out of its own.`,
  );
}

/** Each shard has as many rows as the first, or one less. */
function refuseOtherLimits(ordered: readonly FinishedShard[]): void {
  const rows = ordered.reduce((sum, { manifest }) => sum + manifest.rows, 0);
  for (const { directory, shard, manifest } of ordered) {
    const expected = Math.max(0, Math.ceil((rows - shard.index + 1) / shard.of));
    if (manifest.rows === expected) continue;
    throw new FellowshipError(
      "bad_usage",
      `${directory} (shard ${shardText(shard)}) has ${manifest.rows} rows where ${expected} ` +
        `would be its part of ${rows}: ` +
        "the shards were made with different --limit. Give their commands again with one limit.",
    );
  }
}
