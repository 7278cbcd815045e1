import { rowMarks, type RowEntry, type RowMark } from "../rows/row-sheet.ts";
import { deflated } from "./deflated.ts";
import { markLabel } from "./mark-labels.ts";
import { visibleJson, visibleText } from "./visible-text.ts";

/** Fields with more values than this are no categories. */
const mostCategories = 40;

/** A part of the index that is full is kept deflated. */
const rowsPerPart = 2000;

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

/** The index of all rows, while they are read. */
export type RowIndexBuilder = {
  readonly add: (entry: PlacedEntry) => Promise<void>;
  /** How many rows have each mark, from the run's first on. */
  readonly marked: (run: number) => ReadonlyMap<RowMark, number>;
  readonly end: (options: IndexOptions) => RowIndex;
};

/** Collects the list of rows, of which it keeps little more than their beginnings, deflated. */
export function createRowIndex(): RowIndexBuilder {
  const full: string[] = [];
  const outcomes = createCodes();
  const rounds = new Set<number>();
  const marked: Map<RowMark, number>[] = [];
  const fields = createCategories();
  let part = emptyPart();
  let rows = 0;

  return {
    async add(entry) {
      const { run, row, id, excerpt, outcome, marks, margin, round, tokens, usd } = entry;
      part.run.push(run);
      part.row.push(row);
      part.id.push(id);
      part.excerpt.push(excerpt);
      part.outcome.push(outcomes.codeOf(outcome));
      part.mark.push(
        rowMarks.reduce((bits, name, bit) => (marks.has(name) ? bits | (1 << bit) : bits), 0),
      );
      part.margin.push(rounded(margin));
      part.round.push(round);
      part.tokens.push(tokens);
      part.usd.push(rounded(usd));
      fields.add(part, entry.fields);
      if (round !== null) rounds.add(round);
      const ofRun = (marked[run] ??= new Map());
      for (const name of marks) ofRun.set(name, (ofRun.get(name) ?? 0) + 1);
      rows += 1;
      if (part.row.length < rowsPerPart) return;
      const json = visibleJson(columnsOf(part));
      part = emptyPart();
      full.push(await deflated(json));
    },
    marked: (run) => marked[run] ?? new Map(),
    end: ({ runs, chunkStarts, phrases = [], isAudit = false }) => ({
      runs,
      rows,
      marks: rowMarks.map((name) => ({
        name,
        label: markLabel(name, { isAudit }),
        rows: marked.reduce((sum, ofRun) => sum + (ofRun.get(name) ?? 0), 0),
      })),
      outcomes: outcomes.all,
      rounds: [...rounds].toSorted((one, other) => one - other),
      fields: fields.all(),
      parts: [...full, columnsOf(part)],
      chunkStarts,
      phrases,
    }),
  };
}

/** The index as the page holds it. */
export type RowIndex = Omit<IndexOptions, "isAudit"> & {
  readonly rows: number;
  readonly marks: readonly {
    readonly name: string;
    readonly label: string;
    readonly rows: number;
  }[];
  readonly outcomes: readonly string[];
  /** Ascending. */
  readonly rounds: readonly number[];
  /** The values of the fields by which rows can be filtered; a value's place is its code. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** The columns of the rows, part after part; those that are full as `deflated` has them. */
  readonly parts: readonly (string | ReturnType<typeof columnsOf>)[];
};

/** Rows as columns, which take less room than objects. */
function emptyPart() {
  return {
    run: [] as number[],
    row: [] as number[],
    id: [] as string[],
    excerpt: [] as string[],
    /** As their places in `outcomes`. */
    outcome: [] as number[],
    /** A bit for each of `marks`. */
    mark: [] as number[],
    margin: [] as (number | null)[],
    round: [] as (number | null)[],
    tokens: [] as number[],
    usd: [] as (number | null)[],
    /** The code of each row's value by field; a column may end early, and may hold nulls. */
    fields: new Map<string, (number | null)[]>(),
  };
}

function columnsOf(part: ReturnType<typeof emptyPart>) {
  return { ...part, fields: Object.fromEntries(part.fields) };
}

/** Numbers texts from 0 in the order in which they come. */
function createCodes() {
  const all: string[] = [];
  const codes = new Map<string, number>();
  return {
    all,
    codeOf(text: string): number {
      const known = codes.get(text);
      if (known !== undefined) return known;
      codes.set(text, all.length);
      return all.push(text) - 1;
    },
  };
}

/** The fields by whose values rows can be filtered: few values, and not one for each row. */
function createCategories() {
  type Field = { readonly codes: ReturnType<typeof createCodes>; rows: number };
  // Null once it has too many values.
  const known = new Map<string, Field | null>();

  function add(
    { row, fields: columns }: ReturnType<typeof emptyPart>,
    fields: Readonly<Record<string, string>>,
  ): void {
    const place = row.length - 1;
    for (const [name, value] of Object.entries(fields)) {
      const before = known.get(name);
      if (before === null) continue;
      const field = before ?? { codes: createCodes(), rows: 0 };
      if (before === undefined) known.set(name, field);
      field.rows += 1;
      const code = field.codes.codeOf(value);
      if (field.codes.all.length > mostCategories) {
        known.set(name, null);
        continue;
      }
      const shown = visibleText(name);
      const column = columns.get(shown) ?? [];
      columns.set(shown, column);
      while (column.length < place) column.push(null);
      column[place] = code;
    }
  }

  function all(): Record<string, readonly string[]> {
    const categories = [...known].flatMap(([name, field]) => {
      if (field === null) return [];
      const { all: values } = field.codes;
      const isCategory = values.length > 1 && values.length * 2 <= field.rows;
      return isCategory ? [[visibleText(name), values] as const] : [];
    });
    return Object.fromEntries(categories);
  }

  return { add, all };
}

/** Without the last bits of binary fractions. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(8));
}
