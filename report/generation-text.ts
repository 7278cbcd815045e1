import type { GenerationSummary } from "../runs/generate/generation-outputs.ts";

/** The pairs of a generation; where there are none, the reasons, counted. */
export function generationText(summary: GenerationSummary): string {
  const { pairs, done, rows } = summary;
  if (pairs > 0) return `${pairs} pairs from ${done} of ${rows} rows.`;
  const reasons = reasonsForNoPairs(summary);
  return `NO PAIRS were made from ${rows} rows: ${reasons.join(", ") || "there are no rows"}.`;
}

function reasonsForNoPairs({
  failed,
  pending,
  uncompared,
  ties,
  undecided,
  identicalTexts,
  endedEarly,
}: GenerationSummary): string[] {
  const counted: readonly (readonly [number, string])[] = [
    [failed, "rows failed"],
    [pending, "rows are pending"],
    [uncompared, "rows have no comparison"],
    [ties, "comparisons tied"],
    [undecided, "comparisons have no readable verdict"],
    [identicalTexts, "comparisons were of two equal texts"],
    ...Object.entries(endedEarly).map(
      ([reason, count]) => [count, `rows ended early (${reason})`] as const,
    ),
  ];
  return counted.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
}
