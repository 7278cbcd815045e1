import { inflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { createRowIndex, type PlacedEntry } from "./row-index.ts";

const entry = (row: number, others: Partial<PlacedEntry> = {}): PlacedEntry => ({
  run: 0,
  row,
  id: `row-${row}`,
  excerpt: "Why do cats purr?",
  outcome: row % 3 === 0 ? "tie" : "A wins",
  marks: new Set(row % 3 === 0 ? ["tie"] : []),
  margin: row / 3,
  round: (row % 2) + 1,
  tokens: row,
  usd: null,
  fields: {},
  ...others,
});

const options = { runs: [{ name: "out", command: "" }], chunkStarts: null };

it("keeps every row in its place, however many parts they fill", async () => {
  const index = createRowIndex();
  for (let row = 1; row <= 4500; row += 1) {
    await index.add(entry(row, { fields: { subject: `s${row % 4}` } }));
  }
  const { rows, parts, outcomes, marks, rounds, fields } = index.end(options);
  const read = parts.map((part) =>
    typeof part === "string"
      ? JSON.parse(inflateRawSync(Buffer.from(part, "base64")).toString())
      : part,
  );
  expect(rows).toBe(4500);
  expect(read.map(({ row }) => row.length)).toEqual([2000, 2000, 500]);
  const numbers = Array.from({ length: 4500 }, (_, place) => place + 1);
  expect(read.flatMap(({ row }) => row)).toEqual(numbers);
  expect(read.flatMap(({ outcome }) => outcome).map((code) => outcomes[code])).toEqual(
    numbers.map((row) => (row % 3 === 0 ? "tie" : "A wins")),
  );
  expect(
    read.flatMap(({ fields: own }) => own.subject).map((code) => fields.subject![code]),
  ).toEqual(numbers.map((row) => `s${row % 4}`));
  expect(marks.find(({ name }) => name === "tie")).toMatchObject({ rows: 1500 });
  expect(index.marked(0).get("tie")).toBe(1500);
  expect(rounds).toEqual([1, 2]);
  expect(JSON.stringify(parts).length).toBeLessThan(4500 * 40);
});

it("filters by fields with few values that rows share, whatever their names", async () => {
  const index = createRowIndex();
  for (let row = 1; row <= 100; row += 1) {
    const fields = JSON.parse(
      JSON.stringify({ own: `${row}`, same: "x", half: row % 2 === 0 ? "even" : "odd" }),
    );
    Object.defineProperty(fields, "__proto__", { value: `p${row % 3}`, enumerable: true });
    if (row % 10 === 0) fields.rare = row % 20 === 0 ? "yes" : "no";
    await index.add(entry(row, { fields }));
  }
  const { fields, parts } = index.end(options);
  expect(Object.keys(fields).toSorted()).toEqual(["__proto__", "half", "rare"]);
  const [part] = parts as Exclude<(typeof parts)[number], string>[];
  expect(part?.fields.rare?.slice(0, 20)).toEqual([
    ...Array.from({ length: 9 }, () => null),
    0,
    ...Array.from({ length: 9 }, () => null),
    1,
  ]);
  expect(Object.getOwnPropertyDescriptor(part?.fields, "__proto__")?.value).toHaveLength(100);
});
