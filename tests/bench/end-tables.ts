import type { EndFigures } from "./end-process.ts";
import type { MeasuredEnd } from "./measure-end.ts";
import { table } from "./tables.ts";

/** The end of a run of one version. */
export type NamedEnd = MeasuredEnd & { readonly name: string };

/** What the ends took; memory beside that of the run of a tenth of the rows. */
export function endTable(ends: readonly NamedEnd[]): string {
  const rows = ends.flatMap((one) => {
    const smaller = ends.find(
      ({ name, topology, rows: fewer }) =>
        name === one.name && topology === one.topology && fewer * 10 === one.rows,
    );
    return (["live", "resumed"] as const).map((kind) => [
      `${one.name}, ${caseText(one)}, ${kind}`,
      ...figuresOf(one[kind], smaller?.[kind]),
      kind === "live" ? "" : one.again.wholeProcessorSeconds.toFixed(2),
    ]);
  });
  const headings = [
    "end of `evaluate`",
    "processor s",
    "longest block, ms",
    "most memory, MB",
    "of a tenth of the rows",
    "whole process, processor s",
    "again, processor s",
  ];
  return table(headings, rows);
}

function figuresOf(
  { processorSeconds, longestBlockMs, mostMb, wholeProcessorSeconds }: EndFigures,
  smaller: EndFigures | undefined,
): string[] {
  return [
    processorSeconds.toFixed(2),
    Math.round(longestBlockMs).toString(),
    Math.round(mostMb).toString(),
    smaller === undefined ? "" : (mostMb / smaller.mostMb).toFixed(2),
    wholeProcessorSeconds.toFixed(1),
  ];
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
