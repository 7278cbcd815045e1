import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Attempt } from "../../models/gate/journal.ts";
import type { QueuedRun } from "./queued-run.ts";
import type { RunKeys } from "./run-keys.ts";
import type { RunScript } from "./scripts.ts";

/** The limits that a topology gives, kept by all workers together. */
export type SharedLimits = {
  /** Resolves when a request may leave. */
  readonly pass: (attempt: Attempt) => Promise<void>;
  readonly ended: (attempt: Attempt) => void;
};

/** The slot of a worker that was killed comes free after this. */
const leaseMs = 15 * 60_000;

/** @param modelOf The model of an agent by its name. */
export function shareLimits(
  { redis, script, keys }: { redis: Redis; script: RunScript; keys: RunKeys },
  given: QueuedRun["limits"],
  modelOf: (agent: string) => string,
): SharedLimits {
  const tokens = new WeakMap<Attempt, string>();

  /** A limit may be of a model, or of all models of a provider. */
  function limitsOf({ address: { agent } }: Attempt) {
    const spec = modelOf(agent);
    return [spec, spec.slice(0, spec.indexOf(":"))].filter((name) => given[name] !== undefined);
  }

  async function passOne(name: string, token: string, attempt: Attempt): Promise<void> {
    const { requestsPerMinute = 0, tokensPerMinute = 0, concurrency = 0 } = given[name] ?? {};
    const { in: input = 0, out = 0 } = attempt.bound ?? {};
    const values = [token, requestsPerMinute, tokensPerMinute, concurrency, input + out, leaseMs];
    for (;;) {
      const waitMs = Number(await script("fellowshipPass", [keys.limit(name)], values));
      if (waitMs <= 0) return;
      await sleep(waitMs);
    }
  }

  return {
    async pass(attempt) {
      const names = limitsOf(attempt);
      if (names.length === 0) return;
      const token = randomUUID();
      tokens.set(attempt, token);
      for (const name of names) await passOne(name, token, attempt);
    },
    ended(attempt) {
      const token = tokens.get(attempt);
      if (token === undefined) return;
      for (const name of limitsOf(attempt)) void redis.hdel(keys.limit(name), `slot:${token}`);
    },
  };
}
