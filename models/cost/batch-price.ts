import type { Price } from "./prices.ts";

/**
 * The price of a model's tokens in a batch: the one that its price states, else the usual share of
 * the live one.
 *
 * @param priceShare Of the provider's batches (`BatchFacts`), from 0 to 1
 */
export function batchPrice(
  price: Price | "free" | null,
  priceShare: number,
): Price | "free" | null {
  if (price === null || price === "free") return price;
  const { batch = priceShare } = price;
  return typeof batch === "object" ? batch : { in: price.in * batch, out: price.out * batch };
}
