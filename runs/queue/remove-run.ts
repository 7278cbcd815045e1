import type { Redis } from "ioredis";
import { runKeys } from "./run-keys.ts";

/** Takes all of a run off Redis: its own keys, and those of the BullMQ queue of its rows. */
export async function removeRun(redis: Redis, name: string): Promise<void> {
  const { pattern, queuePattern } = runKeys(name);
  for (const keys of [pattern, queuePattern]) await removeKeys(redis, keys);
}

async function removeKeys(redis: Redis, pattern: string): Promise<void> {
  for (let cursor = "0"; ;) {
    const [next, found] = await redis.scan(cursor, "MATCH", pattern, "COUNT", 1000);
    if (found.length > 0) await redis.del(...found);
    if (next === "0") return;
    cursor = next;
  }
}
