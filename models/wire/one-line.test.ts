import { describe, expect, it } from "vitest";
import { oneLine } from "./one-line.ts";

describe("oneLine", () => {
  it("takes out what breaks a line or moves a terminal", () => {
    expect(oneLine(" a\r\n\tb\u001b[2Jc\u0000d\u009be\u2028f ", 100)).toBe("a b [2Jc d e f");
  });

  it("cuts at the length given, and never inside a character of two halves", () => {
    expect(oneLine("abcdef", 3)).toBe("abc…");
    expect(oneLine("ab🦜cd", 3)).toBe("ab…");
    expect(oneLine("abc", 3)).toBe("abc");
  });
});
