import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { dataConfigs } from "./data-configs.ts";
import { defineExport, openExports } from "./export-kind.ts";
import { evolutionExports, generationExports, memberExports } from "./exports.ts";
import { writeOutputSet } from "./output-set.ts";

/** What the file of a new format holds; its line is the one in the list below. */
const shortest = defineExport({
  name: "own/shortest",
  schema: z.strictObject({ prompt: z.string(), answer: z.string(), words: z.int().optional() }),
  holds: "each prompt with the shortest answer",
  linesOf: (
    row: { readonly prompt: string; readonly answers: readonly string[] },
    { most }: { readonly most: number },
    note,
  ) => {
    const [answer] = row.answers.toSorted((one, other) => one.length - other.length);
    if (answer === undefined || answer.length > most) {
      note("too_long");
      return [];
    }
    return [{ prompt: row.prompt, answer }];
  },
});

const rows = [
  { prompt: "one", answers: ["a long answer", "short"] },
  { prompt: "two", answers: ["much too long an answer"] },
];

describe("a new kind of export", () => {
  it("needs its own object and a place in a list, and is written and described like the others", async () => {
    const directory = temporaryDirectory();
    const { result, files } = await writeOutputSet(directory, async (set) => {
      const exported = await openExports(set, [shortest], { most: 10 });
      for (const row of rows) await exported.write(row);
      return exported.countsOf("own/shortest");
    });
    expect(result).toEqual({ lines: 1, notes: { too_long: 1 } });
    expect(readFileSync(join(directory, "own", "shortest.jsonl"), "utf8")).toBe(
      '{"prompt":"one","answer":"short"}\n',
    );
    expect(dataConfigs([shortest], files)).toEqual([
      {
        ...shortest,
        file: "own/shortest.parquet",
        lines: 1,
        config: "own-shortest",
      },
    ]);
  });
});

describe.each([
  ["a generation", [...generationExports, ...memberExports]],
  ["an evolution", evolutionExports],
])("the exports of %s", (_, kinds) => {
  it("have names and configurations of their own, and say what a line holds", () => {
    const names = kinds.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const configs = names.map((name) => name.replaceAll(/[/.]/g, "-"));
    expect(new Set(configs).size).toBe(names.length);
    for (const { name, holds } of kinds) {
      expect(name).toMatch(/^[a-z-]+(?:\/[a-z.-]+)?$/);
      expect(holds.length).toBeGreaterThan(10);
    }
  });
});
