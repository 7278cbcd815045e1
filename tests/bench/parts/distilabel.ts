import {
  callsPerRow,
  canRun,
  loading,
  runWhole,
  wholeArms,
  type WholeUsage,
} from "../distilabel/distilabel-arms.ts";
import { median } from "../measure.ts";
import type { BenchOptions, Part } from "../part.ts";
import { table } from "../tables.ts";

/** A long run has so many times the rows of a short one. */
const longTimes = 3;

const headings = [
  "two answers and a judge a row",
  "processor s, short run",
  "long run",
  "ms a call of the long run",
  "ms a further call",
];

type Round = { readonly short: WholeUsage; readonly long: WholeUsage };

/** Whole commands of distilabel and of ours that make the same calls, in turn. */
export const distilabel: Part = {
  name: "distilabel",
  without: "full",
  measure: async (options) => {
    const { python, rounds, calls, print } = options;
    if (!(await canRun(python, loading))) {
      print(
        `distilabel is left out: \`${python} -c "${loading}"\` fails. --python names another.\n`,
      );
      return;
    }
    const rows = Math.max(1, Math.round(calls / callsPerRow));
    const measured = await measureWhole(options, rows);
    print(`distilabel: ${rows} and ${rows * longTimes} rows, medians of ${rounds} rounds.\n`);
    print(
      table(
        headings,
        wholeArms.map(({ name }) => cells(name, measured.get(name) ?? [], rows)),
      ),
    );
    print(ratioLine(measured, rows));
  },
};

async function measureWhole(
  { python, rounds, server }: BenchOptions,
  rows: number,
): Promise<Map<string, Round[]>> {
  const measured = new Map(wholeArms.map(({ name }): [string, Round[]] => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const arm of wholeArms) {
      const load = { baseUrl: server.baseUrl(0), rows, inFlight: arm.inFlight };
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const short = await runWhole(arm, python, load);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const long = await runWhole(arm, python, { ...load, rows: rows * longTimes });
      measured.get(arm.name)?.push({ short, long });
      const took = [short, long].map(({ processorSeconds }) => processorSeconds.toFixed(1));
      process.stderr.write(`round ${round}, ${arm.name}: ${took.join(" and ")} s\n`);
    }
  }
  return measured;
}

/** Milliseconds a call of the long run, its start and end included. */
function wholeMs(rounds: readonly Round[], rows: number): number {
  const calls = rows * longTimes * callsPerRow;
  return median(rounds.map(({ long }) => (long.processorSeconds * 1e3) / calls));
}

/** Milliseconds of a call that the long run makes further. */
function furtherMs(rounds: readonly Round[], rows: number): number {
  const calls = rows * (longTimes - 1) * callsPerRow;
  const seconds = ({ short, long }: Round) => long.processorSeconds - short.processorSeconds;
  return median(rounds.map((round) => (seconds(round) * 1e3) / calls));
}

function cells(name: string, rounds: readonly Round[], rows: number): string[] {
  return [
    name,
    median(rounds.map(({ short }) => short.processorSeconds)).toFixed(1),
    median(rounds.map(({ long }) => long.processorSeconds)).toFixed(1),
    wholeMs(rounds, rows).toFixed(2),
    furtherMs(rounds, rows).toFixed(2),
  ];
}

/** distilabel beside ours, each with its best setting. */
function ratioLine(measured: ReadonlyMap<string, readonly Round[]>, rows: number): string {
  const best = (maker: string, costOf: typeof wholeMs) => {
    const all = [...measured].filter(([name]) => name.startsWith(maker));
    return Math.min(...all.map(([, rounds]) => costOf(rounds, rows)));
  };
  const ratio = (costOf: typeof wholeMs) =>
    (best("distilabel", costOf) / best("ours", costOf)).toFixed(2);
  return (
    `distilabel / ours, each with its best setting: ${ratio(wholeMs)} for the long run, ` +
    `${ratio(furtherMs)} for a further call.\n`
  );
}
