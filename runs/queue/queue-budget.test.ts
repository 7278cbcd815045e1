import { mkdirSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasRedis, startRedis } from "../../tests/start-redis.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { createQueueBudget } from "./queue-budget.ts";
import { connectRedis } from "./redis-connection.ts";
import { runKeys } from "./run-keys.ts";
import { withScripts } from "./scripts.ts";

const { signal } = new AbortController();
const bound = { in: 1_000, out: 500 };

describe.skipIf(!hasRedis)("the budget of a queue (skipped without redis-server)", () => {
  it("counts what a lost worker had set aside as spent, and a free model as free", async () => {
    const space = openWorkspace();
    mkdirSync(space.at("redis"));
    const server = await startRedis(space.at("redis"));
    onTestFinished(() => server.kill());
    const redis = await connectRedis(server.url);
    onTestFinished(() => redis.disconnect());
    const keys = runKeys("run");
    const script = withScripts(redis);
    await redis.hset(keys.budget, { limit: 10_000_000 });
    const budget = createQueueBudget(script, keys, {
      agents: { paid: { price: { in: 2, out: 8 } }, free: { price: "free" }, odd: { price: null } },
      isBound: true,
    });
    const take = (row: number) =>
      script("fellowshipTake", [keys.row(row), keys.ended, keys.budget, keys.reserved(row)], [row]);

    for (const agent of ["paid", "free", "odd"]) {
      expect(await budget.admit("model", bound, signal, agent, 7)).not.toBeNull();
    }
    expect(await redis.hget(keys.budget, "reserved")).toBe("6000000");
    expect(await take(7)).toBe(1);
    expect(await redis.hgetall(keys.budget)).toMatchObject({ reserved: "0", unknown: "6000000" });
    expect(await budget.admit("model", bound, signal, "paid", 8)).toBeNull();
    const free = await budget.admit("model", bound, signal, "free", 8);
    if (free !== null) budget.settle(free, bound);
    expect(await take(8)).toBe(1);
    expect(await redis.hgetall(keys.budget)).toMatchObject({ reserved: "0", unknown: "6000000" });
  });
});
