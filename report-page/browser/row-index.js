import { elementById } from "./elements.js";

/* The index of all rows, which the page holds in parts. */

/**
 * Reads back what report-page/page/deflated.ts made.
 *
 * @param {string} text
 */
export async function inflated(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

/** @returns {Promise<Index>} */
async function readIndex() {
  /** @type {PackedIndex} */
  const { parts, ...others } = JSON.parse(elementById("report-index").textContent ?? "{}");
  /** @type {IndexPart[]} */
  const read = await Promise.all(
    parts.map(async (part) => (typeof part === "string" ? inflated(part) : part)),
  );
  /** @param {string} name */
  const codesOf = (name) =>
    read.flatMap(({ row, fields }) => {
      const codes = Object.hasOwn(fields, name) ? (fields[name] ?? []) : [];
      return row.map((_, place) => codes[place] ?? null);
    });
  const names = Object.keys(others.fields);
  return {
    ...others,
    run: read.flatMap(({ run }) => run),
    row: read.flatMap(({ row }) => row),
    id: read.flatMap(({ id }) => id),
    excerpt: read.flatMap(({ excerpt }) => excerpt),
    outcome: read.flatMap(({ outcome }) => outcome),
    mark: read.flatMap(({ mark }) => mark),
    margin: read.flatMap(({ margin }) => margin),
    round: read.flatMap(({ round }) => round),
    tokens: read.flatMap(({ tokens }) => tokens),
    usd: read.flatMap(({ usd }) => usd),
    codes: new Map(names.map((name) => [name, codesOf(name)])),
  };
}

export const index = await readIndex();
export const total = index.row.length;
