import { types } from "node:util";

/**
 * A value as it comes back from `JSON.parse(JSON.stringify(value))`, without the detour over text:
 * what JSON leaves out is gone, and the texts are the very same ones, not copied.
 */
export function asJson<Value>(value: Value): Value {
  return jsonOf(value) as Value;
}

function jsonOf(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (typeof value !== "object" || value === null) return isNoJson(value) ? undefined : value;
  if ("toJSON" in value || types.isBoxedPrimitive(value)) return throughText(value);
  if (Array.isArray(value)) return Array.from(value, (item) => jsonOf(item) ?? null);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const inner = jsonOf((value as Readonly<Record<string, unknown>>)[key]);
    if (inner === undefined) continue;
    if (key === "__proto__") defineField(copy, key, inner);
    else copy[key] = inner;
  }
  return copy;
}

/** JSON has no such values; it refuses a BigInt, as does the writer of the value. */
function isNoJson(value: unknown): boolean {
  return ["undefined", "function", "symbol"].includes(typeof value);
}

function throughText(value: object): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

/** A field of its own, where an assignment would change the prototype. */
function defineField(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}
