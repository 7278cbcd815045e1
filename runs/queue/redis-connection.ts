import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { FellowshipError } from "../../state/fellowship-error.ts";

/** How long it may take until something takes a connection. */
const patienceMs = 5_000;
/** How long what has taken it may take until it answers. */
const answerPatienceMs = 60_000;
const lookEveryMs = 100;

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
 * @throws FellowshipError `bad_usage` where nothing is there within some seconds, or what is there
 *   doesn't answer within a minute
 */
export async function connectRedis(url: string): Promise<Redis> {
  checkQueueUrl(url);
  const redis = await openConnection(url);
  let reason = "no answer";
  redis.on("error", (error: Error) => {
    reason = error.message;
  });
  let refusal: string | undefined;
  let isReady = false;
  const answer = redis.ping().then(
    () => (isReady = true),
    (error: unknown) => (refusal = String(error)),
  );
  const began = performance.now();
  let isThere = false;
  while (!isReady && refusal === undefined) {
    // It may be reading its files, or wait for its disk.
    isThere ||= redis.status === "connect";
    if (performance.now() - began > (isThere ? answerPatienceMs : patienceMs)) break;
    await Promise.race([answer, sleep(lookEveryMs)]);
  }
  if (isReady) return redis;
  redis.disconnect();
  throw new FellowshipError(
    "bad_usage",
    `--queue: no Redis can be used at ${shownQueue(url)} (${refusal ?? reason}). Start one ` +
      "(redis-server --appendonly yes --appendfsync always), or correct the address.",
    { facts: { url: shownQueue(url) } },
  );
}

/** One more connection to a Redis that was there; where that is away, it waits until it is back. */
export function reconnectRedis(url: string): Promise<Redis> {
  return openConnection(url);
}

async function openConnection(url: string): Promise<Redis> {
  const { Redis: Client } = await import("ioredis");
  const redis = new Client(url, {
    // Never gives a command up.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(500, 100 * times),
    // A Redis that reads its files guesses how long that takes. A worker that waited for so long
    // would be taken for lost by others that did not.
    maxLoadingRetryTime: 200,
  });
  redis.on("error", () => undefined); // the connection comes back
  return redis;
}

/** How long a Redis may be away unmentioned. */
const awayMs = 3_000;

/** Says when a Redis is away for some seconds, and when it is back. */
export function sayWhenAway(redis: Redis, url: string, say: (message: string) => void): void {
  const name = `The Redis at ${shownQueue(url)}`;
  let timer: NodeJS.Timeout | undefined;
  let isSaid = false;
  redis.on("close", () => {
    timer ??= setTimeout(() => {
      isSaid = true;
      say(`${name} does not answer. All work waits until it is back.`);
    }, awayMs).unref();
  });
  redis.on("end", () => clearTimeout(timer));
  redis.on("ready", () => {
    clearTimeout(timer);
    timer = undefined;
    if (isSaid) say(`${name} is back.`);
    isSaid = false;
  });
}

/** How long the last commands of a process may take. */
const partingMs = 1_000;

/** Waits for the last commands of a process, which never end where Redis is away by then. */
export async function parting(commands: Promise<unknown>): Promise<void> {
  await Promise.race([commands.catch(() => undefined), sleep(partingMs)]);
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
