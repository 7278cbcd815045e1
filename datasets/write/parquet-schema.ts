import type { SchemaElement } from "hyparquet-writer";
import * as z from "zod";

/** A column of a Parquet file, or a part of one. */
type Field = { name: string; required: boolean } & (
  | { kind: "text" | "integer" | "number" | "boolean" }
  | { kind: "list"; item: Field }
  | { kind: "struct"; fields: Field[] }
);

/** How rows of one shape stand in Parquet. */
export type ParquetShape = {
  /** The schema, as the Parquet format lists it: depth first, the root included. */
  elements: SchemaElement[];
  /** Names of the top-level columns, in order. */
  columns: string[];
  /**
   * The cells of a row, in the order of `columns`. What the row lacks is undefined, and becomes
   * null.
   */
  toCells(row: Readonly<Record<string, unknown>>): unknown[];
};

/**
 * Derives the Parquet columns from a zod object, so that a line's JSON and its Parquet row have one
 * definition: text, booleans, whole numbers (64 bit), numbers (doubles), lists and nested objects
 * (structs, not JSON text); optional fields may be null.
 *
 * @param isUsed Which optional fields outside of lists have a column, by path (`source.round`).
 * @throws Error for a zod type that has no such column
 */
export function toParquetShape(
  schema: z.ZodObject,
  isUsed: (path: string) => boolean = () => true,
): ParquetShape {
  const root = toField("root", z.toJSONSchema(schema), true, { prefix: "", isUsed });
  if (root.kind !== "struct") throw new Error("expected an object schema");
  const { fields } = root;
  return {
    elements: [
      { name: "root", num_children: fields.length },
      ...fields.flatMap((field) => toElements(field)),
    ],
    columns: fields.map((field) => field.name),
    toCells: (row) => fields.map((field) => toCell(field, row[field.name])),
  };
}

/** Where a field is, and which optional fields below it have a column. */
type Place = { readonly prefix: string; readonly isUsed: (path: string) => boolean };

const insideList: Place = { prefix: "", isUsed: () => true };

function toField(
  name: string,
  schema: z.core.JSONSchema._JSONSchema,
  required: boolean,
  { prefix, isUsed }: Place,
): Field {
  if (typeof schema === "object") {
    const { type, items, properties } = schema;
    if (type === "string") return { name, required, kind: "text" };
    if (type === "boolean" || type === "integer" || type === "number") {
      return { name, required, kind: type };
    }
    if (type === "array" && items !== undefined && !Array.isArray(items)) {
      return { name, required, kind: "list", item: toField("element", items, true, insideList) };
    }
    if (type === "object" && properties !== undefined) {
      const needed = new Set(schema.required);
      const fields = Object.entries(properties)
        .filter(([child]) => needed.has(child) || isUsed(`${prefix}${child}`))
        .map(([child, childSchema]) =>
          toField(child, childSchema, needed.has(child), {
            prefix: `${prefix}${child}.`,
            isUsed,
          }),
        );
      return { name, required, kind: "struct", fields };
    }
  }
  throw new Error(`${name}: expected a type that Parquet has, found ${JSON.stringify(schema)}`);
}

function toElements(field: Field): SchemaElement[] {
  const element: SchemaElement = {
    name: field.name,
    repetition_type: field.required ? "REQUIRED" : "OPTIONAL",
  };
  switch (field.kind) {
    case "text":
      return [{ ...element, type: "BYTE_ARRAY", converted_type: "UTF8" }];
    case "integer":
      return [{ ...element, type: "INT64" }];
    case "number":
      return [{ ...element, type: "DOUBLE" }];
    case "boolean":
      return [{ ...element, type: "BOOLEAN" }];
    case "list":
      // The three levels that the format's "Lists" section prescribes.
      return [
        { ...element, converted_type: "LIST", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...toElements(field.item),
      ];
    case "struct":
      return [
        { ...element, num_children: field.fields.length },
        ...field.fields.flatMap((child) => toElements(child)),
      ];
  }
}

function toCell(field: Field, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  switch (field.kind) {
    case "integer":
      return BigInt(value as number);
    case "list":
      return (value as unknown[]).map((item) => toCell(field.item, item));
    case "struct": {
      const struct = value as Record<string, unknown>;
      return Object.fromEntries(
        field.fields.map((child) => [child.name, toCell(child, struct[child.name])]),
      );
    }
    default:
      return value;
  }
}
