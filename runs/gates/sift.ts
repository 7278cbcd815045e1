import type { Candidate, Check } from "../../datasets/gates/gate.ts";
import { openGates } from "../../datasets/gates/gates.ts";

/** What is dropped of the training data, as the command line says it. */
export type GateOptions = {
  /** As `margin=1` or `refusals`. */
  readonly gates: readonly string[];
  /** How many pairs to keep of those that pass, the surest first. */
  readonly keep?: number | undefined;
};

/** A line on its way into a data file, by its place among the lines of its row. */
export type SiftedLine = {
  readonly file: string;
  readonly index: number;
  readonly candidate: Candidate;
};

/** Why a line is in no data file. */
export type Drop = {
  /** A gate's name, or `keep`. */
  readonly gate: string;
  readonly detail: string;
};

/** What became of the lines of one data file: `kept` and `dropped` add up to `lines`. */
export type GateCounts = {
  lines: number;
  kept: number;
  readonly dropped: Record<string, number>;
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
  return options !== undefined && (options.gates.length > 0 || options.keep !== undefined);
}

/**
 * Asks the gates about all lines, file by file in the order of the rows, and then keeps the surest
 * of the pairs that are left.
 */
export async function siftLines(
  lines: AsyncIterable<SiftedLine>,
  { gates, keep }: GateOptions,
): Promise<Sieve> {
  const open = await openGates(gates);
  const checks = new Map<string, { name: string; check: Check }[]>();
  const counts: Record<string, GateCounts> = {};
  const drops = new Map<string, Drop>();
  const passed: (Sureness & { key: string; file: string })[] = [];
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
    if (keep !== undefined && candidate.responses[1] !== undefined) {
      passed.push({ ...surenessOf(candidate), key, file });
    }
  }
  const detail = `Not among the ${keep} surest pairs.`;
  for (const { key, file } of passed.toSorted(bySureness).slice(keep)) {
    drops.set(key, { gate: "keep", detail });
    const count = counts[file]!;
    count.kept -= 1;
    count.dropped["keep"] = (count.dropped["keep"] ?? 0) + 1;
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

/** How sure the evaluator was of a pair. */
type Sureness = { readonly flipped: boolean; readonly agreement: number; readonly margin: number };

function surenessOf({ evidence }: Candidate): Sureness {
  const [chosen = 0, rejected = 0] = evidence?.scores ?? [];
  return {
    flipped: evidence?.flipped === true,
    agreement: evidence?.agreement ?? 0,
    margin: chosen - rejected,
  };
}

/** Pairs that held in both orders first; then by agreement, and by the difference of the scores. */
function bySureness(one: Sureness, other: Sureness): number {
  return (
    Number(one.flipped) - Number(other.flipped) ||
    other.agreement - one.agreement ||
    other.margin - one.margin
  );
}
