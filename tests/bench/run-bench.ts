import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startTraceCollector } from "../langsmith/trace-collector.ts";
import { onWorkers } from "./arm.ts";
import { clientNames, graphNames, tracedToo } from "./arms.ts";
import { startBenchServer } from "./bench-server.ts";
import { measureEnd } from "./measure-end.ts";
import { measureArms } from "./measure.ts";
import { endTable, sizesTable, type NamedEnd } from "./end-tables.ts";
import { costTable, rateTable, wholeTable } from "./tables.ts";

// npm run bench -- [--full] [--part costs,whole,rates,end] [--only WORD,…] [--rounds 5] [--calls
// 700] [--shapes 256x200,…] [--beside FOLDER]: what a call costs, beside clients and plain
// LangGraph graphs, on one server of this machine, and what the end of a run costs. Prints
// Markdown. `--full` takes all graphs, more calls, more rows and the rates. `--beside` names
// another checkout, compiled, whose ends are measured too.

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    part: { type: "string" },
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    calls: { type: "string" },
    shapes: { type: "string" },
    beside: { type: "string" },
  },
});
const { full } = values;
const rounds = Number(values.rounds);
const calls = Number(values.calls ?? (full ? 2_100 : 700));
const parts = (values.part ?? (full ? "costs,whole,rates" : "costs,whole")).split(",");
const words = values.only?.split(",");

const graphs = full ? graphNames : graphNames.slice(0, 2);
const arms = [
  ...clientNames,
  ...graphs.flatMap((name) => [`plain ${name}`, `ours ${name}`]),
  `ours feedback-loop${tracedToo}`,
].filter((arm) => words === undefined || words.some((word) => arm.includes(word)));

/** Calls in flight and latencies of the rates, at the most that such a server could answer. */
const shapes = (values.shapes ?? "1x20,64x20,64x200,256x200,256x1000,1024x1000")
  .split(",")
  .map((shape) => {
    const [inFlight = 1, latencyMs = 0] = shape.split("x").map(Number);
    return { inFlight, latencyMs };
  });

const server = await startBenchServer();
const collector = await startTraceCollector();
const environmentOf = (arm: string): Readonly<Record<string, string>> =>
  arm.endsWith(tracedToo)
    ? {
        LANGSMITH_TRACING: "true",
        LANGSMITH_ENDPOINT: collector.url,
        LANGSMITH_API_KEY: "key-of-the-bench",
      }
    : {};
const print = (text: string) => process.stdout.write(`${text}\n`);

const load = { server, calls, rounds, environmentOf, latencyMs: 0, inFlight: 64 };

async function measureCosts(): Promise<void> {
  print(`Processor time for a call: 64 in flight, runs of ${calls} calls, median of ${rounds}.\n`);
  print(costTable(await measureArms(arms, load)));
}

async function measureWhole(): Promise<void> {
  const fresh = { ...load, rounds: Math.min(rounds, 3), isFresh: true };
  const whole = await measureArms(["openai", "ours feedback-loop"], fresh);
  print(wholeTable(whole, calls));
}

async function measureRates(): Promise<void> {
  const loop = "ours feedback-loop";
  const rated = ["undici", "plain feedback-loop", loop, `${loop}${onWorkers}`];
  for (const shape of shapes) {
    // The slots of a loop must all be rows. More calls than that weigh a run's start and end less.
    const fewest = Math.max(calls, shape.inFlight * 7);
    const most = { ...load, ...shape, calls: fewest, rounds: Math.min(rounds, 3) };
    // oxlint-disable-next-line no-await-in-loop -- one shape after the other
    print(rateTable(await measureArms(rated, most), shape));
  }
}

/** Rows of the larger runs; the smaller ones have a tenth. */
const rowsAtEnd = full ? 100_000 : 10_000;

async function measureEnds(): Promise<void> {
  const own = join(import.meta.dirname, "../..");
  const roots = { ours: own, ...(values.beside && { beside: join(values.beside, "dist") }) };
  const cases = [1, 10].flatMap((rowsPerPrompt) =>
    [rowsAtEnd / 10, rowsAtEnd].map((rows) => {
      return { topology: rowsPerPrompt === 1 ? "judge" : "jury", rows, rowsPerPrompt };
    }),
  );
  const ends: NamedEnd[] = [];
  for (const one of cases) {
    for (const [name, root] of Object.entries(roots)) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      ends.push({ name, ...(await measureEnd(one, root)) });
    }
  }
  print(endTable(ends));
  print(sizesTable(ends));
}

try {
  print(`Node.js ${process.version}, ${availableParallelism()} cores, ${process.platform}.\n`);
  if (parts.includes("costs")) await measureCosts();
  if (parts.includes("whole")) await measureWhole();
  if (parts.includes("rates")) await measureRates();
  if (parts.includes("end")) await measureEnds();
} finally {
  await collector.close();
  await server.stop();
}
