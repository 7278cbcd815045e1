import { createRandom } from "../../../statistics/estimates/seeded-random.ts";

/** Draws `n` of the places 0 … `of` - 1 without replacement; the same seed draws the same ones. */
export function drawRows(n: number, of: number, seed: string): Set<number> {
  const random = createRandom(seed);
  const places = Array.from({ length: of }, (_, row) => ({ row, at: random() }));
  const drawn = places.toSorted((one, other) => one.at - other.at).slice(0, n);
  return new Set(drawn.map(({ row }) => row));
}
