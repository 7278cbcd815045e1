import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";

describe("parseJson", () => {
  it("reads what JSON.parse reads, for any value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        const parsed = parseJson(text);
        expect(JSON.stringify("value" in parsed ? parsed.value : parsed)).toBe(text);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("keeps the digits of an integer beyond 2^53 and of a number beyond doubles", () => {
    const text =
      '{"id":12345678901234567890,"n":[-9007199254740993, 9007199254740992, 1.5, 1e400, 1e300, -0]}';
    expect(parseJson(text)).toEqual({
      value: {
        id: "12345678901234567890",
        n: ["-9007199254740993", 9007199254740992, 1.5, "1e400", 1e300, -0],
      },
    });
  });

  it("leaves digits inside a text alone", () => {
    const text = '{"a":"say \\"12345678901234567890\\" \\\\","b":"[[{{"}';
    expect(parseJson(text)).toEqual({ value: JSON.parse(text) });
  });

  it.each(["{", '{"a"}', "01", "12345678901234567890 1", "-", '"open', "\\", "{]", "NaN", ""])(
    "calls %s a problem and does not throw",
    (text) => {
      expect(parseJson(text)).toMatchObject({ reason: "bad_input" });
    },
  );

  it("finds the key __proto__ however it is spelled", () => {
    for (const key of ["__proto__", "\\u005f_proto__", "__\\u0070roto__", "__pr\\u006Fto__"]) {
      const parsed = parseJson(`{"x":{"${key}":{"isAdmin":true}}}`);
      const value = "value" in parsed ? (parsed.value as { x: object }) : { x: {} };
      expect(Object.getPrototypeOf(value.x)).toBeNull();
      expect(Object.keys(value.x)).toEqual(["__proto__"]);
    }
  });
});
