import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { openJsonArrayWriter } from "./json-array-writer.ts";

async function written(elements: readonly unknown[]) {
  const path = join(temporaryDirectory(), "x.json");
  const writer = await openJsonArrayWriter(path);
  for (const element of elements) await writer.write(element);
  const { lines } = await writer.commit();
  return { text: readFileSync(path, "utf8"), lines };
}

describe("openJsonArrayWriter", () => {
  it("writes one array, an element a line, and counts the elements", async () => {
    expect(await written([{ text: "a\nb \u2028" }, 5, null])).toEqual({
      text: '[\n{"text":"a\\nb \\u2028"},\n5,\nnull\n]\n',
      lines: 3,
    });
  });

  it("writes an empty array where there is nothing", async () => {
    expect(await written([])).toEqual({ text: "[]\n", lines: 0 });
  });

  it("leaves nothing behind when it is given up", async () => {
    const directory = temporaryDirectory();
    const writer = await openJsonArrayWriter(join(directory, "x.json"));
    await writer.write(1);
    await writer.abort();
    expect(readdirSync(directory)).toEqual([]);
  });
});
