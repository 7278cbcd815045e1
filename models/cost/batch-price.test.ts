import { expect, it } from "vitest";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { batchPrice } from "./batch-price.ts";
import { loadPrices } from "./prices.ts";

it("takes the batch price of the table, else the provider's share of the live price", () => {
  const table = [
    "openai:a: { in: 2.5, out: 10 }",
    "openai:b: { in: 2.5, out: 10, batch: 0.4 }",
    "openai:c: { in: 2.5, out: 10, batch: { in: 1, out: 3 } }",
  ];
  const folder = temporaryDirectory({ "prices.yaml": table.join("\n") });
  const priceOf = loadPrices(`${folder}/prices.yaml`);
  expect(batchPrice(priceOf("openai:a"), 0.5)).toEqual({ in: 1.25, out: 5 });
  expect(batchPrice(priceOf("openai:b"), 0.5)).toEqual({ in: 1, out: 4 });
  expect(batchPrice(priceOf("openai:c"), 0.5)).toEqual({ in: 1, out: 3 });
  expect(batchPrice(priceOf("openai:d"), 0.5)).toBeNull();
  expect(batchPrice("free", 0.5)).toBe("free");
});

it("refuses a share of more than the live price", () => {
  const folder = temporaryDirectory({ "p.yaml": "openai:a: { in: 1, out: 2, batch: 50 }" });
  expect(() => loadPrices(`${folder}/p.yaml`)).toThrow("openai:a");
});
