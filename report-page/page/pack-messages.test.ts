import fc from "fast-check";
import { expect, it } from "vitest";
import type { RowSheet } from "../rows/row-sheet.ts";
import { createPhrases, packMessages, sheetTexts, type PackedMessage } from "./pack-messages.ts";

const sheetWith = (texts: readonly string[]): RowSheet => ({
  row: 1,
  id: "1",
  outcome: "",
  prompt: texts.map((text) => ({ name: "user", text })),
  fields: [],
  steps: [],
  pairs: [],
  reasons: [],
  calls: [],
});

/** What the page's own script makes of a packed message. */
const unpacked = ([, parts]: PackedMessage, texts: readonly string[], phrases: readonly string[]) =>
  parts
    .map((part) => (typeof part === "string" ? part : part < 0 ? phrases[-1 - part] : texts[part]))
    .join("");

it("loses nothing, whatever the messages hold of the row's texts", () => {
  const word = fc.constantFrom("a judge compares ", "two responses\n", "\n", "a", "Score: ", "🏴");
  const text = fc.array(word, { maxLength: 8 }).map((words) => words.join(""));
  const row = fc.record({
    texts: fc.array(text),
    messages: fc.array(fc.array(fc.tuple(text, text))),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), (rows) => {
      const phrases = createPhrases();
      for (const { texts, messages } of rows) {
        const sheet = sheetWith(texts);
        const asked = messages.map((call) =>
          call.map(([before, after], at) => ({
            role: "user" as const,
            content: `${before}${texts[at] ?? ""}${after}`,
          })),
        );
        const packed = packMessages(sheet, asked, phrases);
        const back = packed.map((call) =>
          call?.map((message) => unpacked(message, sheetTexts(sheet), phrases.all)),
        );
        expect(back).toEqual(asked.map((call) => call.map(({ content }) => content)));
      }
    }),
  );
});

it("writes down neither a row's texts nor the lines that rows share", () => {
  const phrases = createPhrases();
  const texts = ["A long answer to the prompt. ".repeat(40), "Another long answer. ".repeat(60)];
  const rule = "You are a judge. Compare the two responses below.\n".repeat(20);
  const messages = texts.map((text) => [{ role: "user" as const, content: `${rule}${text}` }]);
  packMessages(sheetWith(texts), messages, phrases);
  const packed = packMessages(sheetWith(texts), messages, phrases);
  expect(JSON.stringify(packed).length).toBeLessThan(200);
  expect(phrases.all).toHaveLength(1);
});
