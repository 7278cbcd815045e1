import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import { openJournal } from "../../../runs/journal/journal.ts";
import type { SalvageReport } from "../../../runs/journal/journal-salvage.ts";
import { isFellowshipError } from "../../../state/fellowship-error.ts";
import type { FaultCase } from "../fault-case.ts";
import { runToEnd } from "../killer.ts";
import { differingOutputs, loopTopology, makeSimulatedRun, outputsOf } from "../simulated-run.ts";
import type { SimulatedRun } from "../simulated-run.ts";

const newline = 0x0a;
const journals = ["journal.calls", "journal.rows", "journal.plan"] as const;

/** What is done to a journal, and which records are lost by it. */
type Damage = {
  readonly name: string;
  readonly bytes: Buffer;
  /** Sequence numbers of the records that a salvage can't keep. */
  readonly lost: readonly number[];
};

/** Row 6 of the plan: bytes in the middle that are not what was written. */
export const bitFlips: FaultCase = {
  name: "bit-flips",
  fault: "one bit of a journal turned, two records swapped, one doubled, one taken out",
  promise:
    "detected, exit 7, no file changed; --salvage loses the damaged records only and says which",
  run: async ({ seed, size, directory }) => {
    const run = await makeSimulatedRun(directory, 6);
    const random = createRandom(`bit-flips ${seed}`);
    const [flips, others] = size === "full" ? [1_000, 50] : [20, 2];
    const violations: string[] = [];
    let detected = 0;
    let goneOn = 0;
    const damages = [
      ...Array.from(
        { length: flips },
        (_, index) => () => flip(run, journals[pick(index)], random),
      ),
      ...Array.from({ length: others }, () => [swap, double, takeOut]).flatMap((kinds) =>
        kinds.map((kind) => () => kind(run, random)),
      ),
    ];
    for (const [index, make] of damages.entries()) {
      const damage = make();
      const problems = await suffer(run, damage, `damaged-${index}`, index % 10 === 0);
      if (problems.length === 0) detected += 1;
      if (index % 10 === 0) goneOn += 1;
      violations.push(...problems.map((problem) => `${damage.name}: ${problem}`));
    }
    const commands = size === "full" ? 8 : 1;
    for (let index = 0; index < commands; index += 1) {
      const damage = flip(run, journals[index % 3]!, random);
      const problem = await refuseAsCommand(run, damage, `command-${index}`);
      if (problem !== null) violations.push(`${damage.name}: ${problem}`);
    }
    const figures = { detected, "salvaged to the end": goneOn, commands };
    return { rounds: damages.length, violations, figures };
  },
};

/** Which journal the n-th flip is in: mostly the one with the answers. */
function pick(index: number): 0 | 1 | 2 {
  if (index % 20 === 19) return 2;
  return index % 4 === 3 ? 1 : 0;
}

function flip(run: SimulatedRun, name: string, random: () => number): Damage {
  const bytes = journalOf(run, name);
  const at = Math.floor(random() * bytes.length);
  const bit = Math.floor(random() * 8);
  const places = placesOf(bytes);
  const sequence = places.findIndex(({ end }) => at < end);
  // Without its newline a record and the next one are one line.
  const isNewline = at === (places[sequence]?.end ?? 0) - 1;
  const lost = isNewline && sequence + 1 < places.length ? [sequence, sequence + 1] : [sequence];
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return { name, bytes, lost };
}

function swap(run: SimulatedRun, random: () => number): Damage {
  const lines = linesOf(journalOf(run, "journal.calls"));
  const one = Math.floor(random() * (lines.length - 1));
  const other = one + 1 + Math.floor(random() * (lines.length - 1 - one));
  [lines[one], lines[other]] = [lines[other]!, lines[one]!];
  return { name: "journal.calls", bytes: Buffer.concat(lines), lost: [] };
}

function double(run: SimulatedRun, random: () => number): Damage {
  const lines = linesOf(journalOf(run, "journal.calls"));
  const one = Math.floor(random() * lines.length);
  lines.splice(Math.floor(random() * (lines.length + 1)), 0, lines[one]!);
  return { name: "journal.calls", bytes: Buffer.concat(lines), lost: [] };
}

function takeOut(run: SimulatedRun, random: () => number): Damage {
  const lines = linesOf(journalOf(run, "journal.calls"));
  // Not the last: a journal that ends earlier is a valid one.
  const one = Math.floor(random() * (lines.length - 1));
  lines.splice(one, 1);
  return { name: "journal.calls", bytes: Buffer.concat(lines), lost: [one] };
}

