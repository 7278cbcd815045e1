import type { DrawnFigure } from "../figures/figure.ts";
import type { RunCounts } from "../figures/run-counts.ts";
import type { RunFiles } from "../read/read-run.ts";

/** Failed rows of one reason. */
export type FailureCount = {
  readonly reason: string;
  rows: number;
  /** Of the first of them. */
  readonly detail: string;
};

/** Rows that stand out in one way. */
export type MarkedRows = { readonly name: string; readonly label: string; readonly rows: number };

/** A run with all that its sheets show beside the rows. */
export type ReportedRun = {
  readonly run: RunFiles;
  readonly counts: RunCounts;
  readonly failures: readonly FailureCount[];
  readonly marked: readonly MarkedRows[];
  readonly figures: readonly DrawnFigure[];
  /** SVG; null where none was asked for or none can be made. */
  readonly drawing: string | null;
};
