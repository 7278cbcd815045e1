import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRecords } from "./read-records.ts";

// Written by pyarrow (fixtures/make-decimals-fixture.py).
const fixture = (name: string) => join(import.meta.dirname, "fixtures", name);

describe("decimals in Parquet", () => {
  it.each(["decimals.parquet", "decimals-as-integers.parquet"])(
    "keep all their digits: %s",
    async (name) => {
      const rows: unknown[] = [];
      for await (const record of readRecords(fixture(name))) {
        if ("value" in record) rows.push(JSON.parse(JSON.stringify(record.value)));
      }
      expect(rows).toEqual(JSON.parse(readFileSync(fixture("decimals.json"), "utf8")));
    },
  );
});
