import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openJsonBytes } from "./json-bytes.ts";

/** What each value became, written one behind the other. */
function written(values: readonly unknown[]): string[] {
  const json = openJsonBytes();
  const ranges = values.map((value) => json.write(value));
  const bytes = json.bytes();
  return ranges.map(({ start, end }) => bytes.toString("utf8", start, end));
}

const leaf = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", minLength: 60, maxLength: 300 }),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, undefined, Symbol("s"), () => 1, Number.NaN, -0),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(new Map([[1, 2]]), new Set([1]), /a/, Object("boxed"), new Error("e")),
  fc.constantFrom({ toJSON: () => undefined }, { toJSON: () => ({ told: [1] }) }),
);

describe("JSON in bytes", () => {
  it("is that of JSON.stringify, whatever values share", () => {
    const shared = fc.array(
      fc.oneof(
        leaf,
        fc.dictionary(fc.string(), leaf),
        fc.dictionary(fc.string(), leaf, { noNullPrototype: false }),
        fc.array(leaf),
      ),
      { minLength: 1, maxLength: 6 },
    );
    const values = shared.chain((some) => {
      const one = fc.constantFrom(...some);
      const deeper = fc.letrec((tie) => ({
        value: fc.oneof(
          { maxDepth: 4 },
          one,
          fc.array(tie("value"), { maxLength: 4 }),
          fc.dictionary(fc.string({ maxLength: 8 }), tie("value"), { maxKeys: 4 }),
        ),
      }));
      return fc.array(deeper.value, { minLength: 1, maxLength: 6 });
    });
    fc.assert(
      fc.property(values, (all) => {
        const expected = all.map(
          (value) => (JSON.stringify(value) as string | undefined) ?? "null",
        );
        expect(written(all)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("grows with what it is given", () => {
    const long = Array.from({ length: 40 }, (_, index) => `${index} \u{1f600} `.repeat(1_000));
    expect(written([long, [...long, ...long]])).toEqual(
      [long, [...long, ...long]].map((value) => JSON.stringify(value)),
    );
  });

  it("says of a value that JSON doesn't have what hindered it, and goes on", () => {
    const round: Record<string, unknown> = { text: "round ".repeat(20) };
    round["self"] = round;
    const before = { text: "before ".repeat(20) };
    const given = [
      before,
      { before, text: round["text"], count: 1n },
      round,
      before,
      round["text"],
    ];
    expect(written(given)).toEqual([
      JSON.stringify(before),
      '{"unwritable":"TypeError"}',
      '{"unwritable":"TypeError"}',
      JSON.stringify(before),
      JSON.stringify(round["text"]),
    ]);
  });

  it("takes values as deep as JSON.stringify does", () => {
    let deep: unknown = "end";
    for (let depth = 0; depth < 500; depth += 1) deep = depth % 2 === 0 ? [deep] : { deep };
    expect(written([deep])).toEqual([JSON.stringify(deep)]);
  });
});
