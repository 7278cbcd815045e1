import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asJson } from "./as-json.ts";

const throughText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("asJson", () => {
  it("is what JSON gives back, keys in the same order", () => {
    const anything = fc.object({
      key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "toString", "1", "0")),
      values: [
        fc.anything({ maxDepth: 0 }),
        fc.constantFrom(NaN, -0, Infinity, undefined, "\ud83d"),
      ],
      withNullPrototype: true,
      withSparseArray: true,
      withBoxedValues: true,
      withDate: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const expected = throughText(value);
        const copy = asJson(value);
        expect(copy).toEqual(expected);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(expected));
        expect(Object.keys(copy)).toEqual(Object.keys(expected as object));
      }),
      { seed: 1 },
    );
  });

  it("leaves out what JSON has no word for, and is no part of what it was given", () => {
    const given = { a: undefined, b: () => 1, c: [undefined, Symbol("s"), -0], d: { e: [1] } };
    const copy = asJson(given);
    given.d.e.push(2);
    expect(copy).toStrictEqual({ c: [null, null, 0], d: { e: [1] } });
  });

  it("keeps a key __proto__ as data", () => {
    const copy = asJson(JSON.parse('{"__proto__":{"a":1}}'));
    expect(Object.keys(copy as object)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });
});
