import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { parseJson } from "../../../datasets/read/parse-json.ts";
import { startLoopbackServer, type LoopbackServer } from "../../loopback/loopback-server.ts";
import { openAiSpeaker } from "../../loopback/speakers.ts";
import { review, scores } from "../../written-answers.ts";
import type { FaultCase } from "../fault-case.ts";
import { describeEnd } from "../interruptible-run.ts";
import { runToEnd, type SessionEnd } from "../killer.ts";
import { awkwardRows, awkwardTexts, badLines } from "../row-corpus.ts";
import { coevol } from "../../../topologies/kinds/coevol.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

const topologies = join(import.meta.dirname, "..", "..", "..", "topologies");
const lineFeed = Buffer.from("\n");

/** A line or an object that a run wrote. */
// oxlint-disable-next-line typescript/no-explicit-any -- its shape is what the case is about
type Written = any;

/** Rows 27 to 31 of the plan. */
export const rowsCorpus: FaultCase = {
  name: "rows-corpus",
  fault:
    "emoji, surrogates, NUL, U+2028, BOM, CRLF, 10 MB rows, deep JSON, BigInt, __proto__, " +
    "lc-shaped rows, odd ids, odd files",
  promise:
    "no crash; accepted rows come out as they went in and are asked so; the others fail " +
    "before anything is spent; no file outside",
  run: async ({ size, directory }) => {
    const server = await startLoopbackServer(({ body }) =>
      openAiSpeaker.answer({ content: said(body) }),
    );
    const corpus: Corpus = {
      server,
      directory,
      violations: [],
      counts: { rows: 0, accepted: 0, refused: 0, "files refused": 0 },
    };
    try {
      await texts(corpus);
      await badRows(corpus);
      await refusedFiles(corpus, size === "full" ? 99 : 2);
      if (size === "full") {
        await largeRows(corpus);
        await sameRowsInEveryFormat(corpus);
        await cellsOfParquet(corpus);
        await otherCommands(corpus);
      }
    } finally {
      await server.close();
    }
    if ("polluted" in {}) corpus.violations.push("a prototype was changed");
    return { rounds: corpus.counts.rows, violations: corpus.violations, figures: corpus.counts };
  },
};

type Corpus = {
  readonly server: LoopbackServer;
  readonly directory: string;
  readonly violations: string[];
  readonly counts: { rows: number; accepted: number; refused: number; "files refused": number };
};

/** What a run over a file of the corpus left. */
type Left = {
  readonly end: SessionEnd;
  readonly out: string;
  readonly rows: readonly Written[];
  readonly failed: readonly Written[];
  /** The bodies of all requests that it made. */
  readonly asked: readonly Written[];
  readonly lines: (name: string) => Written[];
};

/**
 * Runs a command over a file with these bytes, deep inside a directory of its own, and looks for
 * files elsewhere.
 */
async function runOver(
  { server, directory, violations }: Corpus,
  name: string,
  content: Buffer | string,
  { script = "generate", topology = "single", options = [] as readonly string[] } = {},
): Promise<Left> {
  const space = join(directory, name.replaceAll(/[^a-z0-9.]/gi, "-"));
  const out = join(space, "a", "b", "c", "out");
  mkdirSync(join(out, ".."), { recursive: true });
  const input = join(space, name);
  writeFileSync(input, content);
  const before = allFiles(directory);
  const from = server.requests.length;
  const end = await runToEnd({
    script,
    argv: [
      join(topologies, `${topology}.yaml`),
      "--input",
      input,
      "--out",
      out,
      "--model",
      openAiSpeaker.spec,
      "--quiet",
      ...options,
    ],
    directory: join(out, ".."),
    environment: openAiSpeaker.environment(server.url),
  });
  const elsewhere = allFiles(directory).filter(
    (file) => !before.includes(file) && !file.startsWith(out),
  );
  for (const file of elsewhere) violations.push(`${name}: wrote ${file}`);
  if (/unhandled|bug of ours/i.test(end.stderr)) violations.push(`${name}: ${describeEnd(end)}`);
  const lines = (file: string) => jsonLines(join(out, file));
  const asked = server.requests.slice(from).map(({ body }) => body as Written);
  return { end, out, rows: lines("rows.jsonl"), failed: lines("failed.jsonl"), asked, lines };
}

