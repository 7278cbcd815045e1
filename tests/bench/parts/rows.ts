import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promptOf } from "../arm.ts";
import { sizesIn, writePairs } from "../measure-end.ts";
import type { Part } from "../part.ts";
import { fellowship, runNode, type CommandUsage } from "../run-command.ts";
import { table } from "../tables.ts";

const headings = [
  "command, simulated models",
  "rows",
  "processor s",
  "ms a row",
  "most memory, MB",
  "of the fewest rows",
  "GB on disk",
  "again, processor s",
];

/** Whole commands over few rows and many: time, memory, disk, and the same command once more. */
export const rows: Part = {
  name: "rows",
  without: "never",
  measure: async ({ rows: sizes = [10_000, 20_000], isWanted, print }) => {
    for (const command of ["generate single", "evaluate judge"].filter(isWanted)) {
      const measured: MeasuredRows[] = [];
      for (const size of sizes) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const one = await measureRows(command, size);
        measured.push(one);
        process.stderr.write(`${cells(one, measured).join(", ")}\n`);
      }
      print(
        table(
          headings,
          measured.map((one) => [command, ...cells(one, measured)]),
        ),
      );
    }
  },
};

type MeasuredRows = {
  readonly size: number;
  readonly run: CommandUsage;
  /** The same command on the finished directory. */
  readonly again: CommandUsage;
  readonly gigabytes: number;
};

async function measureRows(command: string, size: number): Promise<MeasuredRows> {
  const folder = mkdtempSync(join(tmpdir(), "fellowship-bench-"));
  try {
    const [input, directory] = [join(folder, "input.jsonl"), join(folder, "out")];
    if (command.startsWith("evaluate")) {
      await writePairs(input, { topology: "judge", rows: size, rowsPerPrompt: 1 });
    } else await writePrompts(input, size);
    const options = [`--input=${input}`, `--out=${directory}`, "--quiet"];
    const run = () =>
      runNode([fellowship, ...command.split(" "), ...options, "--model=sim:bench?skill=0.8"]);
    const first = await run();
    const sizes = Object.values(sizesIn(directory));
    const gigabytes = sizes.reduce((sum, megabytes) => sum + megabytes, 0) / 1e3;
    return { size, run: first, gigabytes, again: await run() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writePrompts(path: string, count: number): Promise<void> {
  const file = await open(path, "w");
  for (let first = 0; first < count; first += 10_000) {
    const lines = Array.from(
      { length: Math.min(10_000, count - first) },
      (_, at) => `${JSON.stringify({ prompt: promptOf(first + at) })}\n`,
    );
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await file.write(lines.join(""));
  }
  await file.close();
}

function cells(one: MeasuredRows, all: readonly MeasuredRows[]): string[] {
  const fewest = all.toSorted((first, second) => first.size - second.size)[0] ?? one;
  const { size, run, again, gigabytes } = one;
  return [
    size.toString(),
    run.processorSeconds.toFixed(1),
    ((run.processorSeconds * 1e3) / size).toFixed(2),
    Math.round(run.mostMb).toString(),
    one === fewest ? "" : (run.mostMb / fewest.run.mostMb).toFixed(2),
    gigabytes.toFixed(2),
    again.processorSeconds.toFixed(2),
  ];
}
