import type { Redis } from "ioredis";
import type { QueueEvent } from "./queued-run.ts";

/** An event with the id of its entry; ids grow. */
export type StreamedEvent = { readonly entry: string; readonly event: QueueEvent };

type Entries = readonly (readonly [id: string, fields: readonly string[]])[];

/** Events that are read at once. */
const together = 500;

/** Whether one entry of a stream comes after another. */
export function isAfter(one: string, other: string | undefined): boolean {
  if (other === undefined) return true;
  const [oneMs = 0, oneCount = 0] = one.split("-").map(Number);
  const [otherMs = 0, otherCount = 0] = other.split("-").map(Number);
  return oneMs === otherMs ? oneCount > otherCount : oneMs > otherMs;
}

/**
 * Reads the events after an entry.
 *
 * @param waitMs How long to wait for one where there is none.
 */
export async function eventsAfter(
  redis: Redis,
  stream: string,
  { entry, waitMs }: { readonly entry: string; readonly waitMs: number },
): Promise<StreamedEvent[]> {
  const wait = waitMs > 0 ? (["BLOCK", waitMs] as const) : [];
  type Read = (...words: (string | number)[]) => Promise<readonly [string, Entries][] | null>;
  const read = redis.xread.bind(redis) as unknown as Read;
  const found = await read("COUNT", together, ...wait, "STREAMS", stream, entry);
  return (found?.[0]?.[1] ?? []).map(([id, fields]) => ({
    entry: id,
    event: JSON.parse(fields[1] ?? "null") as QueueEvent,
  }));
}
