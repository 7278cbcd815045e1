import type { FoundReading, VerdictForm } from "./verdict-form.ts";

/** Longer objects are no verdict. */
const objectAtMost = 20_000;

/**
 * Values that stand as members of a JSON object: the whole text, or the last fenced block of one.
 * Members of objects inside it are read by their path, such as `{"scores": {"A": 8}}`.
 */
export function findJsonReadings<Slot extends string, Value extends string | number>(
  lines: readonly string[],
  form: VerdictForm<Slot, Value>,
): FoundReading<Slot, Value>[] {
  const place = objectIn(lines);
  if (place === null) return [];
  return membersOf(place.value, "", 0).flatMap(([key, member]) => {
    const slot = form.jsonSlot(key);
    if (slot === null) return [];
    const value = form.parse(String(member));
    return [{ slot, value, firstLine: place.firstLine, lastLine: place.lastLine }];
  });
}

type Place = { readonly value: object; readonly firstLine: number; readonly lastLine: number };

/**
 * The object that the last line with a closing brace ends, from a line that an opening one begins.
 */
function objectIn(lines: readonly string[]): Place | null {
  const lastLine = lines.findLastIndex((line) => /\}\s*$/.test(line.slice(-200)));
  if (lastLine < 0) return null;
  let length = 0;
  for (let firstLine = lastLine; firstLine >= 0; firstLine -= 1) {
    const line = lines[firstLine] ?? "";
    length += line.length + 1;
    if (length > objectAtMost || /^\s*(?:```|>)/.test(line)) return null;
    if (!/^\s*\{/.test(line.slice(0, 200))) continue;
    const value = parseObject(lines.slice(firstLine, lastLine + 1).join("\n"));
    return value === null ? null : { value, firstLine, lastLine };
  }
  return null;
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** Members that are no objects, each with its path in lower-case letters and digits. */
function membersOf(value: object, path: string, depth: number): [string, string | number][] {
  return Object.entries(value)
    .slice(0, 50)
    .flatMap(([key, member]: [string, unknown]): [string, string | number][] => {
      const name = key.toLowerCase().replace(/[^a-z0-9]/g, "");
      const whole = /^scores?$|^ratings?$/.test(path) ? name : path + name;
      if (typeof member === "string" || typeof member === "number") return [[whole, member]];
      const isDeeper = typeof member === "object" && member !== null && depth < 2;
      return isDeeper ? membersOf(member, whole, depth + 1) : [];
    });
}
