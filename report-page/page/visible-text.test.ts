import fc from "fast-check";
import { expect, it } from "vitest";
import { visibleJson, visibleText } from "./visible-text.ts";

it.each([
  ["\u0000\u0007\u001b[31m\u007f", "␀␇␛[31m␡"],
  ["two\tcells\r\nand\na line", "two\tcells\r\nand\na line"],
  ["a return\ralone", "a return␍alone"],
  ["\u0085 \u009b", "⟨U+0085⟩ ⟨U+009B⟩"],
  ["safe\u202eexe.txt\u2066", "safe⟨U+202E⟩exe.txt⟨U+2066⟩"],
  ["half \ud800 and \udc00", "half ⟨U+D800⟩ and ⟨U+DC00⟩"],
  ["ignore\u{E0049}\u{E0067}", "ignore⟨U+E0049⟩⟨U+E0067⟩"],
  [
    "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
  ],
  ["👩‍👩‍👧 می‌خواهم שלום\u200f", "👩‍👩‍👧 می‌خواهم שלום\u200f"],
])("shows %j", (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

it("leaves nothing that can't be seen, and is the same when done again", () => {
  const anyText = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = visibleText(text);
      expect(Buffer.from(shown).toString()).toBe(shown);
      // oxlint-disable-next-line no-control-regex -- none of them may be left
      expect(shown).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/);
      expect(visibleText(shown)).toBe(shown);
    }),
  );
});

it("shows a text in JSON as it shows the text", () => {
  const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(anyText, (text) => {
      expect(JSON.parse(visibleJson([text]))).toEqual([visibleText(text)]);
    }),
  );
});

it("shows every text of a value", () => {
  expect(JSON.parse(visibleJson({ list: ["\u001b", 1, null], of: "\u0007" }))).toEqual({
    list: ["␛", 1, null],
    of: "␇",
  });
});
