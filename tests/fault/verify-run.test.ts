import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askedPrice, commandOver, prepareRun } from "./interruptible-run.ts";
import { killAtAnswer, runThroughKills } from "./killer.ts";
import type { RequestEntry } from "./server/request-log.ts";
import { withFaultServer } from "./start-fault-server.ts";
import { verifyRun, type FinishedRun } from "./verify-run.ts";

/** A loop over six rows that was killed in its middle and went on to its end. */
let killed: FinishedRun;
let space: string;

beforeAll(async () => {
  space = mkdtempSync(join(tmpdir(), "fellowship-verify-"));
  // Slow enough that whatever else the machine does, others are on their way when the kill comes.
  await withFaultServer({ latencyMs: [60, 120] }, async (server) => {
    const run = await prepareRun(server, space, { kind: "loop", rows: 6 });
    const directory = join(space, "killed");
    const command = commandOver(run, directory, server, ["--concurrency", "4"]);
    const sessions = await runThroughKills(command, [killAtAnswer(server, 17)]);
    const log = await server.log();
    const { input, undisturbed } = run;
    killed = { input, directory, log, sessions, undisturbed, price: askedPrice, mostInFlight: 4 };
  });
});
afterAll(() => rmSync(space, { recursive: true, force: true }));

/** What is planted: a change of the files in a copy, or of what else is known of the run. */
type Plant = (directory: string) => Partial<FinishedRun> | void;

function verifyWith(plant: Plant) {
  const directory = join(space, "planted");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  cpSync(killed.directory, directory, { recursive: true });
  const changes = plant(directory) ?? {};
  return verifyRun({ ...killed, directory, ...changes });
}

const editLines = (name: string, edit: (lines: string[]) => string[]) => (directory: string) => {
  const path = join(directory, name);
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  writeFileSync(
    path,
    edit(lines)
      .map((line) => `${line}\n`)
      .join(""),
  );
};

const editJson = (name: string, edit: (content: Content) => Content) => (directory: string) => {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, "utf8")))));
};

// oxlint-disable-next-line typescript/no-explicit-any -- files are spoiled here in every way
type Content = any;

/**
 * Changes the records of the journal, and writes them down as whole and numbered as they should be.
 */
const editCalls = (edit: (calls: Content[]) => Content[]) =>
  editLines("journal.calls", (lines) =>
    edit(lines.map((line) => JSON.parse(line.slice(line.indexOf("{"))))).map(framed),
  );

function framed(call: unknown, sequence: number): string {
  const json = JSON.stringify(call);
  const rest = `${sequence} ${Buffer.byteLength(json)} ${json}`;
  return `${crc32(Buffer.from(rest)).toString(16).padStart(8, "0")} ${rest}`;
}

const editLog = (edit: (log: RequestEntry[]) => RequestEntry[]) => (): Partial<FinishedRun> => ({
  log: edit(killed.log.map((entry) => ({ ...entry }))),
});

const firstAnswer = (calls: readonly Content[]) =>
  calls.findIndex(({ kind }: Content) => kind === "answer");
const lastAnswer = (calls: readonly Content[]) =>
  calls.findLastIndex(({ kind }: Content) => kind === "answer");

function spoilByte(name: string, at: number): Plant {
  return (directory) => {
    const bytes = readFileSync(join(directory, name));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(directory, name), bytes);
  };
}

const last = () => killed.sessions.at(-1)!;
const endedWith = (change: Partial<FinishedRun["sessions"][number]>) => () => ({
  sessions: [...killed.sessions.slice(0, -1), { ...last(), ...change }],
});

