import { join } from "node:path";
import { checkout } from "../checkout.ts";
import { endTable, sizesTable, type NamedEnd } from "../end-tables.ts";
import { measureEnd } from "../measure-end.ts";
import type { Part } from "../part.ts";

/** From the last verdict of `evaluate` to its last file. */
export const end: Part = {
  name: "end",
  without: "never",
  measure: async ({ full, beside, rows, print }) => {
    const sizes = rows ?? (full ? [10_000, 100_000] : [1_000, 10_000]);
    const roots = { ours: checkout, ...(beside === undefined ? {} : { beside }) };
    const cases = [1, 10].flatMap((rowsPerPrompt) =>
      sizes.map((size) => {
        return { topology: rowsPerPrompt === 1 ? "judge" : "jury", rows: size, rowsPerPrompt };
      }),
    );
    const ends: NamedEnd[] = [];
    for (const one of cases) {
      for (const [name, root] of Object.entries(roots)) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        ends.push({ name, ...(await measureEnd(one, join(root, "dist"))) });
      }
    }
    print(endTable(ends));
    print(sizesTable(ends));
  },
};