/**
 * Every awkward text and row through a whole loop: what is asked, what comes out, and what the data
 * files hold.
 */
async function texts(corpus: Corpus): Promise<void> {
  const { violations, counts } = corpus;
  const lines = [
    ...Object.entries(awkwardTexts).map(([name, prompt]) => ({
      name,
      line: JSON.stringify({ prompt, kept: prompt }),
    })),
    ...Object.entries(awkwardRows).map(([name, line]) => ({ name, line })),
  ];
  const text = lines.map(({ line }) => line).join("\n");
  const options = ["--set", "iterations=2"];
  const left = await runOver(corpus, "texts.jsonl", text, {
    topology: feedbackLoop.graph,
    options,
  });
  if (left.end.code !== 0) violations.push(`texts: expected exit 0, got ${describeEnd(left.end)}`);
  const asked = new Set(left.asked.map(({ messages }) => firstOfUser(messages)));
  const written = new Map(left.rows.map((row) => [row.row as number, row]));
  const trained = new Map(left.lines("dpo.jsonl").map((line) => [line.source.row as number, line]));
  for (const [index, { name, line }] of lines.entries()) {
    counts.rows += 1;
    const given = valueOf(line) as Written;
    const row = written.get(index + 1);
    if (row === undefined || JSON.stringify(row.input) !== JSON.stringify(given)) {
      violations.push(`${name}: did not come out as it was`);
      continue;
    }
    counts.accepted += 1;
    if (!asked.has(given.prompt)) violations.push(`${name}: the model was asked something else`);
    const repaired = toUnicode(given.prompt);
    if (trained.get(index + 1)?.prompt[0].content !== repaired) {
      violations.push(`${name}: other text in dpo.jsonl`);
    }
    const id = given.id === undefined || given.id === "" ? String(index + 1) : String(given.id);
    if (row.id !== id) violations.push(`${name}: its id became ${JSON.stringify(row.id)}`);
  }
}

/** Rows that can't be used, between good ones. */
async function badRows(corpus: Corpus): Promise<void> {
  const { violations, counts } = corpus;
  const pieces = Object.values(badLines).flatMap((bad, index) => [
    Buffer.from(bad as string),
    Buffer.from(JSON.stringify({ prompt: `Between two bad ones (${index})?` })),
  ]);
  const content = Buffer.concat(pieces.flatMap((piece) => [piece, lineFeed]));
  const left = await runOver(corpus, "bad.jsonl", content);
  const bad = Object.keys(badLines);
  counts.rows += pieces.length;
  counts.accepted += left.rows.length;
  counts.refused += left.failed.length;
  if (left.end.code !== 3)
    violations.push(`bad rows: expected exit 3, got ${describeEnd(left.end)}`);
  if (left.rows.length !== bad.length)
    violations.push(`${left.rows.length} good rows among bad ones came through, of ${bad.length}`);
  if (left.asked.length !== bad.length)
    violations.push(`${left.asked.length} requests for ${bad.length} good rows among bad ones`);
  for (const [index, name] of bad.entries()) {
    const line = 2 * index + 1;
    const failure = left.failed.find(({ row }) => row === line);
    if (
      !/^(?:bad_input|row_too_large)$/.test(failure?.reason) ||
      !failure.detail.startsWith(`line ${line}: `)
    ) {
      violations.push(`${name}: failed as ${JSON.stringify(failure)?.slice(0, 200)}`);
    }
  }
  const none = await runOver(corpus, "all-bad.jsonl", "{\nnull\n");
  if (none.end.code !== 2 || none.asked.length > 0)
    violations.push(`all rows bad: ${describeEnd(none.end)}`);
}

