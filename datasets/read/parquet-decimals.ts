import type { FileMetaData, SchemaElement, SchemaTree } from "hyparquet";
import { parquetSchema } from "hyparquet";

/**
 * Reads decimals with all their digits; the Parquet reader makes doubles of them, in which long
 * numbers run together.
 *
 * @returns The metadata to read with, in which decimal columns are plain integers or bytes; and a
 *   function that turns those of a row into numbers, or, where a double would change them, texts of
 *   their exact digits.
 */
export function keepDecimals(metadata: FileMetaData): {
  readonly metadata: FileMetaData;
  readonly restore: (row: Record<string, unknown>) => Record<string, unknown>;
} {
  const tree = parquetSchema(metadata);
  if (!holdsDecimals(tree)) return { metadata, restore: (row) => row };
  const schema = metadata.schema.map((element) =>
    isDecimal(element) ? withoutDecimalType(element) : element,
  );
  return {
    metadata: { ...metadata, schema },
    restore: (row) => restored(row, tree) as Record<string, unknown>,
  };
}

function isDecimal({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
}

function withoutDecimalType(element: SchemaElement): SchemaElement {
  const { converted_type: _type, logical_type: _logical, ...plain } = element;
  return plain;
}

function holdsDecimals({ element, children }: SchemaTree): boolean {
  return children.length === 0 ? isDecimal(element) : children.some(holdsDecimals);
}

function restored(value: unknown, node: SchemaTree): unknown {
  if (value === null || value === undefined || !holdsDecimals(node)) return value;
  if (Array.isArray(value)) return value.map((item) => restored(item, itemOf(node)));
  if (node.children.length === 0) return decimal(value, scaleOf(node.element));
  if (typeof value !== "object") return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, inner] of Object.entries(value)) {
    copy[key] = restored(inner, childNamed(node, key));
  }
  return copy;
}

/** The node of a list's items: below the wrappers that Parquet puts around them. */
function itemOf(node: SchemaTree): SchemaTree {
  const [only, ...others] = node.children;
  if (only === undefined || others.length > 0) return node;
  const isWrapper = only.element.repetition_type === "REPEATED" && only.children.length > 0;
  return isWrapper ? (only.children.length === 1 ? (only.children[0] ?? only) : only) : only;
}

/** The node of a struct's field, or of the values of a map. */
function childNamed(node: SchemaTree, name: string): SchemaTree {
  const field = node.children.find(({ element }) => element.name === name);
  if (field !== undefined) return field;
  const entry = node.children.find(({ element }) => element.repetition_type === "REPEATED");
  return entry?.children[1] ?? node;
}

function scaleOf({ scale, logical_type }: SchemaElement): number {
  return scale ?? (logical_type?.type === "DECIMAL" ? logical_type.scale : 0);
}

/** @param value The digits as a whole number: big-endian two's complement, where it is bytes. */
function decimal(value: unknown, scale: number): unknown {
  if (value instanceof Uint8Array) return written(wholeNumber(value), scale);
  if (typeof value === "number" || typeof value === "bigint") return written(BigInt(value), scale);
  return value;
}

function wholeNumber(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  const unsigned = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  return BigInt.asIntN(bytes.length * 8, unsigned);
}

function written(digits: bigint, scale: number): number | string {
  const sign = digits < 0n ? "-" : "";
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const point = text.length - scale;
  const fraction = text.slice(point).replace(/0+$/, "");
  const exact = `${sign}${text.slice(0, point)}${fraction === "" ? "" : `.${fraction}`}`;
  return String(Number(exact)) === exact ? Number(exact) : exact;
}
