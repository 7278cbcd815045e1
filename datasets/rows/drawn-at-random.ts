/** The field that says how a row came to be labelled. */
const field = "drawn";

/**
 * Whether a row's label comes from a random draw of rows, as estimates over all rows need it. A row
 * that does not say how it was drawn is taken for random; one that was chosen for another reason
 * (because it teaches a judge most, say) has another word than `random` in its field `drawn`.
 */
export function isDrawnAtRandom(fields: unknown): boolean {
  if (typeof fields !== "object" || fields === null) return true;
  const drawn = (fields as Readonly<Record<string, unknown>>)[field] ?? "random";
  return drawn === "random";
}
