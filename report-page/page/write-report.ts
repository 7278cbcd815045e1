import { basename, dirname } from "node:path";
import type { PriceOf } from "../../models/cost/prices.ts";
import { shellWord } from "../../state/shell-word.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { drawFigures } from "../figures/draw-plots.ts";
import { runFigures } from "../figures/run-figures.ts";
import { runsFigures } from "../figures/runs-figures.ts";
import { countRow, emptyCounts, type RunCounts } from "../figures/run-counts.ts";
import { readRunRows, type RunRow } from "../read/read-lines.ts";
import type { RunFiles } from "../read/read-run.ts";
import { numberAt } from "../read/summary-values.ts";
import type { AskedMessages } from "../rows/asked-messages.ts";
import { rowEntry } from "../rows/row-entry.ts";
import { rowMarks, type RowEntry, type RowMark } from "../rows/row-sheet.ts";
import { sheetOf } from "../rows/sheet-of.ts";
import { markLabel } from "./mark-labels.ts";
import { page } from "./page.ts";
import { packSheet } from "./pack-sheet.ts";
import { createPhrases, type Phrases } from "./pack-messages.ts";
import type { FailureCount, MarkedRows, ReportedRun } from "./reported-run.ts";
import { openRowFiles, type RowFiles } from "./row-files.ts";
import { createRowIndex } from "./row-index.ts";

/** Finding what was asked takes about 10 milliseconds a call. */
const usualMostAsked = 100;

/** What a report has to know of a run before its rows. */
export type StartedRun = {
  readonly directory: string;
  readonly manifest: { readonly command: string; readonly topology?: unknown };
};

export type ReportOptions = {
  /** The prices that a run's calls had. */
  readonly pricesOf: (run: StartedRun) => PriceOf;
  /** Whether figures get plots and the topology a drawing; tables alone where not. */
  readonly plots?: boolean | undefined;
  /** Finds what the calls of a directory's rows were asked; not shown where not given. */
  readonly askedOf?: ((directory: string) => Promise<AskedMessages | null>) | undefined;
  /**
   * Rows of each run that show what was asked: so many from the first on, and as many more that
   * stand out. Default 100.
   */
  readonly mostAsked?: number | undefined;
  /** Where files of rows are until the end, beside the page: see `openRowFiles`. */
  readonly unfinishedFolder?: string | undefined;
};

/** The rows of one run of a report, as they come. */
export type ReportRows = {
  readonly counts: RunCounts;
  readonly add: (row: RunRow) => Promise<void>;
};

/** A report that is being written. */
export type OpenReport = {
  /** Begins with the next run. Its rows are to be added before those of another one. */
  readonly begin: (run: StartedRun) => Promise<ReportRows>;
  /**
   * Writes the page, after the last row.
   *
   * @param runs In the order in which they were begun.
   * @returns the names of all files written, from the file's own directory
   */
  readonly end: (runs: readonly RunFiles[]) => Promise<string[]>;
  /** Takes away what was written. May be called at any time; after the end it does nothing. */
  readonly abort: () => Promise<void>;
};

/**
 * Writes the report of one run, or of several side by side.
 *
 * @param file Where; many rows go into `report-rows/` beside it.
 * @returns the names of all files written, from the file's own directory
 * @throws FellowshipError `storage_failed`
 */
export async function writeReport(
  file: string,
  runs: readonly RunFiles[],
  options: ReportOptions,
): Promise<string[]> {
  const report = openReport(file, options);
  try {
    for (const run of runs) {
      const { add } = await report.begin(run);
      for await (const row of readRunRows(run.directory)) await add(row);
    }
    return await report.end(runs);
  } catch (error) {
    await report.abort();
    throw error;
  }
}

/**
 * Opens a report whose rows come one after the other; see `writeReport`.
 *
 * @throws FellowshipError `storage_failed` out of its functions
 */
export function openReport(file: string, options: ReportOptions): OpenReport {
  const rowFiles = openRowFiles(dirname(file), options.unfinishedFolder);
  const phrases = createPhrases();
  const index = createRowIndex();
  const begun: CountedRun[] = [];
  return {
    async begin(run) {
      const place = begun.length;
      const addEntry = (entry: RowEntry) => index.add({ ...entry, run: place });
      const counted = await openRun(run, { rowFiles, phrases, addEntry }, options);
      begun.push(counted);
      return counted;
    },
    async end(runs) {
      const { lines, chunkStarts, files } = await rowFiles.end();
      const reported: ReportedRun[] = [];
      for (const [place, run] of runs.entries()) {
        const marked = markedRows(run, index.marked(place));
        reported.push(await reportedRun(run, { ...begun[place]!, marked }, options));
      }
      const rows = index.end({
        runs: runs.map(({ name, directory }) => ({ name, command: replayCommand(directory) })),
        chunkStarts,
        phrases: phrases.all,
        isAudit: runs.every(isAudit),
      });
      const title = titleOf(runs);
      const figures = await drawFigures(runsFigures(runs), { plots: options.plots === true });
      const parts = { title, runs: reported, figures, index: rows, rowLines: lines };
      await replaceFile(file, page(parts));
      return [basename(file), ...files];
    },
    abort: rowFiles.abort,
  };
}