describe("verifyRun", () => {
  it("finds nothing wrong with a run that was killed and went on", () => {
    const { violations, repeats, inFlight, unknownTokens } = verifyRun(killed);
    expect(violations).toEqual([]);
    expect(inFlight).toBeGreaterThan(0);
    expect(repeats).toBeGreaterThan(0);
    expect(repeats).toBeLessThanOrEqual(inFlight);
    expect(unknownTokens).toBeGreaterThan(0);
  });

  it("does not rely on the moment at which a kill was sent", () => {
    // On a busy machine the process goes on after it, and what it then receives may be lost with
    // it.
    const sessions = killed.sessions.map((session) =>
      session.killedAt === null ? session : { ...session, killedAt: session.startedAt },
    );
    expect(verifyRun({ ...killed, sessions }).violations).toEqual([]);
  });

  it.each<[string, RegExp, Plant]>([
    [
      "a row is lost",
      /I1 row 3 is there 0 times/,
      editLines("rows.jsonl", (l) => l.toSpliced(2, 1)),
    ],
    [
      "a row is doubled",
      /I1 row 2 is there 2/,
      editLines("rows.jsonl", (l) => l.toSpliced(2, 0, l[1]!)),
    ],
    [
      "a row is both done and failed",
      /I1 row 1 is there 2 times/,
      editLines("failed.jsonl", (l) => [...l, '{"id":"r-1","row":1,"reason":"filtered"}']),
    ],
    ["rows are out of order", /I1 .*order/, editLines("rows.jsonl", (l) => l.toReversed())],
    [
      "a row that was not given",
      /I1 row 7 was never given/,
      editLines("rows.jsonl", (l) => [...l, '{"id":"r-7","row":7}']),
    ],
    [
      "an input comes out changed",
      /I1 row 1 came out with another input/,
      editLines("rows.jsonl", (l) => l.map((line) => line.replace("Frage 1", "Frage I"))),
    ],
    [
      "the manifest miscounts",
      /I1 run.json counts/,
      editJson("run.json", (c) => ({ ...c, done: 5 })),
    ],
    [
      "a question is left out",
      /I1 a question was never asked/,
      editLog((log) => log.filter(({ key }) => key !== log[0]?.key)),
    ],
    [
      "an answer is bought again after it arrived",
      /I3 asked 2 times though its answer had arrived/,
      editLog((log) => [...log, { ...log.at(-1)!, number: log.length + 1 }]),
    ],
    [
      "more is repeated than was in flight",
      /I2 \d+ requests were repeated/,
      editLog((log) => [...log, ...log.map((entry) => ({ ...entry, lastByteFlushed: false }))]),
    ],
    [
      "more was in flight than may be",
      /I2 \d+ calls were in flight at 1 kills, of 0 at most/,
      () => ({ mostInFlight: 0 }),
    ],
    [
      "a request that no intent announced",
      /I2 the server saw \d+ requests/,
      editLog((log) => [...log, ...log]),
    ],
    [
      "a question that the undisturbed run never asks",
      /I2 a question that the undisturbed run never asks/,
      editLog((log) => [{ ...log[0]!, key: "another" }, ...log]),
    ],
    [
      "a call asked again after its answer",
      /I2 intent of a call that was answered before/,
      editCalls((calls) => [
        ...calls,
        { ...calls[firstAnswer(calls)], kind: "intent", answer: undefined },
      ]),
    ],
    [
      "a call answered twice",
      /I2 answer of a call that was answered before/,
      editCalls((calls) => [...calls, calls[firstAnswer(calls)]]),
    ],
    [
      "an answer that is not the one that came",
      /I3 an answer that no server gave/,
      editCalls((calls) => {
        const at = firstAnswer(calls);
        const answer = {
          ...calls[at].answer,
          body: calls[at].answer.body.replace("Answer", "answer"),
        };
        return calls.with(at, { ...calls[at], answer });
      }),
    ],
    [
      "an answer that was not kept",
      /I3 1 answers are not in the journal/,
      editCalls((calls) => calls.toSpliced(lastAnswer(calls), 1)),
    ],
    [
      "a record with a wrong checksum",
      /I3 journal.calls: record 0/,
      spoilByte("journal.calls", 30),
    ],
    [
      "records that were moved",
      /I3 journal.calls: record 0 has the number/,
      editLines("journal.calls", (lines) => lines.toReversed()),
    ],
    [
      "repeats that no kill explains",
      /I3 asked 2 times/,
      // Which of the replies had left when the kill came is chance; here all of them had.
      () => ({
        sessions: killed.sessions.map((session) => ({ ...session, killedAt: null })),
        log: killed.log.map((entry) => ({ ...entry, lastByteFlushed: true, endedAfterMs: 1 })),
      }),
    ],
    [
      "tokens that the summary does not tell",
      /I4 summary.json/,
      editJson("summary.json", (c) => ({ ...c, tokens: { ...c.tokens, in: c.tokens.in - 1 } })),
    ],
    [
      "dollars that the manifest does not tell",
      /I4 run.json: spent.usd/,
      editJson("run.json", (c) => ({ ...c, spent: { ...c.spent, usd: 0 } })),
    ],
    [
      "money unknown that the manifest does not tell",
      /I4 run.json: spent.unknownUsd/,
      editJson("run.json", (c) => ({ ...c, spent: { ...c.spent, unknownUsd: 0 } })),
    ],
    [
      "a worst case that does not cover the bill",
      /I4 the server billed/,
      editCalls((calls) => calls.map((call) => ({ ...call, bound: { in: 0, out: 0 } }))),
    ],
    [
      "more counted than was billed",
      /I4 the journal counts/,
      editLog((log) => log.map((entry) => ({ ...entry, usage: { in: 1, out: 1 } }))),
    ],
    ["a budget that was passed", /I5 /, () => ({ budgetUsd: 0.001 })],
    ["a byte that differs", /I6 other bytes in dpo.jsonl/, spoilByte("dpo.jsonl", 40)],
    [
      "a byte that differs in Parquet",
      /I6 other bytes in sft.parquet/,
      spoilByte("sft.parquet", 90),
    ],
    [
      "a file that is not there",
      /I7 kto.jsonl is not there/,
      (directory) => rmSync(join(directory, "kto.jsonl")),
    ],
    ["no manifest", /I7 there is no run.json/, (directory) => rmSync(join(directory, "run.json"))],
    [
      "a manifest of other files",
      /I7 README.md is another file/,
      (directory) => writeFileSync(join(directory, "README.md"), "Another card."),
    ],
    [
      "a half-made file",
      /I7 dpo.jsonl.tmp was left behind/,
      (directory) => writeFileSync(join(directory, "dpo.jsonl.tmp"), ""),
    ],
    [
      "a file that is not listed",
      /I7 run.json does not know of more.jsonl/,
      (directory) => writeFileSync(join(directory, "more.jsonl"), ""),
    ],
    ["an exit code that is not true", /I9 expected exit 0/, endedWith({ code: 3 })],
    [
      "an unhandled rejection",
      /I10 .*Unhandled/,
      endedWith({ stderr: "(node:12) UnhandledPromiseRejectionWarning: Error" }),
    ],
    [
      "too many listeners",
      /I10 .*MaxListeners/,
      endedWith({ stderr: "MaxListenersExceededWarning: Possible EventTarget memory leak" }),
    ],
  ])("catches %s", (_, complaint, plant) => {
    expect(verifyWith(plant).violations.join("\n")).toMatch(complaint);
  });
});
