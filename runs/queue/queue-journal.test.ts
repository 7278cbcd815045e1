import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openQueueRedis } from "../../tests/open-queue-redis.ts";
import { hasRedis } from "../../tests/start-redis.ts";
import { createQueueJournal } from "./queue-journal.ts";
import { workerKey } from "./run-keys.ts";

const address = { row: { number: 7, id: "7" }, agent: "judge", part: "", turn: 0 };
const attempt = { address, requestHash: "question", attempt: 1 };
const answer = { kind: "in-process", content: "Yes.", finish: "stop", tokens: null } as const;
const limits = { pass: async () => undefined, ended: () => undefined };

describe.skipIf(!hasRedis)("the journal of a queue (skipped without redis-server)", () => {
  it("lets one living worker ask, gives others its answer, and counts it once", async () => {
    const { redis, keys, script } = await openQueueRedis();
    const journalOf = async (worker: string) => {
      await redis.set(workerKey(worker), "1");
      return createQueueJournal({ redis, script, keys, limits, worker, silentMs: 300 });
    };
    const [one, other, third] = await Promise.all(["one", "other", "third"].map(journalOf));
    for (const journal of [one, other, third]) expect(await journal?.take(7)).toBe(true);

    expect(await one?.find(address, "question")).toBeUndefined();
    let found: unknown = "nothing yet";
    const finding = other?.find(address, "question").then((value) => (found = value));
    await sleep(200);
    expect(found).toBe("nothing yet");
    await one?.keep(attempt, answer);
    await finding;
    expect(found).toMatchObject({ content: "Yes." });
    expect(await third?.find(address, "another question")).toBeUndefined();
    expect(await redis.xlen(keys.events)).toBe(1);

    // A claim that is given back, and one of a worker that is gone, delay no other worker.
    const next = { ...address, turn: 1 };
    expect(await one?.find(next, "question")).toBeUndefined();
    await one?.leave(7);
    expect(await other?.find(next, "question")).toBeUndefined();
    await redis.del(workerKey("other"));
    expect(await third?.find(next, "question")).toBeUndefined();

    // A worker that could give no sign of life while Redis was away is not lost when it is back.
    const last = { ...address, turn: 2 };
    expect(await one?.take(7)).toBe(true);
    expect(await one?.find(last, "question")).toBeUndefined();
    await redis.del(workerKey("one"));
    const waiting = other?.find(last, "question");
    await sleep(100);
    await redis.set(workerKey("one"), "1");
    await sleep(500);
    await one?.keep({ ...attempt, address: last }, answer);
    expect(await waiting).toMatchObject({ content: "Yes." });

    // Identical calls of other rows share an answer, not a failure, nor a claim that is given back.
    const once = { once: true } as const;
    const shares = (worker: typeof one, turn: number, row = 8) =>
      worker?.findSame?.("question", turn, row);
    expect(await other?.take(8)).toBe(true);
    expect(await shares(one, 0, 7)).toBeUndefined();
    const sharing = shares(other, 0);
    await one?.keep({ ...attempt, address: { ...address, part: "b" }, ...once }, answer);
    expect(await sharing).toMatchObject({ content: "Yes." });
    expect(await shares(one, 1, 7)).toBeUndefined();
    const failing = shares(other, 1);
    await one?.giveUp({ ...attempt, address: next, ...once }, "invalid_request", "none");
    expect(await failing).toBeUndefined();
    expect(await shares(one, 2, 7)).toBeUndefined();
    const left = shares(other, 2);
    await one?.leave(7);
    expect(await left).toBeUndefined();
    expect(await shares(one, 3, 7)).toBeUndefined();
    expect(await shares(other, 3)).toBeUndefined();

    // Only the first end of a row counts, and no worker takes it up again.
    for (const end of ["first", "second"]) {
      await script("fellowshipEnd", [keys.events, keys.ended], [7, end]);
    }
    expect(await redis.xlen(keys.events)).toBe(5);
    expect(await third?.take(7)).toBe(false);
  });
});