/** A run with the counts of its rows. */
type CountedRun = ReportRows & {
  readonly failures: ReadonlyMap<string, FailureCount>;
  readonly scale: number;
};

/** Where the rows of a run go. */
type RowSinks = {
  readonly rowFiles: RowFiles;
  readonly phrases: Phrases;
  readonly addEntry: (entry: RowEntry) => Promise<void>;
};

async function openRun(
  run: StartedRun,
  { rowFiles, phrases, addEntry }: RowSinks,
  { pricesOf, askedOf, mostAsked = usualMostAsked }: ReportOptions,
): Promise<CountedRun> {
  const priceOf = pricesOf(run);
  const counts = emptyCounts();
  const failures = new Map<string, FailureCount>();
  const scale = scaleOf(run);
  const asked = (await askedOf?.(run.directory)) ?? null;
  const isShown = createSample(mostAsked);
  return {
    counts,
    failures,
    scale,
    async add(row) {
      const sheet = sheetOf(row, priceOf);
      const entry = rowEntry(row, sheet, scale);
      const messages =
        asked !== null && row.kind !== "failed" && isShown(entry) ? await asked(row.line) : null;
      await rowFiles.add(packSheet(sheet, messages, phrases));
      await addEntry(entry);
      countRow(counts, row, sheet);
      if (row.kind === "failed") countFailure(failures, row.line);
    },
  };
}

function countFailure(
  failures: Map<string, FailureCount>,
  { reason, detail }: Pick<FailureCount, "reason" | "detail">,
): void {
  const known = failures.get(reason) ?? { reason, rows: 0, detail };
  known.rows += 1;
  failures.set(reason, known);
}

async function reportedRun(
  run: RunFiles,
  { counts, failures, scale, marked }: CountedRun & Pick<ReportedRun, "marked">,
  { plots = false }: ReportOptions,
): Promise<ReportedRun> {
  return {
    run,
    counts,
    failures: [...failures.values()].toSorted((one, other) => other.rows - one.rows),
    marked,
    figures: await drawFigures(runFigures(run, counts, scale), { plots }),
    drawing: plots ? await topologyDrawing(run) : null,
  };
}

function markedRows(run: RunFiles, marks: ReadonlyMap<RowMark, number>): readonly MarkedRows[] {
  const isOfAudit = isAudit(run);
  return rowMarks.map((name) => ({
    name,
    label: markLabel(name, { isAudit: isOfAudit }),
    rows: marks.get(name) ?? 0,
  }));
}

/** Tells of which rows to show what was asked: the first ones, and the first that stand out. */
function createSample(most: number): (entry: RowEntry) => boolean {
  const left = { any: most, marked: most };
  return ({ marks }) => {
    const kind = left.any > 0 ? "any" : marks.size > 0 ? "marked" : null;
    if (kind === null || left[kind] === 0) return false;
    left[kind] -= 1;
    return true;
  };
}

function isAudit({ manifest }: RunFiles): boolean {
  return manifest.command === "audit";
}

/** The evaluator's scale: the greatest score there is. */
function scaleOf({ manifest: { topology } }: StartedRun): number {
  return numberAt(topology, "scale") ?? numberAt(topology, "evaluator", "scale") ?? 10;
}

function titleOf(runs: readonly RunFiles[]): string {
  const [first, ...others] = runs;
  if (first === undefined) return "Fellowship report";
  if (others.length > 0) return `${runs.length} runs: ${runs.map(({ name }) => name).join(", ")}`;
  const { command, topology } = first.manifest;
  return `${first.name}: ${command}${topology === undefined ? "" : ` with ${topology.graph}`}`;
}

/** SVG without its own style, which the page has; null where the graph can't be built here. */
async function topologyDrawing({ manifest }: RunFiles): Promise<string | null> {
  if (manifest.topology === undefined) return null;
  // Loaded here, since only this needs its WebAssembly.
  const { drawResolvedAsSvg } = await import("../../topologies/draw-topology.ts");
  try {
    const svg = await drawResolvedAsSvg(manifest.topology, `the graph ${manifest.topology.graph}`);
    return svg.replace(/<style>[\s\S]*?<\/style>/, "");
  } catch {
    return null; // code of its own, or a prompt that is gone
  }
}

function replayCommand(directory: string): string {
  return `fellowship replay ${shellWord(directory)}`;
}
