import { createHash } from "node:crypto";
import type { CallAddress } from "../../models/call.ts";

/**
 * The name of a call in batches: the SHA-256 of what it asks and of its place, as 64 hexadecimal
 * digits. Calls that share one answer (`isAskedOnce`) have one name; others that ask the same are
 * answered each by itself, as live.
 */
export function callId(
  { row, agent, part, turn }: CallAddress,
  requestHash: string,
  once: boolean,
): string {
  const place = once ? [requestHash, turn] : [requestHash, row.number, agent, part, turn];
  return createHash("sha256").update(JSON.stringify(place)).digest("hex");
}
