import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { forEachConcurrently } from "./for-each-concurrently.ts";

async function* upTo(last: number, onRead: (item: number) => void = () => undefined) {
  for (let item = 1; item <= last; item += 1) {
    onRead(item);
    yield item;
  }
}

const open = { isOpen: () => true };

describe("workThrough", () => {
  it("works on every item once, never on more at a time than it may, and reads none ahead", async () => {
    const worked: number[] = [];
    let [inFlight, most, read] = [0, 0, 0];
    await forEachConcurrently(
      upTo(20, (item) => (read = item)),
      async (item) => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        await sleep(item % 3);
        expect(read - worked.length).toBeLessThanOrEqual(4);
        inFlight -= 1;
        worked.push(item);
      },
      { concurrency: 4, ...open },
    );
    expect(worked.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(most).toBe(4);
  });

  it("throws the first error when what was in flight has ended, and reads no more", async () => {
    const ended: number[] = [];
    let read = 0;
    const run = forEachConcurrently(
      upTo(100, (item) => (read = item)),
      async (item) => {
        await sleep(item === 2 ? 1 : 15);
        if (item === 2) throw new Error("the second");
        ended.push(item);
      },
      { concurrency: 3, ...open },
    );
    await expect(run).rejects.toThrow("the second");
    expect(ended).toEqual([1, 3]);
    expect(read).toBeLessThanOrEqual(4);
  });

  it("throws the error of its source, and lets what is in flight end", async () => {
    let ended = 0;
    async function* broken() {
      yield 1;
      throw new Error("broken gzip");
    }
    const work = async () => {
      await sleep(5);
      ended += 1;
    };
    await expect(forEachConcurrently(broken(), work, { concurrency: 2, ...open })).rejects.toThrow(
      "gzip",
    );
    expect(ended).toBe(1);
  });

  it("closes its source when it is shut", async () => {
    const worked: number[] = [];
    let closed = false;
    async function* source() {
      try {
        yield* upTo(10);
      } finally {
        closed = true;
      }
    }
    const work = async (item: number) => void worked.push(item);
    await forEachConcurrently(source(), work, { concurrency: 1, isOpen: () => worked.length < 3 });
    expect({ worked, closed }).toEqual({ worked: [1, 2, 3], closed: true });
  });
});
