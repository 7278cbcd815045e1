import { createHash } from "node:crypto";
import type { SessionEnd } from "./killer.ts";
import {
  callKey,
  readEvidence,
  usageIn,
  type CallLine,
  type RunEvidence,
  type Tokens,
} from "./run-evidence.ts";
import type { RequestEntry } from "./server/request-log.ts";
import { differingOutputs, outputsOf } from "./simulated-run.ts";

/**
 * A run that came to its end, however often it was interrupted, with all that is known of it from
 * outside.
 */
export type FinishedRun = {
  /** A JSONL file. */
  readonly input: string;
  readonly directory: string;
  /** Of all requests that its sessions made: the truth about money. */
  readonly log: readonly RequestEntry[];
  /** Its processes, in order. The last one ended by itself. */
  readonly sessions: readonly Pick<
    SessionEnd,
    "code" | "signal" | "stderr" | "startedAt" | "silentMs" | "killedAt"
  >[];
  /** The same rows in a run that nothing disturbed. */
  readonly undisturbed: UndisturbedRun;
  /**
   * Dollars per million tokens of the one model that all agents ask; money is not checked without
   * it.
   */
  readonly price?: Tokens;
  /** What the run might spend, in dollars. */
  readonly budgetUsd?: number;
  /** Calls in flight at most: rows side by side times the calls side by side in a row. */
  readonly mostInFlight: number;
};

export type UndisturbedRun = {
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: readonly RequestEntry[];
};

/** What an independent check found: the broken promises in sentences, and what was counted. */
export type Verification = {
  readonly violations: readonly string[];
  /** Requests beyond those of the undisturbed run. */
  readonly repeats: number;
  /** Sends that were under way when the process died: intents without an end. */
  readonly inFlight: number;
  /** The most that those may have cost, in tokens. */
  readonly unknownTokens: number;
};

/**
 * Checks a finished run against the invariants I1 to I7, I9 and I10 of the fault plan, from its
 * input, its directory and the server's log alone. A run with the journals of several sessions is
 * read as one.
 */
export function verifyRun(run: FinishedRun): Verification {
  const evidence = readEvidence(run.input, run.directory);
  const open = openIntents(evidence.calls);
  const repeats = run.log.length - run.undisturbed.log.length;
  return {
    violations: [
      ...conservation(evidence),
      ...evidence.malformed.map((what) => `I3 journal.calls: ${what}`),
      ...noneBoughtAgain(run, evidence, open),
      ...noneLost(run, evidence),
      ...moneyAddsUp(run, evidence, open),
      ...neverPastBudget(run, evidence),
      ...sameBytes(run),
      ...filesAreWhole(evidence),
      ...endedTruthfully(run, evidence),
    ],
    repeats,
    inFlight: open.length,
    unknownTokens: open.reduce((sum, { bound }) => sum + (bound?.in ?? 0) + (bound?.out ?? 0), 0),
  };
}

/** I1: every row of the input is in exactly one place, as it was given. */
function conservation({ inputs, rows, failures, manifest }: RunEvidence): string[] {
  const found: string[] = [];
  const seen = new Map<number, number>();
  for (const { row } of [...rows, ...failures]) seen.set(row, (seen.get(row) ?? 0) + 1);
  for (let row = 1; row <= inputs.length; row += 1) {
    const times = seen.get(row) ?? 0;
    if (times !== 1) found.push(`I1 row ${row} is there ${times} times`);
  }
  for (const row of seen.keys()) {
    if (!(row >= 1 && row <= inputs.length)) found.push(`I1 row ${row} was never given`);
  }
  for (const list of [rows, failures]) {
    if (list.some(({ row }, index) => row <= (list[index - 1]?.row ?? 0))) {
      found.push("I1 rows are not in the order of the input");
    }
  }
  for (const { row, input } of rows) {
    const given = inputs[row - 1];
    if (given === undefined || JSON.stringify(input) === JSON.stringify(JSON.parse(given)))
      continue;
    found.push(`I1 row ${row} came out with another input`);
  }
  const told = `${manifest?.rows} ${manifest?.done} ${manifest?.failed} ${manifest?.pending}`;
  const counted = `${inputs.length} ${rows.length} ${failures.length} 0`;
  if (told !== counted) found.push(`I1 run.json counts ${told} rows, there are ${counted}`);
  return found;
}

/** The intents that no answer and no end follows: what was on its way when a process died. */
function openIntents(calls: readonly CallLine[]): CallLine[] {
  const open = new Map<string, CallLine>();
  const left: CallLine[] = [];
  for (const call of calls) {
    const key = callKey(call);
    const begun = open.get(key);
    open.delete(key);
    if (call.kind !== "intent") continue;
    if (begun !== undefined) left.push(begun);
    open.set(key, call);
  }
  return [...left, ...open.values()];
}

