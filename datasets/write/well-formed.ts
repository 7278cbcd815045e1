import { toUSVString } from "node:util";

/**
 * Replaces lone surrogates (half an emoji, as a cut text ends in) by U+FFFD in every text of a JSON
 * value: they have no UTF-8, Parquet can't hold them, and other programs refuse a whole JSONL file
 * for one. `repaired` counts the texts that were changed; where none was, `value` is the very value
 * that came in.
 */
export function toWellFormed<Value>(value: Value): { value: Value; repaired: number } {
  let repaired = 0;
  function repair(item: unknown): unknown {
    if (typeof item === "string") {
      const text = toUSVString(item);
      if (text !== item) repaired += 1;
      return text;
    }
    if (Array.isArray(item)) return item.map(repair);
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, repair(inner)]));
  }
  const copy = repair(value) as Value;
  return repaired === 0 ? { value, repaired } : { value: copy, repaired };
}