/** Files of which no row can be used: refused before a directory is made. */
async function refusedFiles(corpus: Corpus, most: number): Promise<void> {
  const row = '{"prompt":"Why?"}\n';
  const files: readonly (readonly [string, Buffer | string])[] = [
    ["empty.jsonl", ""],
    ["utf-16-no-mark.jsonl", Buffer.from(row, "utf16le")],
    ["blank.jsonl", "\n\r\n  \n"],
    ["header.csv", "id,prompt\n"],
    ["empty-array.json", "[]"],
    ["one-object.json", '{\n"prompt":\n"Why?"}'],
    ["really-gzip.jsonl", gzipSync(row)],
    ["no-gzip.jsonl.gz", row],
    ["cut.jsonl.gz", gzipSync(row.repeat(50)).subarray(0, -12)],
    ["no.parquet", "PAR1 but not really"],
    ["unknown.docx", row],
  ];
  for (const [name, content] of files.slice(0, most)) {
    const left = await runOver(corpus, name, content);
    corpus.counts["files refused"] += 1;
    if (left.end.code !== 2)
      corpus.violations.push(`${name}: expected exit 2, got ${describeEnd(left.end)}`);
    if (left.asked.length > 0)
      corpus.violations.push(`${name}: ${left.asked.length} requests were sent`);
  }
}

async function largeRows(corpus: Corpus): Promise<void> {
  const keys = Array.from({ length: 100_000 }, (_, index) => `"key ${index}":${index}`).join(",");
  const lines = [
    JSON.stringify({ prompt: "漢👩🏽‍🚀 ".repeat(520_000) }),
    `{"prompt":"many keys",${keys}}`,
    JSON.stringify({ prompt: "a long field", field: "\u2028é\uD83D".repeat(1_000_000) }),
  ];
  await expectAccepted(corpus, "large.jsonl", lines.join("\n"), lines.map(valueOf));
}

/** The same rows in all ways to write them down. */
async function sameRowsInEveryFormat(corpus: Corpus): Promise<void> {
  const prompts = ["a,b", 'q"q', "two\nlines", "é👩🏽‍🚀", "\u2028x"];
  const rows = prompts.map((prompt, index) => ({ id: `r${index}`, prompt }));
  const jsonLinesOf = (end: string) => rows.map((row) => `${JSON.stringify(row)}${end}`).join("");
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const csv = ["id,prompt", ...rows.map(({ id, prompt }) => `${id},${cell(prompt)}`)];
  const files: readonly (readonly [string, Buffer | string])[] = [
    ["bom.jsonl", `\uFEFF${jsonLinesOf("\n")}`],
    ["crlf.jsonl", jsonLinesOf("\r\n")],
    ["blank-lines.jsonl", `\n\n${jsonLinesOf("\n \n\t\n")}`],
    ["no-last-newline.jsonl", jsonLinesOf("\n").trimEnd()],
    ["packed.jsonl.gz", gzipSync(`\uFEFF${jsonLinesOf("\r\n")}`)],
    [
      "two-members.jsonl.gz",
      Buffer.concat([
        gzipSync(jsonLinesOf("\n").slice(0, 40)),
        gzipSync(jsonLinesOf("\n").slice(40)),
      ]),
    ],
    ["array.json", `\uFEFF ${JSON.stringify(rows, null, 2)}\r\n`],
    ["packed.json.gz", gzipSync(JSON.stringify(rows))],
    ["table.csv", `\uFEFF${csv.join("\r\n")}\r\n`],
    ["no-last-newline.csv", csv.join("\n")],
    [
      "table.parquet",
      Buffer.from(
        parquetWriteBuffer({
          columnData: [
            { name: "id", data: rows.map(({ id }) => id), type: "STRING" },
            { name: "prompt", data: prompts, type: "STRING" },
          ],
        }),
      ),
    ],
  ];
  for (const [name, content] of files) await expectAccepted(corpus, name, content, rows);
}

