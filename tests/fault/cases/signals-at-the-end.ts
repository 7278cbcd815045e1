import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import type { FaultCase } from "../fault-case.ts";
import { fillJournal } from "../fill-journal.ts";
import { describeEnd } from "../interruptible-run.ts";
import { runToEnd, startSession, type FaultCommand, type Session } from "../killer.ts";
import { differingOutputs, outputsOf } from "../simulated-run.ts";

const judge = join(import.meta.dirname, "..", "..", "..", "topologies/judge.yaml");
const judgedRows = 20;

const signals = [
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const;

/** All rows are judged; the figures are computed and the files written. */
export const signalsAtTheEnd: FaultCase = {
  name: "signals-at-the-end",
  fault: "SIGTERM, Ctrl-C and SIGHUP while an evaluation is measured and its files are written",
  promise: "it says so and ends (143, 130, 129); the same command ends in the same bytes",
  run: async ({ seed, size, directory }) => {
    const rows = size === "full" ? 20_000 : 2000;
    const rounds = size === "full" ? 6 : 1;
    const random = createRandom(`signals at the end ${seed}`);
    const filled = await prepare(directory, rows);
    const whole = copy(filled, join(directory, "whole"));
    const { code, stderr } = await runToEnd(commandOver(directory, whole));
    if (code !== 0) throw new Error(`the undisturbed run ended with ${code}: ${stderr}`);
    const outputs = outputsOf(whole);
    const violations: string[] = [];
    let hits = 0;
    let longestMs = 0;
    for (let round = 0; round < rounds; round += 1) {
      const [signal, expected] = signals[round % signals.length]!;
      const out = copy(filled, join(directory, `round-${round}`));
      const command = commandOver(directory, out);
      const session = startSession(command);
      // oxlint-disable-next-line no-await-in-loop -- one round after the other
      await untilWriting(session, out);
      // oxlint-disable-next-line no-await-in-loop
      await sleep(size === "full" ? random() * 2500 : 0);
      const sentAt = performance.now();
      session.signal(signal);
      // oxlint-disable-next-line no-await-in-loop
      const end = await session.ended;
      if (end.code !== 0) {
        hits += 1;
        longestMs = Math.max(longestMs, Math.round(performance.now() - sentAt));
        if (end.code !== expected || !end.stderr.includes("the same command goes on")) {
          violations.push(`${signal}: expected exit ${expected}, got ${describeEnd(end)}`);
        }
      }
      // oxlint-disable-next-line no-await-in-loop
      const again = await runToEnd(command);
      const differing = differingOutputs(outputs, outputsOf(out));
      if (again.code !== 0) violations.push(`${signal}: the next session: ${describeEnd(again)}`);
      if (differing.length > 0) violations.push(`${signal}: ${differing.join(", ")} differ`);
    }
    if (hits === 0) violations.push("no signal came before the end");
    const figures = { "signals before the end": hits, "longest from signal to end, ms": longestMs };
    return { rounds, violations, figures };
  },
};

/** A run of which every row is judged and no file is written. */
async function prepare(directory: string, rows: number): Promise<string> {
  const lines = Array.from({ length: rows }, (_, row) =>
    JSON.stringify({
      prompt: `Question ${row}`,
      a: `The first answer to ${row}.`,
      b: `Another answer to ${row}: ${"it depends. ".repeat(row % 9)}`,
      label: row % 3 === 0 ? "a" : "b",
    }),
  );
  writeFileSync(join(directory, "pairs.jsonl"), `${lines.join("\n")}\n`);
  const filled = join(directory, "filled");
  const command = commandOver(directory, filled, ["--limit", String(judgedRows)]);
  const { code, stderr } = await runToEnd(command);
  if (code !== 0) throw new Error(`the first rows ended with ${code}: ${stderr}`);
  await fillJournal(filled, { judged: judgedRows, rows, rowsPerPrompt: 1 });
  return filled;
}

function commandOver(
  directory: string,
  out: string,
  options: readonly string[] = [],
): FaultCommand {
  const place = ["--input", join(directory, "pairs.jsonl"), "--out", out];
  const argv = [judge, ...place, "--model", "sim:elm?skill=0.8", "--quiet", ...options];
  return { script: "evaluate", argv, directory };
}

function copy(from: string, to: string): string {
  cpSync(from, to, { recursive: true });
  return to;
}

/** Returns once the run has begun to write its files, or is over. */
async function untilWriting(session: Session, directory: string): Promise<void> {
  let isOver = false;
  void session.ended.then(() => {
    isOver = true;
  });
  // The manifest of the first rows is taken away before anything is written.
  while (!isOver && readdirSync(directory).includes("run.json")) await sleep(2);
}
