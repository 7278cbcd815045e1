/**
 * Whether each table of a test is wanted whole, as in `npm run test:long`. `npm test` takes fewer
 * of its cells or seeds, of every kind some.
 */
export const isLong = process.env["FELLOWSHIP_LONG_TESTS"] === "true";

/** A number of rounds or rows in `npm test`, and in the long tests. */
export function rounds(short: number, long: number): number {
  return isLong ? long : short;
}

/**
 * All items in the long tests; otherwise each n-th.
 *
 * @param from The first of them, so that tables that stand side by side leave out different items.
 */
export function eachOf<Item>(items: readonly Item[], n: number, from = 0): readonly Item[] {
  return isLong ? items : items.filter((_, index) => index % n === from % n);
}
