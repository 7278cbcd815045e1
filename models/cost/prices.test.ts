import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { loadPrices, priceTable } from "./prices.ts";

function pricesIn(text: string) {
  return loadPrices(`${temporaryDirectory({ "prices.yaml": text })}/prices.yaml`);
}

describe("loadPrices", () => {
  it("reads the table that is shipped", () => {
    const priceOf = loadPrices(priceTable);
    expect(priceOf("openai:gpt-4o")).toEqual({ in: expect.any(Number), out: expect.any(Number) });
  });

  it("tells free from unknown, and unknown never from zero", () => {
    const priceOf = pricesIn("openai:m: { in: 1, out: 2 }");
    expect(priceOf("openai:m")).toEqual({ in: 1, out: 2 });
    expect(priceOf("openai:other")).toBeNull();
    expect(priceOf("compatible:m")).toBeNull();
    expect(priceOf("__proto__")).toBeNull();
    for (const spec of ["sim:a?skill=1", "replay:a.jsonl", "ollama:gemma2"]) {
      expect(priceOf(spec)).toBe("free");
    }
  });

  it("takes an agent's own price before the table, for that agent alone", () => {
    const agents = [{ name: "judge", price: { in: 3, out: 4 } }, { name: "writer" }];
    const table = `${temporaryDirectory({ "p.yaml": "openai:m: { in: 1, out: 2 }" })}/p.yaml`;
    const priceOf = loadPrices(table, { agents });
    expect(priceOf("openai:m", "judge")).toEqual({ in: 3, out: 4 });
    expect(priceOf("openai:m", "writer")).toEqual({ in: 1, out: 2 });
    expect(priceOf("openai:m")).toEqual({ in: 1, out: 2 });
  });

  it.each([
    ["http://127.0.0.1:8080/v1", "free"],
    ["http://localhost:8000/v1/", "free"],
    [" http://[::1]:8000/v1", "free"],
    ["http://0.0.0.0:8000/v1", "free"],
    ["http://192.168.1.7:8000/v1", null],
    ["https://127.0.0.1.example.com/v1", null],
    ["https://models.example.com/v1", null],
    ["", null],
  ])("counts a server at %j as %s where no table names it", (url, price) => {
    const environment = { OPENAI_COMPATIBLE_BASE_URL: url, OPENAI_BASE_URL: url };
    expect(loadPrices(priceTable, { environment })("compatible:m")).toBe(price);
    expect(loadPrices(priceTable, { environment })("openai:some-model")).toBeNull();
    const table = `${temporaryDirectory({ "p.yaml": "compatible:m: { in: 1, out: 2 }" })}/p.yaml`;
    expect(loadPrices(table, { environment })("compatible:m")).toEqual({ in: 1, out: 2 });
  });

  it.each([
    ["a negative price", "openai:m: { in: -1, out: 2 }"],
    ["a missing price", "openai:m: { in: 1 }"],
    ["an unknown key", "openai:m: { in: 1, out: 2, per: token }"],
    ["a model named twice", "openai:m: { in: 1, out: 2 }\nopenai:m: { in: 3, out: 4 }"],
    ["no YAML", "openai:m: {"],
    ["a list", "- openai:m"],
    ["nothing", ""],
  ])("refuses a table with %s, naming the file", (_, text) => {
    expect(() => pricesIn(text)).toThrowError(
      expect.objectContaining({
        code: "bad_usage",
        message: expect.stringContaining("prices.yaml"),
      }),
    );
  });

  it("refuses a table that is not there", () => {
    expect(() => loadPrices("/nowhere/prices.yaml")).toThrowError(
      expect.objectContaining({ code: "bad_usage", message: expect.stringContaining("ENOENT") }),
    );
  });
});
