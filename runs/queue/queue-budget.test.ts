import { describe, expect, it } from "vitest";
import { openQueueRedis } from "../../tests/open-queue-redis.ts";
import { hasRedis } from "../../tests/start-redis.ts";
import { createQueueBudget } from "./queue-budget.ts";

const { signal } = new AbortController();
const bound = { in: 1_000, out: 500 };

describe.skipIf(!hasRedis)("the budget of a queue (skipped without redis-server)", () => {
  it("counts what a lost worker had set aside as spent, and a free model as free", async () => {
    const { redis, keys, script } = await openQueueRedis();
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
