import { parseJson } from "../read/parse-json.ts";
import { isFields } from "../read/row-value.ts";

/** Which column a field is read from, and what its values mean. */
export type ColumnMap = {
  /** Dotted for a field within another: `a.model`. */
  readonly field: string;
  /** A column's name, or a dotted path into it. */
  readonly column: string;
  /** Other values by those of the column; values that are not named stay as they are. */
  readonly values?: Readonly<Record<string, string>>;
};

type Fields = Readonly<Record<string, unknown>>;

/** Reads `FIELD=COLUMN[:VALUE=VALUE,…]`; undefined for a text of another form. */
export function parseColumnMap(text: string): ColumnMap | undefined {
  const [, field, column, values] = /^([^=]+)=(.+?)(?::([^:=]+=.*))?$/.exec(text) ?? [];
  if (field === undefined || column === undefined) return undefined;
  if (values === undefined) return { field, column };
  const meanings = values.split(",").map((one) => /^([^=]+)=([^=]+)$/.exec(one));
  const table: Record<string, string> = Object.create(null);
  for (const meaning of meanings) {
    const [, from, to] = meaning ?? [];
    if (from === undefined || to === undefined) return undefined;
    table[from] = to;
  }
  return { field, column, values: table };
}

/** The value of a column: by its whole name, else by its dotted path. */
export function columnValue(fields: Fields, column: string): unknown {
  if (Object.hasOwn(fields, column)) return fields[column];
  let value: unknown = fields;
  for (const name of column.split(".")) {
    if (!isFields(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** The column that holds what a dotted path leads to. */
export function outerColumn(column: string): string {
  return column.split(".", 1)[0] ?? column;
}

/** Fields of which a row has one: where one of them is mapped, the others are not read. */
const alternatives = [["prompt", "messages", "instruction", "conversations"]];
/** Lists and objects, which a table holds as JSON. */
const structured = /(?:^|\.)(?:messages|conversations|labels|history)$/;

/**
 * A row with its fields read from the mapped columns, in an object without a prototype. A column
 * that was mapped is renamed; all others stay. A field whose column is empty is not given.
 */
export function mapColumns(fields: Fields, maps: readonly ColumnMap[]): Record<string, unknown> {
  const mapped: Record<string, unknown> = Object.create(null);
  const renamed = new Set(maps.map(({ column }) => column));
  const targets = new Set(maps.map(({ field }) => field));
  const replaced = new Set(
    alternatives
      .filter((names) => names.some((name) => targets.has(name)))
      .flatMap((names) => names.filter((name) => name !== "instruction" || targets.has("prompt"))),
  );
  for (const [name, value] of Object.entries(fields)) {
    if (!renamed.has(name) && !targets.has(name) && !replaced.has(name)) mapped[name] = value;
  }
  for (const { field, column, values } of maps) {
    const value = meaningOf(field, columnValue(fields, column), values);
    if (value !== undefined) setField(mapped, field.split("."), value);
  }
  return mapped;
}

function meaningOf(field: string, value: unknown, values: ColumnMap["values"]): unknown {
  const isWord = typeof value === "string" || typeof value === "number" || value === true;
  if (values !== undefined && (isWord || value === false)) {
    const meaning = values[String(value)];
    if (meaning !== undefined) return meaning;
  }
  if (value === null || (value === "" && (/^(?:id|label)$/.test(field) || structured.test(field))))
    return undefined;
  if (typeof value === "string" && structured.test(field) && /^\s*[[{]/.test(value)) {
    const parsed = parseJson(value);
    return "value" in parsed ? parsed.value : value;
  }
  const isSide = field === "a" || field === "b";
  return isSide && Array.isArray(value) ? { messages: value } : value;
}

function setField(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...inner] = path;
  if (inner.length === 0) {
    target[name] = value;
    return;
  }
  const outer = target[name];
  const copy: Record<string, unknown> = Object.create(null);
  if (isFields(outer)) Object.assign(copy, outer);
  // A side of a pair that is given as plain text.
  else if (typeof outer === "string") copy["text"] = outer;
  target[name] = copy;
  setField(copy, inner, value);
}
