import { createHash } from "node:crypto";
import { FellowshipError } from "../../state/fellowship-error.ts";

/** Which of an export's two files a record goes to. */
export type Side = "train" | "test";

/**
 * Divides groups of records by their hashes, so that the same groups fall the same way in every
 * export, whatever their order.
 *
 * @param groups Hashes of the groups (`hashOf`).
 * @param share Of the groups that train, over 0 and under 1; each side has one group at least.
 * @throws FellowshipError `bad_usage` for fewer than two groups
 */
export function splitGroups(groups: Iterable<string>, share: number): (group: string) => Side {
  const hashes = [...new Set(groups)].toSorted();
  if (hashes.length < 2) {
    throw new FellowshipError(
      "bad_usage",
      "--split: expected at least two prompts, found one. Export without --split.",
    );
  }
  const wanted = Math.round(hashes.length * (1 - share));
  const held = new Set(hashes.slice(0, Math.min(Math.max(wanted, 1), hashes.length - 1)));
  return (group) => (held.has(group) ? "test" : "train");
}

/** A name of a group, as short for a long text as for a short one. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
