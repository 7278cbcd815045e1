import type { Redis } from "ioredis";
import { allWorkers, workerKey } from "./run-keys.ts";

/** A sign of life of a worker, which counts for so many milliseconds. */
export async function giveSign(redis: Redis, id: string, lastsMs: number): Promise<void> {
  await redis.sadd(allWorkers, id);
  await redis.set(workerKey(id), "1", "PX", lastsMs);
}

/** The worker has ended. */
export async function signOff(redis: Redis, id: string): Promise<void> {
  await redis.srem(allWorkers, id);
  await redis.del(workerKey(id));
}

/** Whether a worker is there; forgets those that have given no sign of life. */
export async function hasWorkers(redis: Redis): Promise<boolean> {
  const ids = await redis.smembers(allWorkers);
  if (ids.length === 0) return false;
  const signs = await redis.mget(...ids.map(workerKey));
  const lost = ids.filter((_, place) => signs[place] === null);
  if (lost.length > 0) await redis.srem(allWorkers, ...lost);
  return lost.length < ids.length;
}
