import { juryTable, juryWarnings, juryWords } from "../report-page/figures/jury-words.ts";
import type { JuryFigures } from "../statistics/jury/jury-figures.ts";
import { textTable } from "./text-table.ts";

/** What a run found out about its jury, with its warnings. */
export function juryText(figures: JuryFigures): string[] {
  const { head, rows } = juryTable(figures);
  const words = `jury: ${juryWords(figures)}.`;
  return ["", words, textTable(head, rows), ...juryWarnings(figures)];
}
