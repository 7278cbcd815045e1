import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { startBenchServer } from "./bench-server.ts";
import type { BenchOptions } from "./part.ts";
import { parts } from "./parts.ts";
import type { Shape } from "./tables.ts";

// npm run bench -- [--full] [--part NAME,…] [--only WORD,…] [--rounds 5] [--calls 700]
// [--latency 20,200] [--in-flight 64,256] [--shapes 256x200,…] [--rows 10000,…] [--python python3]
// [--beside FOLDER]: what a call costs, beside clients, plain LangGraph graphs and distilabel, on
// one server of this machine; what a start, an end and many rows cost. Prints Markdown.
// docs/benchmarks.md describes the parts. `--beside` names another checkout, compiled, whose ends
// are measured too.

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    part: { type: "string" },
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    calls: { type: "string" },
    latency: { type: "string" },
    "in-flight": { type: "string" },
    shapes: { type: "string" },
    rows: { type: "string" },
    python: { type: "string", default: "python3" },
    beside: { type: "string" },
  },
});
const { full, python, beside } = values;

/** Calls in flight and latencies of the rates: the pairs that are named, or each with each. */
function shapesOf(): Shape[] {
  if (values.latency !== undefined || values["in-flight"] !== undefined) {
    const inFlights = numbersOf(values["in-flight"] ?? "64,256");
    return numbersOf(values.latency ?? "20,200").flatMap((latencyMs) =>
      inFlights.map((inFlight) => ({ latencyMs, inFlight })),
    );
  }
  const pairs = values.shapes ?? "1x0,64x20,256x200";
  return pairs.split(",").map((pair) => {
    const [inFlight = 1, latencyMs = 0] = pair.split("x").map(Number);
    return { inFlight, latencyMs };
  });
}

function numbersOf(text: string): number[] {
  return text.split(",").map(Number);
}

const named = values.part?.split(",");
const unknown = named?.filter((name) => parts.every((part) => part.name !== name)) ?? [];
if (unknown.length > 0) {
  const names = parts.map(({ name }) => name).join(", ");
  process.stderr.write(`Expected parts among ${names}; got ${unknown.join(", ")}.\n`);
  process.exit(2);
}
const wanted = parts.filter(({ name, without }) =>
  named === undefined ? without === "always" || (full && without === "full") : named.includes(name),
);
const words = values.only?.split(",");

const server = await startBenchServer();
const options: BenchOptions = {
  server,
  full,
  rounds: Number(values.rounds),
  calls: Number(values.calls ?? (full ? 2_100 : 700)),
  isWanted: (arm) => words === undefined || words.some((word) => arm.includes(word)),
  shapes: shapesOf(),
  rows: values.rows === undefined ? undefined : numbersOf(values.rows),
  python,
  beside,
  print: (text) => process.stdout.write(`${text}\n`),
};
try {
  options.print(
    `Node.js ${process.version}, ${availableParallelism()} cores, ${process.platform}.\n`,
  );
  for (const part of wanted) {
    // oxlint-disable-next-line no-await-in-loop -- one part after the other
    await part.measure(options);
  }
} finally {
  await server.stop();
}
