import type { Candidate, Check } from "../../datasets/gates/gate.ts";
import { openGates } from "../../datasets/gates/gates.ts";
import type { Certificate, CertifyOptions } from "../../statistics/trust/certify-selection.ts";
import { readPeopleLabels } from "./people-labels.ts";
import { selectSurest, surenessOf, type PassedPair } from "./surest-pairs.ts";

/** What is dropped of the training data, as the command line says it. */
export type GateOptions = {
  /** As `margin=1` or `refusals`. */
  readonly gates: readonly string[];
  /** How many pairs to keep of those that pass, the surest first. */
  readonly keep?: number | undefined;
  /** Keeps as many of the surest pairs that pass as people's labels certify, in place of `keep`. */
  readonly certify?: CertifyOptions | undefined;
  /** The file of people's labels for `certify`; those of the pairs themselves where not given. */
  readonly labels?: string | undefined;
};

/** A line on its way into a data file, by its place among the lines of its row. */
export type SiftedLine = {
  readonly file: string;
  readonly index: number;
  readonly candidate: Candidate;
};

/** Why a line is in no data file. */
export type Drop = {
  /** A gate's name, `keep` or `certify`. */
  readonly gate: string;
  readonly detail: string;
};

/** What became of the lines of one data file: `kept` and `dropped` add up to `lines`. */
export type GateCounts = {
  lines: number;
  kept: number;
  readonly dropped: Record<string, number>;
  /** What people's labels certify of the kept pairs; absent where it was not asked for. */
  certificate?: Certificate;
};

/** What the gates found of all lines. */
export type Sieve = {
  readonly dropOf: (file: string, row: number, index: number) => Drop | undefined;
  readonly counts: Readonly<Record<string, GateCounts>>;
};

/** Lets everything pass. */
export const openSieve: Sieve = { dropOf: () => undefined, counts: {} };

/** Whether anything is asked of the lines at all. */
export function isGated(options: GateOptions | undefined): options is GateOptions {
  if (options === undefined) return false;
  const { gates, keep, certify } = options;
  return gates.length > 0 || keep !== undefined || certify !== undefined;
}

/**
 * Asks the gates about all lines, file by file in the order of the rows, and then keeps the surest
 * of the pairs that are left.
 */
export async function siftLines(
  lines: AsyncIterable<SiftedLine>,
  { gates, labels, ...selection }: GateOptions,
): Promise<Sieve> {
  const open = await openGates(gates);
  const people = labels === undefined ? null : await readPeopleLabels(labels);
  const checks = new Map<string, { name: string; check: Check }[]>();
  const counts: Record<string, GateCounts> = {};
  const drops = new Map<string, Drop>();
  const passed: PassedPair[] = [];
  for await (const { file, index, candidate } of lines) {
    const own = checks.get(file) ?? open.map(({ name, start }) => ({ name, check: start() }));
    checks.set(file, own);
    const count = (counts[file] ??= { lines: 0, kept: 0, dropped: {} });
    count.lines += 1;
    const key = keyOf(file, candidate.row, index);
    const drop = dropBy(own, candidate);
    if (drop !== undefined) {
      drops.set(key, drop);
      count.dropped[drop.gate] = (count.dropped[drop.gate] ?? 0) + 1;
      continue;
    }
    count.kept += 1;
    if (candidate.responses[1] === undefined) continue;
    const label = people === null ? candidate.label : people.labelOf(candidate);
    passed.push({ sureness: surenessOf(candidate), key, file, label });
  }
  const { left, gate, detail, certificate } = selectSurest(passed, selection);
  for (const { key, file } of left) {
    drops.set(key, { gate, detail });
    const count = counts[file]!;
    count.kept -= 1;
    count.dropped[gate] = (count.dropped[gate] ?? 0) + 1;
  }
  const [first] = passed;
  if (certificate !== undefined && first !== undefined) {
    counts[first.file]!.certificate = certificate;
  }
  return { dropOf: (file, row, index) => drops.get(keyOf(file, row, index)), counts };
}

function keyOf(file: string, row: number, index: number): string {
  return `${file} ${row} ${index}`;
}

function dropBy(checks: readonly { name: string; check: Check }[], candidate: Candidate) {
  for (const { name, check } of checks) {
    const detail = check(candidate);
    if (detail !== undefined) return { gate: name, detail };
  }
  return undefined;
}