/**
 * I2: what was received is not asked again, and what is asked again was on its way when the process
 * died.
 */
function noneBoughtAgain(
  { log, undisturbed, sessions, mostInFlight }: FinishedRun,
  { calls }: RunEvidence,
  open: readonly CallLine[],
): string[] {
  const found: string[] = [];
  const answered = new Set<string>();
  for (const call of calls) {
    const key = callKey(call);
    if (answered.has(key)) found.push(`I2 ${call.kind} of a call that was answered before: ${key}`);
    if (call.kind === "answer") answered.add(key);
  }
  const intents = calls.filter(({ kind }) => kind === "intent").length;
  if (log.length > intents) {
    found.push(`I2 the server saw ${log.length} requests, the journal knows of ${intents}`);
  }
  const kills = sessions.filter(({ killedAt }) => killedAt !== null).length;
  if (open.length > kills * mostInFlight) {
    found.push(
      `I2 ${open.length} calls were in flight at ${kills} kills, of ${mostInFlight} at most`,
    );
  }
  const repeats = log.length - undisturbed.log.length;
  if (repeats > open.length) {
    found.push(`I2 ${repeats} requests were repeated, ${open.length} were in flight at the kills`);
  }
  return found;
}

/**
 * I3: an answer that the process had the time to keep is kept, byte by byte, and not asked for
 * again.
 */
function noneLost(run: FinishedRun, { calls }: RunEvidence): string[] {
  const found: string[] = [];
  const needed = countBy(run.undisturbed.log, ({ key }) => key);
  const sent = countBy(run.log, ({ key }) => key);
  const lost = countBy(
    run.log.filter((entry) => mayBeLost(entry, run)),
    ({ key }) => key,
  );
  for (const [key, times] of sent) {
    const need = needed.get(key) ?? 0;
    if (need === 0) found.push(`I2 a question that the undisturbed run never asks: ${key}`);
    else if (times - need > (lost.get(key) ?? 0)) {
      found.push(`I3 asked ${times} times though its answer had arrived: ${key}`);
    }
  }
  for (const [key, times] of needed) {
    if ((sent.get(key) ?? 0) < times) found.push(`I1 a question was never asked: ${key}`);
  }
  const kept = countBy(calls.filter(isReceived), ({ answer }) => sha256(answer?.body ?? ""));
  const left = run.log.filter(({ status, lastByteFlushed }) => status === 200 && lastByteFlushed);
  const delivered = countBy(left, ({ replySha256 }) => replySha256);
  const certain = countBy(
    left.filter((entry) => !mayBeLost(entry, run)),
    ({ replySha256 }) => replySha256,
  );
  for (const [hash, times] of kept) {
    if (times > (delivered.get(hash) ?? 0)) found.push(`I3 an answer that no server gave: ${hash}`);
  }
  for (const [hash, times] of certain) {
    const copies = kept.get(hash) ?? 0;
    if (copies < times) found.push(`I3 ${times - copies} answers are not in the journal: ${hash}`);
  }
  return found;
}

/** Whether it is an answer of a server, and not that of an identical call. */
function isReceived({ kind, shared }: CallLine): boolean {
  return kind === "answer" && shared !== true;
}

/**
 * Whether the reply had not left, or so shortly before the kill of its session that it is unknown
 * whether it was kept.
 *
 * A span of time would prove nothing: on a busy machine the process may not have run at all. What
 * it sent since then does. When it read the answer, at most `mostInFlight` requests had their
 * intents in the journal and were yet to come; while it handed the answer to the journal, at most
 * as many again followed. Whatever came after them had an intent behind the answer in the same
 * file, which was on the disk before it was sent. One more round of them is for good measure.
 */
function mayBeLost(
  { time, endedAfterMs, lastByteFlushed }: RequestEntry,
  { sessions, log, mostInFlight }: FinishedRun,
): boolean {
  if (!lastByteFlushed || endedAfterMs === null) return true;
  const leftAt = time + endedAfterMs;
  // By the starts of the sessions: the moment of a kill is when it was sent, and on a busy machine
  // the process goes on for a while.
  const begun = sessions.findLastIndex(({ startedAt, silentMs }) => startedAt + silentMs <= time);
  const at = Math.max(0, begun);
  if (sessions[at]?.killedAt === null) return false;
  const next = sessions[at + 1];
  const over = next === undefined ? Infinity : next.startedAt + next.silentMs;
  const after = log.filter((entry) => entry.time > leftAt && entry.time < over).length;
  return after < 3 * mostInFlight;
}

/**
 * I4: what the journal says was spent is what the server billed; an unknown cost is covered by its
 * worst case.
 */
