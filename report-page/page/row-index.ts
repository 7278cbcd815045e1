import { rowMarks, type RowEntry } from "../rows/row-sheet.ts";
import { markLabel } from "./mark-labels.ts";
import { visibleText } from "./visible-text.ts";

/** Fields with more values than this are no categories. */
const mostCategories = 40;

/** What a row's place in the report is. */
export type PlacedEntry = RowEntry & {
  /** The run, as its place in the report. */
  readonly run: number;
};

export type IndexOptions = {
  readonly runs: readonly { readonly name: string; readonly command: string }[];
  /** The place of the first row of each file of rows; null if the page holds them. */
  readonly chunkStarts: readonly number[] | null;
  /** Lines that the messages of many rows share (`packMessages`). */
  readonly phrases?: readonly string[];
  /** Whether the labels are those of a data set that was audited. */
  readonly isAudit?: boolean;
};

/** The index as columns, which take less room than objects. */
export function rowIndex(
  entries: readonly PlacedEntry[],
  { runs, chunkStarts, phrases = [], isAudit = false }: IndexOptions,
) {
  const outcomes = [...new Set(entries.map(({ outcome }) => outcome))];
  const placeOf = new Map(outcomes.map((outcome, place) => [outcome, place]));
  return {
    runs,
    marks: rowMarks.map((name) => ({ name, label: markLabel(name, { isAudit }) })),
    run: entries.map(({ run }) => run),
    row: entries.map(({ row }) => row),
    id: entries.map(({ id }) => id),
    excerpt: entries.map(({ excerpt }) => excerpt),
    outcomes,
    outcome: entries.map(({ outcome }) => placeOf.get(outcome) ?? 0),
    mark: entries.map(({ marks }) =>
      rowMarks.reduce((bits, name, bit) => (marks.has(name) ? bits | (1 << bit) : bits), 0),
    ),
    margin: entries.map(({ margin }) => rounded(margin)),
    round: entries.map(({ round }) => round),
    tokens: entries.map(({ tokens }) => tokens),
    usd: entries.map(({ usd }) => rounded(usd)),
    fields: categories(entries),
    chunkStarts,
    phrases,
  };
}

export type RowIndex = ReturnType<typeof rowIndex>;

/** The fields by whose values rows can be filtered: few values, and not one for each row. */
function categories(entries: readonly RowEntry[]) {
  const names = new Set(entries.flatMap(({ fields }) => Object.keys(fields)));
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const given = entries.map(({ fields }) =>
        Object.hasOwn(fields, name) ? fields[name] : null,
      );
      const values = [...new Set(given.filter((value) => value != null))].toSorted();
      const rows = given.filter((value) => value != null).length;
      const isCategory =
        values.length > 1 && values.length <= mostCategories && values.length * 2 <= rows;
      if (!isCategory) return [];
      const placeOf = new Map(values.map((value, place) => [value, place]));
      const of = given.map((value) => (value == null ? -1 : (placeOf.get(value) ?? -1)));
      return [[visibleText(name), { values, of }]];
    }),
  );
}

/** Without the last bits of binary fractions. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(8));
}
