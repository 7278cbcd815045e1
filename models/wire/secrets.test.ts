import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { looksLikeKey, secretsIn, withoutSecrets } from "./secrets.ts";

const key = "sk/live+canary/abcdef0123456789==";
const escapes: readonly ((character: string, code: string) => string)[] = [
  (character) => character,
  (character) => (/\w/.test(character) ? character : `\\${character}`),
  (_, code) => `\\u00${code}`,
  (_, code) => `\\\\u00${code.toUpperCase()}`,
  (_, code) => `%${code.toUpperCase()}`,
  (_, code) => `&#x${code};`,
  (_, code) => `&#${Number.parseInt(code, 16)};`,
];

describe("withoutSecrets", () => {
  it("finds a key whichever of its characters are escaped, and nothing else", () => {
    const choices = fc.array(fc.constantFrom(...escapes), {
      minLength: key.length,
      maxLength: key.length,
    });
    fc.assert(
      fc.property(choices, fc.string(), (chosen, around) => {
        const echo = Array.from(
          key,
          (character, index) =>
            chosen[index]?.(character, character.charCodeAt(0).toString(16)) ?? character,
        );
        const text = `${around}<${echo.join("")}>${around}`;
        expect(withoutSecrets(text, [key])).toBe(`${around}<[key]>${around}`);
      }),
    );
  });

  it("takes as long for a long run of backslashes as for any text", () => {
    const text = "\\".repeat(4_000_000);
    expect(withoutSecrets(text, [key]) === text).toBe(true);
  });
});

describe("looksLikeKey", () => {
  it.each(["lm-studio", "password", "not-needed", "sk-no-key-required", "token-abc123", "EMPTY"])(
    "takes %s for a word",
    (word) => expect(looksLikeKey(word)).toBe(false),
  );

  it.each([key, "sk-canary-5f0e1d2c3b4a59687766", "AIzaSyA-1234567890abcdefghijklmnopqrs"])(
    "takes %s for a key",
    (secret) => expect(looksLikeKey(secret)).toBe(true),
  );
});

describe("secretsIn", () => {
  it("reads the headers that carry keys", () => {
    const headers = { authorization: `Bearer ${key}`, "x-api-key": "b2345678", "x-other": "no" };
    expect(secretsIn(headers).toSorted()).toEqual(["b2345678", key]);
  });
});
