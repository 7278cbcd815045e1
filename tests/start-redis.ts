import { spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "./loopback/free-port.ts";

/** Whether there is a Redis to test with; tests are skipped without one, which CI installs. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** A Redis on loopback that has every command on its disk before it acknowledges it. */
export type StartedRedis = {
  readonly url: string;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
  /** Starts it again over the same files. */
  readonly restart: () => Promise<void>;
};

/** @param directory Where its files are. */
export async function startRedis(directory: string): Promise<StartedRedis> {
  const port = await freePort();
  const flags = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""];
  const durable = ["--appendonly", "yes", "--appendfsync", "always"];
  const url = `redis://127.0.0.1:${port}`;
  const start = () => spawn("redis-server", [...flags, ...durable], { stdio: "ignore" });
  let process = start();
  await untilReady(url);
  return {
    url,
    async kill() {
      const ended = new Promise((resolve) => process.once("exit", resolve));
      process.kill("SIGKILL");
      await ended;
    },
    async restart() {
      process = start();
      await untilReady(url);
    },
  };
}

async function untilReady(url: string): Promise<void> {
  for (;;) {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    redis.on("error", () => undefined);
    const isReady = await redis.ping().then(
      () => true,
      () => false,
    );
    redis.disconnect();
    if (isReady) return;
    await sleep(20);
  }
}
