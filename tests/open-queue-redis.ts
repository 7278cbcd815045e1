import { mkdirSync } from "node:fs";
import { onTestFinished } from "vitest";
import { connectRedis } from "../runs/queue/redis-connection.ts";
import { runKeys } from "../runs/queue/run-keys.ts";
import { withScripts } from "../runs/queue/scripts.ts";
import { startRedis } from "./start-redis.ts";
import { openWorkspace } from "./workspace.ts";

/** A Redis with the keys and scripts of a run, until the test has finished. */
export async function openQueueRedis() {
  const space = openWorkspace();
  mkdirSync(space.at("redis"));
  const server = await startRedis(space.at("redis"));
  onTestFinished(() => server.kill());
  const redis = await connectRedis(server.url);
  onTestFinished(() => redis.disconnect());
  return { redis, keys: runKeys("run"), script: withScripts(redis) };
}
