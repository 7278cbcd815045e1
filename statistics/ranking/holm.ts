/**
 * P-values that allow for having made several comparisons: with those below 0.05 called beyond
 * noise, the chance of any such call among equals stays at 5 %. In the order of the input; null,
 * for a comparison without a p-value, stays null.
 *
 * Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal
 * of Statistics 6, 1979.
 */
export function holmAdjusted(pValues: readonly (number | null)[]): (number | null)[] {
  const ascending = [...pValues.entries()]
    .flatMap(([index, p]) => (p === null ? [] : [{ index, p }]))
    .toSorted((one, other) => one.p - other.p);
  const adjusted = pValues.map((): number | null => null);
  let largest = 0;
  for (const [rank, { index, p }] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, p * (ascending.length - rank)));
    adjusted[index] = largest;
  }
  return adjusted;
}