/** Cells that JSON has no words for come out as the readers' document says. */
async function cellsOfParquet(corpus: Corpus): Promise<void> {
  const big = 9_007_199_254_740_993n;
  const content = parquetWriteBuffer({
    columnData: [
      { name: "prompt", data: ["one", "two"], type: "STRING" },
      { name: "id", data: [big, 7n], type: "INT64" },
      { name: "float", data: [Number.NaN, Number.POSITIVE_INFINITY], type: "DOUBLE" },
      { name: "time", data: [new Date(0), new Date(86_400_000)], type: "TIMESTAMP" },
      {
        name: "extra",
        data: [{ lc: 1, deep: [1, { __proto__: null, a: "é" }] }, null],
        type: "JSON",
      },
    ],
  });
  await expectAccepted(corpus, "cells.parquet", Buffer.from(content), [
    {
      prompt: "one",
      id: String(big),
      float: null,
      time: "1970-01-01T00:00:00.000Z",
      extra: { lc: 1, deep: [1, { a: "é" }] },
    },
    { prompt: "two", id: 7, float: null, time: "1970-01-02T00:00:00.000Z", extra: null },
  ]);
}

/** The texts as responses to judge and as answers to improve. */
async function otherCommands(corpus: Corpus): Promise<void> {
  const entries = Object.entries(awkwardTexts);
  const pairs = entries.map(([name, text]) => ({
    id: name,
    prompt: text,
    a: { text },
    b: { text: "" },
    kept: { lc: 1, text },
  }));
  const instructions = entries.map(([name, text]) => ({
    id: name,
    instruction: text,
    input: "",
    output: text,
    lc: 1,
  }));
  for (const [script, topology, rows] of [
    ["evaluate", "jury", pairs],
    ["evolve", coevol.graph, instructions],
  ] as const) {
    const content = rows.map((row) => JSON.stringify(row)).join("\n");
    await expectAccepted(corpus, `${script}.jsonl`, content, rows, { script, topology });
  }
}

async function expectAccepted(
  corpus: Corpus,
  name: string,
  content: Buffer | string,
  rows: readonly unknown[],
  command?: { script: string; topology: string },
): Promise<void> {
  const { violations, counts } = corpus;
  const left = await runOver(corpus, name, content, command);
  counts.rows += rows.length;
  if (left.end.code !== 0)
    violations.push(`${name}: expected exit 0, got ${describeEnd(left.end)}`);
  for (const [index, row] of rows.entries()) {
    const written = left.rows.find((one) => one.row === index + 1);
    if (written !== undefined && JSON.stringify(written.input) === JSON.stringify(row))
      counts.accepted += 1;
    else violations.push(`${name}: row ${index + 1} did not come out as it was`);
    const { prompt } = row as Written;
    if (
      command !== undefined ||
      left.asked.some(({ messages }) => firstOfUser(messages) === prompt)
    )
      continue;
    violations.push(`${name}: the model was asked something else in row ${index + 1}`);
  }
}

/** What the model says, by what it is asked for. */
function said(body: unknown): string {
  const text = firstOfUser((body as Written).messages) ?? "";
  const system = JSON.stringify((body as Written).messages);
  if (system.includes("### Score Assistant A:")) return scores(8, 3);
  if (system.includes("### Overall Score:")) return review("Say it in fewer words.");
  return `An answer of ${text.length} characters, number ${(body as Written).messages.length}.`;
}

function firstOfUser(messages: Written): string | undefined {
  return messages.find(({ role }: Written) => role === "user")?.content;
}

/**
 * A line's value as our reader is documented to give it: integers that a double would change as
 * their digits.
 */
function valueOf(line: string): unknown {
  const parsed = parseJson(line);
  return "value" in parsed ? parsed.value : undefined;
}

/** Without lone surrogates, which training files can't hold. */
function toUnicode(text: string): string {
  return Buffer.from(text).toString("utf8");
}

function jsonLines(path: string): Written[] {
  try {
    const lines = readFileSync(path, "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function allFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