/** What goes wrong when the damaged run is given its command again, and then with --salvage. */
async function suffer(
  run: SimulatedRun,
  damage: Damage,
  copyName: string,
  toTheEnd: boolean,
): Promise<string[]> {
  const directory = run.copy(copyName);
  writeFileSync(join(directory, damage.name), damage.bytes);
  const before = hashOf(directory);
  const refused = await run.again(directory);
  const problems: string[] = [];
  if (refused.error?.code !== "journal_damaged") {
    problems.push(`not detected: ${refused.error?.code ?? `exit ${refused.exitCode}`}`);
  }
  if (hashOf(directory) !== before) problems.push("a file was changed by a refused run");
  if (toTheEnd) problems.push(...(await salvageRun(run, directory, damage)));
  else problems.push(...(await salvageFile(run, directory, damage)));
  rmSync(directory, { recursive: true });
  return problems;
}

/**
 * Opens the damaged journal alone with --salvage, and compares what it keeps with what was written.
 */
async function salvageFile(
  run: SimulatedRun,
  directory: string,
  { name, lost }: Damage,
): Promise<string[]> {
  const kept: unknown[] = [];
  const path = join(directory, name);
  const written = recordsOf(journalOf(run, name));
  try {
    const onRecord = (record: unknown) => kept.push(record);
    const journal = await openJournal(path, { salvage: true, reserveBytes: 0, onRecord });
    await journal.close();
    const expected = written.filter((_, sequence) => !lost.includes(sequence));
    const problems = tellsTruth(journal.recovery.salvage, lost, written.length);
    if (JSON.stringify(kept) !== JSON.stringify(expected)) {
      problems.push(`kept ${kept.length} records, expected the ${expected.length} undamaged ones`);
    }
    return problems;
  } catch (error) {
    return [`can't be salvaged: ${isFellowshipError(error) ? error.message : String(error)}`];
  }
}

function tellsTruth(
  report: SalvageReport | null,
  lost: readonly number[],
  written: number,
): string[] {
  if (report === null) return ["a salvage found nothing damaged"];
  const problems: string[] = [];
  const named = report.missing.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  // Records behind the last good one can't be numbered.
  const behind = lost.filter(
    (sequence) => lost.includes(written - 1) && sequence >= written - lost.length,
  );
  const expected = lost.filter((sequence) => !behind.includes(sequence));
  if (JSON.stringify(named) !== JSON.stringify(expected)) {
    problems.push(
      `says that ${named.join(", ") || "none"} are lost, but it was ${lost.join(", ")}`,
    );
  }
  if (report.lost < Math.min(1, lost.length)) problems.push("tells of no loss");
  return problems;
}

async function salvageRun(
  run: SimulatedRun,
  directory: string,
  { name }: Damage,
): Promise<string[]> {
  const { exitCode, error, said } = await run.again(directory, { salvage: true });
  if (exitCode !== 0) return [`--salvage did not go on: ${error?.message}`];
  const problems = said.some((line) => line.startsWith(`${name} was damaged`))
    ? []
    : ["--salvage did not tell what it did"];
  const changed = differingOutputs(outputsOf(directory), run.outputs);
  if (changed.length > 0) problems.push(`other bytes after --salvage in ${changed.join(", ")}`);
  return problems;
}

/** The same through the command, for its exit code. */
async function refuseAsCommand(
  run: SimulatedRun,
  { name, bytes }: Damage,
  copyName: string,
): Promise<string | null> {
  const directory = run.copy(copyName);
  writeFileSync(join(directory, name), bytes);
  const before = hashOf(directory);
  const { code, stderr } = await runToEnd({
    script: "generate",
    argv: [loopTopology, "--input", run.input, "--out", directory, "--model", "sim:oak"],
    directory,
  });
  if (code !== 7) return `expected exit 7, got ${code}: ${stderr}`;
  return hashOf(directory) === before ? null : "a file was changed by a refused command";
}

function hashOf(directory: string): string {
  const hash = createHash("sha256");
  for (const name of [...journals, "run.json"]) hash.update(readFileSync(join(directory, name)));
  for (const [name, text] of Object.entries(outputsOf(directory))) hash.update(name).update(text);
  return hash.digest("hex");
}

function journalOf(run: SimulatedRun, name: string): Buffer {
  return readFileSync(join(run.directory, name));
}

/** Where each line begins and ends, its newline included. */
function placesOf(bytes: Buffer): { start: number; end: number }[] {
  const places = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start) + 1;
    places.push({ start, end });
    start = end;
  }
  return places;
}

function linesOf(bytes: Buffer): Buffer[] {
  return placesOf(bytes).map(({ start, end }) => bytes.subarray(start, end));
}

function recordsOf(bytes: Buffer): unknown[] {
  return linesOf(bytes).map((line) => {
    const text = line.toString("utf8");
    return JSON.parse(text.slice(text.indexOf("{")));
  });
}
