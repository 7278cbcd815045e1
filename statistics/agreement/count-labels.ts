import type { Label, LabelCodes } from "./label-codes.ts";

/**
 * How often each label occurs in a row: its code and its count, lowest code first. Missing labels
 * are passed over.
 */
export function countLabels(
  labels: readonly (Label | null | undefined)[],
  codes: LabelCodes,
): [code: number, count: number][] {
  const counts = new Map<number, number>();
  for (const label of labels) {
    if (label === null || label === undefined) continue;
    const code = codes.codeOf(label);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].sort(([first], [second]) => first - second);
}

/** The labels of all rows that are not missing. */
export function presentLabels(rows: readonly (readonly (Label | null | undefined)[])[]): Label[] {
  return rows.flat().filter((label) => label !== null && label !== undefined);
}
