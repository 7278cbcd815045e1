import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { budgetShare, isInShard, parseShard } from "./shard.ts";

const shard = fc
  .integer({ min: 1, max: 40 })
  .chain((of) => fc.record({ index: fc.integer({ min: 1, max: of }), of: fc.constant(of) }));

describe("shards", () => {
  it("have each row in exactly one of them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), shard, (row, { of }) => {
        const all = Array.from({ length: of }, (_, place) => ({ index: place + 1, of }));
        expect(all.filter((one) => isInShard(one, row))).toHaveLength(1);
      }),
    );
  });

  it("never have more of a budget together than there is", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), shard, (usd, one) => {
        expect(budgetShare(usd, one) * one.of).toBeLessThanOrEqual(usd + 1e-9);
        expect(budgetShare(usd, one) * one.of).toBeGreaterThanOrEqual(usd - 1e-7);
      }),
    );
  });

  it.each(["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3", "1/10001", ""])(
    "are not read from %j",
    (text) => expect(parseShard(text)).toBeUndefined(),
  );
});
