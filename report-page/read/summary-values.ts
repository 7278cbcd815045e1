import { asFields } from "./read-run.ts";

/** A figure of a summary, with its interval where it has one. */
export type Figured =
  | { readonly value: number; readonly low: number; readonly high: number }
  | { readonly value: number; readonly low: null; readonly high: null; readonly reason: string };

/** What is at a path of fields; undefined where the path ends early. */
export function valueAt(fields: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    const inner = asFields(value);
    return inner !== null && Object.hasOwn(inner, name) ? inner[name] : undefined;
  }, fields);
}

/** The number at a path; null where there is none. */
export function numberAt(fields: unknown, ...path: readonly string[]): number | null {
  const value = valueAt(fields, ...path);
  return typeof value === "number" ? value : null;
}

/** The text at a path; null where there is none. */
export function textAt(fields: unknown, ...path: readonly string[]): string | null {
  const value = valueAt(fields, ...path);
  return typeof value === "string" ? value : null;
}

/** The figure at a path; null where there is none, or none with a value. */
export function figureAt(fields: unknown, ...path: readonly string[]): Figured | null {
  const figure = valueAt(fields, ...path);
  const value = numberAt(figure, "value");
  if (value === null) return null;
  const [low, high] = [numberAt(figure, "low"), numberAt(figure, "high")];
  if (low !== null && high !== null) return { value, low, high };
  return { value, low: null, high: null, reason: textAt(figure, "reason") ?? "" };
}

/** The counts by name at a path. */
export function countsAt(fields: unknown, ...path: readonly string[]): [string, number][] {
  return Object.entries(asFields(valueAt(fields, ...path)) ?? {}).flatMap(([name, count]) =>
    typeof count === "number" ? [[name, count] as [string, number]] : [],
  );
}

/** The list at a path; empty where there is none. */
export function listAt(fields: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(fields, ...path);
  return Array.isArray(value) ? value : [];
}
