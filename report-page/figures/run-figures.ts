import type { RunFiles } from "../read/read-run.ts";
import type { Figure } from "./figure.ts";
import type { RunCounts } from "./run-counts.ts";

/** All figures of a run that there are numbers for. */
export function runFigures(_run: RunFiles, _counts: RunCounts): Figure[] {
  return [];
}
