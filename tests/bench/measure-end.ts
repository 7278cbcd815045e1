import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fillJournal } from "../fault/fill-journal.ts";
import { promptOf } from "./arm.ts";
import { compiledModule } from "./checkout.ts";
import type { EndFigures, EndLoad } from "./end-process.ts";
import { pairOf } from "./plain-graphs.ts";

/** An evaluation whose end is measured. */
export type EndCase = {
  /** A preset. */
  readonly topology: string;
  readonly rows: number;
  readonly rowsPerPrompt: number;
};

/** The ends of a run, and the same command once more. */
export type MeasuredEnd = EndCase & {
  /** Of a run that judges all rows itself: its files are written meanwhile. */
  readonly live: EndFigures;
  /** Of a run of which an earlier session judged all rows. */
  readonly resumed: EndFigures;
  /** On the finished directory, in a new process. */
  readonly again: EndFigures;
  /** Megabytes of each file and folder of the run. */
  readonly megabytes: Readonly<Record<string, number>>;
};

/**
 * Measures the end of an evaluation by simulated judges, in processes of its own: once of a run
 * that judges all rows, and once where an earlier session did. For this some rows are judged, and
 * the journal's other rows are like them.
 */
export async function measureEnd(one: EndCase, root: string): Promise<MeasuredEnd> {
  const folder = mkdtempSync(join(tmpdir(), "fellowship-bench-"));
  try {
    const input = join(folder, "pairs.jsonl");
    await writePairs(input, one);
    const directory = join(folder, "out");
    const load: EndLoad = { root, topology: one.topology, input, directory };
    await runEnd({ ...load, limit: judgedRows });
    await fillJournal(directory, { ...one, judged: judgedRows });
    const resumed = await runEnd(load);
    const megabytes = sizesIn(directory);
    const again = await runEnd(load);
    const live = await runEnd({ ...load, directory: join(folder, "live") });
    return { ...one, live, resumed, again, megabytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rows that are judged in earnest. */
const judgedRows = 100;

const labels = ["a", "b", "b", "tie", "a"] as const;

/** Writes labelled pairs of about 2.6 kB; `rowsPerPrompt` of them share their prompt. */
export async function writePairs(path: string, { rows, rowsPerPrompt }: EndCase): Promise<void> {
  const file = await open(path, "w");
  for (let first = 0; first < rows; first += 1000) {
    const lines = Array.from({ length: Math.min(1000, rows - first) }, (_, at) => {
      const row = first + at;
      const { prompt, a, b } = pairOf(promptOf(Math.floor(row / rowsPerPrompt)));
      const unlike = `${row}. `.repeat(row % 7);
      const label = labels[row % labels.length];
      return `${JSON.stringify({ prompt, a: { text: `${unlike}${a}` }, b: { text: b }, label })}\n`;
    });
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await file.write(lines.join(""));
  }
  await file.close();
}

async function runEnd(load: EndLoad): Promise<EndFigures> {
  const script = compiledModule("end-process");
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(load)]);
  return JSON.parse(stdout) as EndFigures;
}

/** The megabytes of each file and folder in a folder. */
export function sizesIn(directory: string): Record<string, number> {
  const sizeOf = (path: string): number => {
    if (!statSync(path).isDirectory()) return statSync(path).size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  };
  const sizes = readdirSync(directory).map((name) => [name, sizeOf(join(directory, name)) / 1e6]);
  return Object.fromEntries(sizes) as Record<string, number>;
}
