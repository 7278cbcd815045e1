import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { FellowshipError } from "../../state/fellowship-error.ts";

/** How long the first connection may take. */
const patienceMs = 5_000;

/** An address without its user and password. */
export function shownQueue(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/i, "$1");
}

/**
 * Checks the address of a Redis.
 *
 * @throws FellowshipError `bad_usage`
 */
export function checkQueueUrl(url: string): void {
  if (/^rediss?:\/\/[^/]/.test(url) && URL.canParse(url)) return;
  throw new FellowshipError(
    "bad_usage",
    `--queue: expected redis://HOST[:PORT][/DATABASE], got "${shownQueue(url)}".`,
  );
}

/**
 * Connects to a Redis, and again whenever the connection is lost: what was asked meanwhile waits.
 *
 * @throws FellowshipError `bad_usage` where nothing answers there within some seconds
 */
export async function connectRedis(url: string): Promise<Redis> {
  checkQueueUrl(url);
  const { Redis: Client } = await import("ioredis");
  const redis = new Client(url, {
    // Never gives a command up.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(500, 100 * times),
  });
  let reason = "no answer";
  redis.on("error", (error: Error) => {
    reason = error.message;
  });
  const ready = await Promise.race([
    redis.ping().then(() => true),
    sleep(patienceMs, false, { ref: true }),
  ]).catch((error: unknown) => {
    reason = String(error);
    return false;
  });
  if (ready) return redis;
  redis.disconnect();
  throw new FellowshipError(
    "bad_usage",
    `--queue: no Redis can be used at ${shownQueue(url)} (${reason}). Start one ` +
      "(redis-server --appendonly yes --appendfsync always), or correct the address.",
    { facts: { url: shownQueue(url) } },
  );
}

/** Whether what a Redis has acknowledged survives its being killed; true where it doesn't say. */
export async function isDurable(redis: Redis): Promise<boolean> {
  try {
    const [, appendOnly] = await redis.config("GET", "appendonly");
    const [, sync] = await redis.config("GET", "appendfsync");
    return appendOnly === "yes" && sync === "always";
  } catch {
    return true; // a service that doesn't tell
  }
}
