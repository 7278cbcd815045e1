/**
 * Adjusts p values for the number of comparisons that were looked at: the chance that any of them
 * is called real by luck stays below the level. Each result is from 0 to 1, and in the order given.
 *
 * Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
 * Statistics 6, 1979.
 */
export function adjustByHolm(pValues: readonly number[]): number[] {
  const ascending = pValues
    .map((pValue, index) => ({ pValue, index }))
    .toSorted((one, other) => one.pValue - other.pValue);
  const adjusted = pValues.map(() => 1);
  let highest = 0;
  for (const [rank, { pValue, index }] of ascending.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValue));
    adjusted[index] = highest;
  }
  return adjusted;
}
