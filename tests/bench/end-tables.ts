import type { MeasuredEnd } from "./measure-end.ts";
import { table } from "./tables.ts";

/** The end of a run of one version. */
export type NamedEnd = MeasuredEnd & { readonly name: string };

/** What the ends took; memory beside that of the run of a tenth of the rows. */
export function endTable(ends: readonly NamedEnd[]): string {
  const rows = ends.map((one) => {
    const { end, again } = one;
    const smaller = ends.find(
      ({ name, topology, rows: fewer }) =>
        name === one.name && topology === one.topology && fewer * 10 === one.rows,
    );
    const ratio = smaller === undefined ? "" : (end.mostMb / smaller.end.mostMb).toFixed(2);
    return [
      `${one.name}, ${caseText(one)}`,
      end.processorSeconds.toFixed(2),
      Math.round(end.longestBlockMs).toString(),
      Math.round(end.mostMb).toString(),
      ratio,
      again.wholeProcessorSeconds.toFixed(2),
    ];
  });
  const headings = [
    "end of `evaluate`",
    "processor s",
    "longest block, ms",
    "most memory, MB",
    "of a tenth of the rows",
    "again, processor s",
  ];
  return table(headings, rows);
}

/** Files of the run that are not small, in megabytes. */
export function sizesTable(ends: readonly NamedEnd[]): string {
  const names = ["journal.calls", "journal.rows", "rows.jsonl", "report-rows", "report.html"];
  const rows = ends.map((one) => [
    `${one.name}, ${caseText(one)}`,
    ...names.map((name) => (one.megabytes[name] ?? 0).toFixed(1)),
  ]);
  return table(["MB on disk", ...names], rows);
}

function caseText({ topology, rows, rowsPerPrompt }: MeasuredEnd): string {
  return `${topology}, ${rows} rows, ${rowsPerPrompt} a prompt`;
}
