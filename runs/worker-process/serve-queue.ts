import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { packageVersion } from "../../state/package-root.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { QueuedRun, QueueEvent } from "../queue/queued-run.ts";
import { connectRedis, parting, sayWhenAway, shownQueue } from "../queue/redis-connection.ts";
import { giveSign, signOff } from "../queue/live-workers.ts";
import { openRuns, runKeys } from "../queue/run-keys.ts";
import { openQueuedRun, type ServedRun, type ServeQueueOptions } from "./queued-run-worker.ts";

const usualLockMs = 15_000;
const lookEveryMs = 500;
const signEveryMs = 250;

/**
 * Takes rows of every run on a Redis, until the signal.
 *
 * @throws FellowshipError `bad_usage` where no Redis answers
 */
export async function serveQueue(options: ServeQueueOptions): Promise<void> {
  const { url, progress, signal, lockMs = usualLockMs } = options;
  const redis = await connectRedis(url);
  sayWhenAway(redis, url, (message) => progress.say(message, "notice"));
  const id = randomUUID();
  const runs = new Map<string, ServedRun>();
  const left = new Set<string>();
  progress.say(
    `Waiting for rows of the runs on ${shownQueue(url)}; Ctrl-C ends this worker.`,
    "news",
  );
  let isOver = false;
  const living = giveSignsOfLife();
  try {
    while (!signal.aborted) {
      await look();
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await Promise.all([...runs.values()].map((run) => run.close("interrupted")));
    isOver = true;
    await parting(living.then(() => signOff(redis, id)));
    redis.disconnect();
  }

  /** Until the last call has ended, while runs are opened, too. */
  async function giveSignsOfLife(): Promise<void> {
    for (; !isOver; await sleep(signEveryMs)) {
      await giveSign(redis, id, lockMs).catch(() => undefined);
    }
  }

  /** Opens runs that are new, and closes those that are gone. */
  async function look(): Promise<void> {
    const open = new Set(await redis.smembers(openRuns));
    for (const [name, run] of runs) {
      if (open.has(name) && !run.isOver) continue;
      runs.delete(name);
      progress.say(`No more rows of ${run.place}.`, "news");
      void run.close("gone");
    }
    for (const name of open) {
      if (!runs.has(name)) await openRun(name);
    }
  }

  async function openRun(name: string): Promise<void> {
    const definition = await readDefinition(redis, name);
    if (definition === null) return;
    const key = `${name} ${definition.session}`;
    if (left.has(key)) return;
    // Tried once for each command that works on the run.
    left.add(key);
    try {
      refuseOtherVersion(definition);
      runs.set(name, await openQueuedRun({ ...options, lockMs, name, definition, worker: id }));
      progress.say(`Takes rows of ${definition.place} (${definition.plan.command}).`, "news");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      progress.say(`${definition.place}: this worker takes none of its rows: ${why}`, "notice");
      await tellRun(name, definition, why);
    }
  }

  /** The person at the run may not see this worker. */
  async function tellRun(name: string, { session }: QueuedRun, why: string): Promise<void> {
    const event: QueueEvent = { kind: "refused", session, host: hostname(), why };
    await redis.xadd(runKeys(name).events, "*", "event", JSON.stringify(event));
  }
}

/** @throws FellowshipError `bad_usage` */
function refuseOtherVersion({ fellowship }: QueuedRun): void {
  const own = packageVersion();
  if (fellowship === own) return;
  throw new FellowshipError(
    "bad_usage",
    `expected a run of version ${own}, found one of ${fellowship}. Give its workers and its ` +
      "process the same version.",
  );
}

async function readDefinition(redis: Redis, name: string): Promise<QueuedRun | null> {
  const text = await redis.get(runKeys(name).definition);
  return text === null ? null : (JSON.parse(text) as QueuedRun);
}
