import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FaultCase } from "../fault-case.ts";
import type { Measured, Measurement } from "../measured-process.ts";
import { loopTopology } from "../simulated-run.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";

const latencyMs = 200;
const inFlight = 64;
const mostFewerRows = 0.05;
const mostMoreProcessor = 0.15;

/** The last row of the table. */
export const durabilityCost: FaultCase = {
  name: "durability-cost",
  fault:
    "nothing breaks: 200 ms latency and 64 rows in flight, against the same run with the " +
    "journals off",
  promise: "at most 5 % fewer rows a second, at most 15 % more processor time",
  isLongOnly: true,
  run: async ({ size, directory }) =>
    withFaultServer({ latencyMs: [latencyMs, latencyMs] }, async (server) => {
      const [rows, repeats] = size === "full" ? [640, 5] : [128, 1];
      const warmUp = writeRows(directory, "warm-up.jsonl", 64);
      const input = writeRows(directory, "rows.jsonl", rows);
      const made: Record<Measured["journal"], Measurement[]> = { on: [], off: [] };
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        // In turn, and the other way round each time: what else the machine does befalls both.
        const order = repeat % 2 === 0 ? (["on", "off"] as const) : (["off", "on"] as const);
        for (const journal of order) {
          made[journal].push(await measure(server, { journal, warmUp, input, directory }));
          await server.reset();
        }
      }
      const rate = medians(made, ({ rows: done, seconds }) => done / seconds);
      const processor = medians(made, ({ processorSeconds }) => processorSeconds);
      const fewerRows = 1 - rate.on / rate.off;
      const moreProcessor = processor.on / processor.off - 1;
      const violations: string[] = [];
      if (fewerRows > mostFewerRows) violations.push(`${percent(fewerRows)} fewer rows a second`);
      if (moreProcessor > mostMoreProcessor) {
        violations.push(`${percent(moreProcessor)} more processor time`);
      }
      const figures = {
        "rows of a run": rows,
        "rows a second": rate.on,
        "rows a second, journals off": rate.off,
        "fewer rows a second": percent(fewerRows),
        "processor seconds": processor.on,
        "processor seconds, journals off": processor.off,
        "more processor time": percent(moreProcessor),
      };
      return { rounds: repeats, violations, figures };
    }),
};

async function measure(
  server: FaultServer,
  told: Pick<Measured, "journal" | "warmUp" | "input" | "directory">,
): Promise<Measurement> {
  const directory = join(told.directory, "measured");
  const measured: Measured = {
    ...told,
    directory,
    topology: loopTopology,
    model: "openai:gpt-4o-mini",
    concurrency: inFlight,
  };
  const script = join(import.meta.dirname, "..", "measured-process.ts");
  const argv = ["--import", import.meta.resolve("tsx"), script, JSON.stringify(measured)];
  const env = { ...process.env, ...server.environment };
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env });
  rmSync(directory, { recursive: true });
  return JSON.parse(stdout) as Measurement;
}

function writeRows(directory: string, name: string, count: number): string {
  const path = join(directory, name);
  const lines = Array.from(
    { length: count },
    (_, index) => `{"prompt":"What is to be said about case ${index}, and why does it matter?"}\n`,
  );
  writeFileSync(path, lines.join(""));
  return path;
}

function medians(
  made: Readonly<Record<"on" | "off", readonly Measurement[]>>,
  of: (measurement: Measurement) => number,
): { on: number; off: number } {
  const median = (list: readonly Measurement[]) =>
    list.map(of).sort((one, other) => one - other)[Math.floor(list.length / 2)] ?? 0;
  return { on: median(made.on), off: median(made.off) };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
