import { countRow, emptyCounts } from "../../report-page/figures/run-counts.ts";
import { runWords, type RunWords } from "../../report-page/page/run-words.ts";
import { readRunRows } from "../../report-page/read/read-lines.ts";
import type { RunFiles } from "../../report-page/read/read-run.ts";
import { sheetOf } from "../../report-page/rows/sheet-of.ts";

/** A run that has ended, in plain words. Its rows are read where the words rest on them. */
export async function readRunWords(run: RunFiles): Promise<RunWords> {
  const counts = emptyCounts();
  if (run.manifest.command === "generate") {
    for await (const row of readRunRows(run.directory)) {
      countRow(
        counts,
        row,
        sheetOf(row, () => null),
      );
    }
  }
  return runWords(run, counts);
}