function moneyAddsUp(
  { log, price }: FinishedRun,
  { calls, manifest, summary }: RunEvidence,
  open: readonly CallLine[],
): string[] {
  const found: string[] = [];
  const known = total(calls.filter(isReceived).map(({ answer }) => usageIn(answer?.body ?? "")));
  const unknown = total(open.map(({ bound }) => bound ?? null));
  const billed = total(log.filter(({ generated }) => generated).map(({ usage }) => usage));
  if (billed.in < known.in || billed.out < known.out) {
    found.push(`I4 the journal counts ${shown(known)} tokens, the server billed ${shown(billed)}`);
  }
  if (billed.in > known.in + unknown.in || billed.out > known.out + unknown.out) {
    found.push(
      `I4 the server billed ${shown(billed)} tokens, known are ${shown(known)} and perhaps ` +
        `${shown(unknown)}`,
    );
  }
  if (summary?.tokens.in !== known.in || summary.tokens.out !== known.out) {
    found.push(`I4 summary.json does not tell the ${shown(known)} tokens of the answers`);
  }
  if (price === undefined) return found;
  for (const [name, told, tokens] of [
    ["usd", manifest?.spent.usd, known],
    ["unknownUsd", manifest?.spent.unknownUsd, unknown],
  ] as const) {
    const expected = dollars(tokens, price);
    if (told !== undefined && Math.abs(told - expected) <= 2e-8) continue;
    found.push(`I4 run.json: spent.${name} is ${told}, expected ${expected}`);
  }
  return found;
}

/**
 * I5: after no record of the journal do what is spent and what is set aside come to more than the
 * budget.
 */
function neverPastBudget({ budgetUsd, price }: FinishedRun, { calls }: RunEvidence): string[] {
  if (budgetUsd === undefined || price === undefined) return [];
  const aside = new Map<string, number>();
  let spent = 0;
  for (const call of calls) {
    const key = callKey(call);
    const reserved = aside.get(key) ?? 0;
    aside.delete(key);
    const usage = usageIn(call.answer?.body ?? "");
    if (call.kind === "intent") {
      spent += reserved;
      aside.set(key, dollars(call.bound ?? { in: Infinity, out: 0 }, price));
    } else if (call.kind === "answer" && usage !== null) spent += dollars(usage, price);
    else if (call.cost !== "none") spent += reserved;
    const most = spent + [...aside.values()].reduce((sum, one) => sum + one, 0);
    if (most > budgetUsd + 1e-9) return [`I5 ${most} dollars of ${budgetUsd} at ${key}`];
  }
  return [];
}

/** I6: the data files are those of the run that nothing disturbed. */
function sameBytes({ directory, undisturbed }: FinishedRun): string[] {
  return differingOutputs(outputsOf(directory), undisturbed.outputs).map(
    (name) => `I6 other bytes in ${name}`,
  );
}

/**
 * I7: the manifest is there, and every file is the one that it describes; nothing half-made is
 * left.
 */
function filesAreWhole({ manifest, files }: RunEvidence): string[] {
  if (manifest === null) return ["I7 there is no run.json"];
  const found: string[] = [];
  const described = new Map(manifest.files.map((file) => [file.name, file]));
  for (const { name, sha256: hash, bytes } of manifest.files) {
    const file = files.get(name);
    if (file === undefined) found.push(`I7 ${name} is not there`);
    else if (file.sha256 !== hash || file.bytes !== bytes) found.push(`I7 ${name} is another file`);
  }
  for (const name of files.keys()) {
    if (/\.tmp$|^lock\.|\.reserve$/.test(name)) found.push(`I7 ${name} was left behind`);
    else if (!described.has(name) && name !== "run.json") {
      found.push(`I7 run.json does not know of ${name}`);
    }
  }
  return found;
}

/**
 * I9, I10: the last session's exit code says how the rows ended, and none of them reported a bug.
 */
function endedTruthfully({ sessions }: FinishedRun, { failures, manifest }: RunEvidence): string[] {
  const found: string[] = [];
  const code = sessions.at(-1)?.code;
  const expected = failures.length > 0 || (manifest?.failed ?? 0) > 0 ? 3 : 0;
  if (code !== expected) found.push(`I9 expected exit ${expected} at the end, got ${code}`);
  for (const { stderr } of sessions) {
    const [complaint] =
      /^.*(?:unhandled|MaxListeners|\(node:\d+\)|bug of ours).*$/im.exec(stderr) ?? [];
    if (complaint !== undefined) found.push(`I10 ${complaint}`);
  }
  return found;
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function total(list: readonly (Tokens | null)[]): Tokens {
  return list.reduce<Tokens>(
    (sum, tokens) => ({ in: sum.in + (tokens?.in ?? 0), out: sum.out + (tokens?.out ?? 0) }),
    { in: 0, out: 0 },
  );
}

function dollars(tokens: Tokens, price: Tokens): number {
  return (tokens.in * price.in + tokens.out * price.out) / 1e6;
}

function shown(tokens: Tokens): string {
  return `${tokens.in} + ${tokens.out}`;
}
