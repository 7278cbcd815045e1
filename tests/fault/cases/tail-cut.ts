import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import { openJournal } from "../../../runs/journal/journal.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  differingOutputs,
  makeSimulatedRun,
  outputsOf,
  type SimulatedRun,
} from "../simulated-run.ts";

const tailBytes = 4096;
const newline = 0x0a;

/** Row 5 of the plan: a journal that ends in the middle of a record, whatever the byte. */
export const tailCut: FaultCase = {
  name: "tail-cut",
  fault: "journal.calls cut at each of its last 4,096 bytes",
  promise:
    "opens losing only the cut record, whose bytes are set aside; the next record begins anew",
  run: async ({ seed, size, directory }) => {
    const run = await makeSimulatedRun(directory, 6);
    const journal = readFileSync(join(run.directory, "journal.calls"));
    const random = createRandom(`tail-cut ${seed}`);
    const violations: string[] = [];
    const cuts = size === "full" ? tailBytes : 48;
    for (let index = 0; index < cuts; index += 1) {
      const cut = size === "full" ? index : Math.floor(random() * tailBytes);
      const problem = await openCut(directory, journal, journal.length - 1 - cut);
      if (problem !== null) violations.push(`cut ${cut} bytes before the end: ${problem}`);
    }
    const wholeRuns = size === "full" ? 40 : 2;
    for (let index = 0; index < wholeRuns; index += 1) {
      const cut = 1 + Math.floor(random() * tailBytes);
      const problem = await goOnAfterCut(run, cut, index);
      if (problem !== null) violations.push(`a run with both journals cut by ${cut}: ${problem}`);
    }
    return { rounds: cuts, violations, figures: { opened: cuts, "runs gone on": wholeRuns } };
  },
};

/** Opens a journal that was cut at a byte, and adds a record; what is wrong then, or null. */
async function openCut(space: string, whole: Buffer, end: number): Promise<string | null> {
  const path = join(space, "journal.cut");
  writeFileSync(path, whole.subarray(0, end));
  const lastWhole = whole.lastIndexOf(newline, end - 1) + 1;
  const expected = linesOf(whole.subarray(0, lastWhole));
  const records: unknown[] = [];
  const journal = await openJournal(path, {
    reserveBytes: 0,
    onRecord: (record) => records.push(record),
  });
  const { torn } = journal.recovery;
  await journal.append({ added: true });
  await journal.close();
  const setAside = torn === null ? Buffer.alloc(0) : readFileSync(torn.path);
  const after = readFileSync(path);
  rmSync(path);
  if (torn !== null) rmSync(torn.path);
  if (records.length !== expected.length) {
    return `expected ${expected.length} records, got ${records.length}`;
  }
  if (JSON.stringify(records) !== JSON.stringify(expected)) return "a record came back changed";
  if (!setAside.equals(whole.subarray(lastWhole, end))) return "the cut bytes were not set aside";
  if (!after.subarray(0, lastWhole).equals(whole.subarray(0, lastWhole))) {
    return "bytes before the cut record changed";
  }
  const added = linesOf(after.subarray(lastWhole));
  return JSON.stringify(added) === '[{"added":true}]' ? null : "the next record is not by itself";
}

/** The records of whole lines, by the journal's form: checksum, number, length, JSON. */
function linesOf(bytes: Buffer): unknown[] {
  const lines = bytes.toString("utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line.slice(line.indexOf("{"))));
}

async function goOnAfterCut(run: SimulatedRun, cut: number, index: number): Promise<string | null> {
  const directory = run.copy(`cut-${index}`);
  for (const name of ["journal.calls", "journal.rows"]) {
    const path = join(directory, name);
    const { length } = readFileSync(path);
    truncateSync(path, Math.max(0, length - cut));
  }
  const { exitCode, error } = await run.again(directory);
  if (exitCode !== 0) return error?.message ?? `exit ${exitCode}`;
  const changed = differingOutputs(outputsOf(directory), run.outputs);
  rmSync(directory, { recursive: true });
  return changed.length === 0 ? null : `other bytes in ${changed.join(", ")}`;
}
