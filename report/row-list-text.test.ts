import fc from "fast-check";
import { expect, it } from "vitest";
import type { RowEntry, RowMark } from "../report-page/rows/row-sheet.ts";
import { rowListText } from "./row-list-text.ts";

const marks: readonly RowMark[] = ["tie", "flipped", "unreadable", "disagrees", "small-margin"];

const entry: fc.Arbitrary<RowEntry> = fc
  .record({
    row: fc.integer({ min: 1, max: 99_999 }),
    id: fc.string({ minLength: 1, maxLength: 40 }),
    outcome: fc.constantFrom("A wins", "tie", "no verdict"),
    margin: fc.option(fc.double({ min: 0, max: 10, noNaN: true })),
    tokens: fc.integer({ min: 0, max: 99_999 }),
    usd: fc.option(fc.constantFrom(0, 0.0123)),
    marks: fc.subarray([...marks]).map((some) => new Set(some)),
    excerpt: fc.string({ maxLength: 60 }),
  })
  .map((fields) => fields as unknown as RowEntry);

it("fits a terminal of 80 columns, and leaves out no row and no mark", () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
      const text = rowListText(entries);
      const lines = text.split("\n");
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
      // Ids and prompts may hold such words too.
      for (const mark of marks) {
        const marked = entries.filter((one) => one.marks.has(mark)).length;
        expect(text.split(mark).length - 1).toBeGreaterThanOrEqual(marked);
      }
      expect(lines.length).toBeGreaterThanOrEqual(entries.length + 2);
    }),
  );
});

it("takes the width that a wider terminal has", () => {
  const [one] = fc.sample(entry, 1);
  const excerpt = "a prompt of some forty characters, or more";
  const entries = [{ ...one, marks: new Set(marks), excerpt } as RowEntry];
  expect(rowListText(entries, { columns: 160 }).split("\n")[2]).toContain(
    `tie, flipped, unreadable, disagrees, small-margin  ${excerpt}`,
  );
});
