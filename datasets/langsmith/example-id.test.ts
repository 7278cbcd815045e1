import { describe, expect, it } from "vitest";
import { canonicalJson, exampleId } from "./example-id.ts";

describe("exampleId", () => {
  const id = exampleId("set", "content", 1);

  it("is a UUID of version 5", () => {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("is the same for the same, and another for anything else", () => {
    expect(exampleId("set", "content", 1)).toBe(id);
    const others = [
      exampleId("other", "content", 1),
      exampleId("set", "other", 1),
      exampleId("set", "content", 2),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });
});

describe("canonicalJson", () => {
  it("does not tell the order of keys, at any depth, and tells everything else", () => {
    const one = { b: [{ y: 1, x: null }], a: "é\ud800" };
    expect(canonicalJson(one)).toBe('{"a":"é\\ud800","b":[{"x":null,"y":1}]}');
    expect(canonicalJson({ a: one.a, b: [{ x: null, y: 1 }] })).toBe(canonicalJson(one));
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  it("leaves out what JSON leaves out", () => {
    expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });
});
