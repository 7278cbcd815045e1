import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openParquetWriter } from "../../datasets/write/parquet-writer.ts";
import { readRecords } from "../../datasets/read/read-records.ts";
import { requestHash } from "../../models/gate/request/request-hash.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { RecordedAnswer } from "../../tests/cassette.ts";
import { journalRecords } from "../../tests/journal-records.ts";
import { recordedLoop } from "../../tests/recorded-loop.ts";
import { scores } from "../../tests/written-answers.ts";
import { openWorkspace, silent, type Workspace, type Written } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { forecastGenerate, generate } from "./generate.ts";
import * as z from "zod";

const topologies = join(import.meta.dirname, "..", "..", "topologies");
const loop = join(topologies, "feedback-loop.yaml");

/**
 * Three rounds: a win, then a win of the incumbent; a tie; an answer that was cut, so that the row
 * fails.
 */
const recorded: RecordedAnswer[] = [
  ...recordedLoop("one", {
    responses: ["one 1", "one 2", "one 3"],
    verdicts: [
      [3, 8],
      [4, 7],
    ],
  }),
  ...recordedLoop("two", {
    responses: ["two 1", "two 2", "two 3"],
    verdicts: [
      [5, 5],
      [9, 2],
    ],
  }),
  { row: "three", agent: "generator", turn: 0, content: "half an", finish: "length" },
];
const prompts = [
  { id: "one", prompt: "Explain one.", topic: "numbers" },
  { id: "two", messages: [{ role: "user", content: "Explain two." }] },
  { id: "three", prompt: "Explain three." },
  { id: "four", prompt: 4 },
];

/** A workspace with prompts and a cassette, and the options of a run over them. */
function recordedRun(
  rows: readonly unknown[] = prompts,
  answers: readonly RecordedAnswer[] = recorded,
): { space: Workspace; options: (changes?: Partial<CommandOptions>) => CommandOptions } {
  const space = openWorkspace();
  space.write("prompts.jsonl", rows);
  record(space, answers);
  return {
    space,
    options: (changes = {}) =>
      space.options("prompts.jsonl", "out", {
        models: [`replay:${space.at("cassette.jsonl")}`],
        sets: ["evaluator.reasks=0"],
        ...changes,
      }),
  };
}

function record(space: Workspace, answers: readonly RecordedAnswer[]): void {
  space.write(
    "cassette.jsonl",
    answers.map((answer) => ({ turn: 0, ...answer })),
  );
}

const usage = (error: unknown) =>
  isFellowshipError(error) ? { code: error.code, message: error.message } : { error };
const refusal = (run: Promise<unknown>) => run.then(() => ({ message: "no refusal" }), usage);

const files = [
  "README.md",
  "dpo.jsonl",
  "dpo.parquet",
  "failed.jsonl",
  "kto.jsonl",
  "kto.parquet",
  "multi-agent/generator.dpo.jsonl",
  "multi-agent/generator.dpo.parquet",
  "multi-agent/generator.kto.jsonl",
  "multi-agent/generator.kto.parquet",
  "multi-agent/reviewer.dpo.jsonl",
  "multi-agent/reviewer.dpo.parquet",
  "multi-agent/reviewer.kto.jsonl",
  "multi-agent/reviewer.kto.parquet",
  "report.html",
  "rows.jsonl",
  "sft.jsonl",
  "summary.json",
];
files.splice(files.indexOf("summary.json"), 0, "sft.parquet");

describe("generate", () => {
  it("leaves every file of the contract, each row in one of rows and failed", async () => {
    const { space, options } = recordedRun();
    const end = await generate(loop, options());
    expect(end.exitCode).toBe(3);
    expect(end.stoppedBy).toBeNull();
    expect(space.files("out").filter((name) => !name.startsWith("journal."))).toEqual(
      [...files, "run.json"].sort(),
    );
    expect(space.files("out").filter((name) => name.startsWith("journal."))).toEqual([
      "journal.calls",
      "journal.pace",
      "journal.plan",
      "journal.rows",
    ]);
    expect(space.lines("out", "rows.jsonl").map(({ id, row }) => [id, row])).toEqual([
      ["one", 1],
      ["two", 2],
    ]);
    expect(space.lines("out", "failed.jsonl")).toEqual([
      {
        id: "three",
        row: 3,
        reason: "cut_at_length",
        detail: "generator, round 1: the answer was cut (length)",
      },
      {
        id: "four",
        row: 4,
        reason: "bad_input",
        detail: "line 4: prompt: expected text, found a number",
      },
    ]);
  });

  it("writes the summary to the letter of the contract", async () => {
    const { space, options } = recordedRun();
    const { summary } = await generate(loop, options());
    const written = space.json("out", "summary.json");
    expect(written).toEqual(summary);
    const noInterval = { low: null, high: null, p: null, reason: "too_few_prompts" };
    expect(written).toEqual({
      rows: 4,
      done: 2,
      failed: 2,
      pending: 0,
      calls: 15,
      // The answer that was cut came without a count.
      tokens: { in: 140, out: 70, unknown: 1 },
      cost: { usd: 0, unknown: 0 },
      bestRound: { "2": 1, "3": 1 },
      pairs: 3,
      ties: 1,
      undecided: 0,
      identicalTexts: 0,
      contradictions: 0,
      uncompared: 0,
      endedEarly: {},
      failures: { cut_at_length: 1, bad_input: 1 },
      roundGains: [
        { round: 2, n: 2, gain: { value: 0.5, ...noInterval } },
        { round: 3, n: 2, gain: { value: 0, ...noInterval } },
      ],
      repairedTexts: 0,
    });
  });

  it("writes rows, pairs and labels to the letter of the contract", async () => {
    const { space, options } = recordedRun();
    await generate(loop, options());
    const [one] = space.lines("out", "rows.jsonl");
    const { transcript, reviews, ...row } = one;
    expect(row).toEqual({
      id: "one",
      row: 1,
      input: prompts[0],
      responses: [
        { round: 1, text: "one 1", scores: { reviewer: 6 } },
        { round: 2, text: "one 2", scores: { reviewer: 6 } },
        { round: 3, text: "one 3" },
      ],
      best: 2,
      verdicts: [
        expect.objectContaining({ winner: "b" }),
        expect.objectContaining({ winner: "b" }),
      ],
    });
    expect(reviews.map((review: Written) => [review.round, review.feedback])).toEqual([
      [1, "Improve version 1."],
      [2, "Improve version 2."],
    ]);
    expect(transcript).toHaveLength(7);
    expect(transcript[0]).toEqual({
      agent: "generator",
      part: "",
      turn: 0,
      model: `replay:${space.at("cassette.jsonl")}`,
      outcome: "answered",
      content: "one 1",
      finish: "stop",
      tokens: { in: 10, out: 5 },
    });
    const said = (content: string) => [{ role: "assistant", content }];
    const asked = [{ role: "user", content: "Explain one." }];
    expect(space.lines("out", "dpo.jsonl")[0]).toEqual({
      id: "one",
      prompt: asked,
      chosen: said("one 2"),
      rejected: said("one 1"),
      chosen_score: 8,
      rejected_score: 3,
      score_margin: 5,
      source: { row: 1, round: 2, agent: "generator", chosen_round: 2, rejected_round: 1 },
    });
    expect(
      space.lines("out", "kto.jsonl").map(({ id, completion, label }) => [id, completion, label]),
    ).toEqual([
      ["one", said("one 1"), false],
      ["one", said("one 2"), true],
      ["one", said("one 3"), false],
      ["two", said("two 2"), false],
      ["two", said("two 3"), true],
    ]);
    expect(space.lines("out", "sft.jsonl")[1]).toEqual({
      id: "two",
      messages: [{ role: "user", content: "Explain two." }, ...said("two 3")],
    });
  });

  it("makes a manifest that lists every file with its true hash, and writes it last", async () => {
    const { space, options } = recordedRun();
    await generate(loop, options({ limit: 2 }));
    const manifest = space.json("out", "run.json");
    const journals = ["journal.calls", "journal.pace", "journal.plan", "journal.rows"];
    expect(manifest.files.map(({ name }: Written) => name).sort()).toEqual(
      [...files, ...journals].sort(),
    );
    for (const { name, sha256, bytes, lines } of manifest.files) {
      const content = readFileSync(space.at("out", name));
      expect(sha256).toBe(createHash("sha256").update(content).digest("hex"));
      expect(bytes).toBe(content.length);
      const twin = readFileSync(space.at("out", name.replace(/parquet$/, "jsonl")), "utf8");
      expect(lines).toBe(twin.split("\n").length - 1);
      const { mtimeNs } = statSync(space.at("out", name), { bigint: true });
      expect(mtimeNs).toBeLessThanOrEqual(
        statSync(space.at("out", "run.json"), { bigint: true }).mtimeNs,
      );
    }
    const input = createHash("sha256").update(space.text("prompts.jsonl")).digest("hex");
    expect(manifest).toMatchObject({
      command: "generate",
      topology: { graph: "feedback-loop", iterations: 3, evaluator: { graph: "judge", reasks: 0 } },
      input: { path: space.at("prompts.jsonl"), sha256: input },
      limit: 2,
      rows: 2,
      done: 2,
      failed: 0,
      pending: 0,
      calls: 14,
      tokens: { in: 140, out: 70, unknown: 0 },
      cost: { usd: 0, unknown: 0 },
      seconds: expect.any(Number),
      versions: { node: process.version },
    });
    expect(manifest.agents).toEqual(
      ["generator", "reviewer", "judge"].map((name) => ({
        name,
        role: name,
        model: `replay:${space.at("cassette.jsonl")}`,
      })),
    );
    for (const [name, sha256] of Object.entries(manifest.prompts)) {
      const text = readFileSync(
        join(import.meta.dirname, "..", "..", "prompts", `${name}.md`),
        "utf8",
      );
      expect(sha256).toBe(createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex"));
    }
    expect(Object.keys(manifest.prompts).sort()).toEqual([
      "generator",
      "judge-combined",
      "reviewer",
    ]);
  });

  it("trains members with exactly the conversations that were sent", async () => {
    const { space, options } = recordedRun();
    await generate(loop, options());
    const model = { spec: `replay:${space.at("cassette.jsonl")}`, settings: { temperature: 0 } };
    const sent = new Map(
      journalRecords(space.at("out", "journal.calls")).map(({ row, agent, turn, hash }) => [
        `${row} ${agent} ${turn}`,
        hash,
      ]),
    );
    for (const [name, offset] of [
      ["generator", 1],
      ["reviewer", 1],
    ] as const) {
      const lines = space.lines("out", "multi-agent", `${name}.kto.jsonl`);
      expect(lines).toHaveLength(3);
      for (const { prompt, source } of lines) {
        const hash = requestHash({ messages: prompt }, model);
        expect(hash).toBe(sent.get(`${source.row} ${name} ${source.round - offset}`));
      }
    }
  });

  it("trains the members of a branching loop with what they were sent, too", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [{ prompt: "One?" }, { prompt: "Two?" }, { prompt: "Three?" }]);
    const reviewers = "agents.reviewers=[{name: one, model: sim:x}, {name: two, model: sim:x}]";
    const options = space.options("prompts.jsonl", "out", {
      models: ["sim:oak?noise=0.4"],
      sets: ["branch=true", reviewers],
    });
    expect((await generate(loop, options)).exitCode).toBe(0);
    const sent = new Set(
      journalRecords(space.at("out", "journal.calls")).map(({ row, hash }) => `${row} ${hash}`),
    );
    const settings = { generator: { temperature: 0 }, reviewer: {} };
    for (const name of ["generator", "reviewer"] as const) {
      const model = { spec: "sim:oak?noise=0.4", settings: settings[name] };
      for (const kind of ["dpo", "kto"]) {
        const lines = space.lines("out", "multi-agent", `${name}.${kind}.jsonl`);
        expect(lines.length).toBeGreaterThan(2);
        for (const { prompt, source } of lines) {
          expect(sent).toContain(`${source.row} ${requestHash({ messages: prompt }, model)}`);
        }
      }
    }
  });

  it("compares several answers of a single generator as it does a loop's", async () => {
    const answers = ["first", "second", "third"];
    const { space, options } = recordedRun(
      [{ id: "x", prompt: "?" }],
      [
        ...answers.map((content, turn) => ({ row: "x", agent: "generator", turn, content })),
        { row: "x", agent: "judge", part: "round-2", content: scores(4, 6) },
        { row: "x", agent: "judge", part: "round-3", content: scores(9, 5) },
      ],
    );
    const judge = "evaluator={graph: judge, reasks: 0, agents: {judge: {model: sim:x}}}";
    const sets = ["samples=3", "pairs=best-first", judge];
    const end = await generate(join(topologies, "single.yaml"), options({ sets }));
    expect(end.summary).toMatchObject({ pairs: 1, bestRound: { "3": 1 } });
    expect(space.lines("out", "dpo.jsonl")[0]).toMatchObject({
      chosen: [{ content: "third" }],
      rejected: [{ content: "first" }],
    });
    expect(space.lines("out", "kto.jsonl").map(({ label }) => label)).toEqual([false, false, true]);
  });

  it("holds no clock times and no places of this machine in what it writes of rows", async () => {
    const { space, options } = recordedRun();
    // As people name a cassette: relative to where they are.
    const before = process.cwd();
    process.chdir(space.at());
    try {
      await generate(loop, options({ models: ["replay:cassette.jsonl"] }));
    } finally {
      process.chdir(before);
    }
    for (const [name, content] of Object.entries(space.outputs("out"))) {
      expect([name, content.includes(space.at())]).toEqual([name, false]);
      expect([name, content.includes(process.cwd())]).toEqual([name, false]);
      expect([name, /20\d\d-\d\d-\d\d/.test(content)]).toEqual([name, false]);
    }
  });

  it("reads the same rows from every format", async () => {
    const rows = prompts.slice(0, 2).map(({ id }) => ({ id, prompt: `Explain ${id}.` }));
    const { space, options } = recordedRun(rows);
    const json = JSON.stringify(rows);
    const csv = `id,prompt\r\none,Explain one.\r\ntwo,"Explain two."`;
    const schema = z.object({ id: z.string(), prompt: z.string() });
    const parquet = await openParquetWriter(space.at("prompts.parquet"), schema);
    for (const row of rows) await parquet.write(row);
    await parquet.commit();
    space.write("prompts.json", `\uFEFF${json}`);
    space.write("prompts.csv", `\uFEFF${csv}`);
    space.write("crlf.jsonl", rows.map((row) => JSON.stringify(row)).join("\r\n\r\n"));
    space.write("prompts.jsonl.gz", gzipSync(space.text("prompts.jsonl")));
    await generate(loop, options());
    const { "README.md": card, ...expected } = space.outputs("out");
    expect(card).toContain("dpo.parquet");
    for (const name of [
      "prompts.json",
      "prompts.csv",
      "prompts.parquet",
      "crlf.jsonl",
      "prompts.jsonl.gz",
    ]) {
      const end = await generate(loop, {
        ...options(),
        input: space.at(name),
        directory: space.at(name, "..", `from-${name}`),
      });
      expect([name, end.exitCode]).toEqual([name, 0]);
      const { "README.md": _, ...outputs } = space.outputs(`from-${name}`);
      expect(outputs).toEqual(expected);
    }
  });

  it("keeps both rows of one id, and makes no file names of ids", async () => {
    const rows = [
      { id: "same", prompt: "First." },
      { id: "same", prompt: "Second." },
      { id: "../../../escape", prompt: "Third." },
      { prompt: "Fourth." },
      { id: "4", prompt: "Fifth." },
      { id: "é", prompt: "Sixth." },
      { id: "e\u0301", prompt: "Seventh." },
    ];
    const answer = (row: string, content: string, occurrence?: number): RecordedAnswer => ({
      row,
      content,
      ...(occurrence === undefined ? {} : { occurrence }),
    });
    const { space, options } = recordedRun(rows, [
      answer("same", "A", 1),
      answer("same", "B", 2),
      answer("../../../escape", "C"),
      answer("4", "D", 1),
      answer("4", "E", 2),
      answer("é", "F"),
      answer("e\u0301", "G"),
    ]);
    const end = await generate(join(topologies, "single.yaml"), options({ sets: [] }));
    expect(end.exitCode).toBe(0);
    expect(
      space
        .lines("out", "rows.jsonl")
        .map(({ id, row, responses }) => [id, row, responses[0].text]),
    ).toEqual([
      ["same", 1, "A"],
      ["same", 2, "B"],
      ["../../../escape", 3, "C"],
      ["4", 4, "D"],
      ["4", 5, "E"],
      ["é", 6, "F"],
      ["e\u0301", 7, "G"],
    ]);
    expect(space.files()).toEqual(
      [
        "cassette.jsonl",
        ...space.files("out").map((name) => join("out", name)),
        "prompts.jsonl",
      ].sort(),
    );
    expect(space.files("out")).not.toContain("multi-agent/generator.kto.jsonl");
  });

  it("ends with 0 and empty files of data where no comparison was decided", async () => {
    const { space, options } = recordedRun(
      [{ id: "x", prompt: "?" }],
      [{ row: "x", content: "!" }],
    );
    const end = await generate(join(topologies, "single.yaml"), options({ sets: [] }));
    expect(end.exitCode).toBe(0);
    expect(end.summary).toMatchObject({ pairs: 0, bestRound: { "1": 1 } });
    expect(space.text("out", "dpo.jsonl")).toBe("");
    const records = [];
    for await (const row of readRecords(space.at("out", "dpo.parquet"))) records.push(row);
    expect(records).toEqual([]);
    expect(space.text("out", "README.md")).not.toContain("0 judges");
  });

  it("tells why a row ended early, and fails one that its cassette holds in part", async () => {
    const cut = recorded.filter(
      ({ row, agent, turn }) => !(row === "one" && agent === "generator" && turn === 2),
    );
    const { space, options } = recordedRun(prompts.slice(0, 2), [
      ...cut.filter(({ row }) => row === "one"),
      { row: "one", agent: "generator", turn: 2, content: "half", finish: "length" },
      ...recorded.filter(({ row, part }) => row === "two" && part !== "round-3"),
    ]);
    const end = await generate(loop, options());
    expect(end.exitCode).toBe(3);
    expect(end.summary).toMatchObject({
      done: 1,
      failed: 1,
      endedEarly: { cut_at_length: 1 },
      failures: { not_recorded: 1 },
    });
    expect(space.lines("out", "rows.jsonl")[0]).toMatchObject({
      best: 2,
      endedEarly: { reason: "cut_at_length" },
    });
    expect(space.lines("out", "failed.jsonl")[0]).toMatchObject({
      id: "two",
      reason: "not_recorded",
    });
    // A row that came to nothing makes no data.
    expect(space.lines("out", "dpo.jsonl").map(({ id }) => id)).toEqual(["one"]);
  });

  it("refuses a file without a usable row, and one without rows, before it writes", async () => {
    const { space, options } = recordedRun(["text", 7, { id: "x", Prompt: "?" }, { prompt: " " }]);
    const message = expect.stringMatching(/Columns found: id, Prompt, prompt\./);
    const refused = expect.objectContaining({ code: "bad_input", message });
    expect(await refusal(generate(loop, options()))).toEqual(refused);
    expect(await refusal(forecastGenerate(loop, options()))).toEqual(refused);
    expect(space.files()).not.toContain("out");
    for (const name of ["empty.jsonl", "empty.json", "empty.csv"]) {
      space.write(name, name.endsWith(".json") ? "[]" : name.endsWith(".csv") ? "id,prompt\n" : "");
      const empty = { ...options(), input: space.at(name), directory: space.at("never") };
      expect(await refusal(generate(loop, empty))).toMatchObject({
        code: "bad_input",
        message: expect.stringContaining(name),
      });
      expect(await refusal(forecastGenerate(loop, empty))).toMatchObject({ code: "bad_input" });
    }
    expect(space.files()).not.toContain("never");
  });

  it("finds a packed file broken before anything is asked", async () => {
    const { space, options } = recordedRun();
    const rows = Array.from({ length: 2_000 }, (_, index) => ({ prompt: `${Math.sin(index)}` }));
    const packed = gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    space.write("cut.jsonl.gz", packed.subarray(0, packed.length / 2));
    let calls = 0;
    const cut = options({
      input: space.at("cut.jsonl.gz"),
      progress: { ...silent, call: () => void (calls += 1) },
    });
    for (const run of [generate, forecastGenerate]) {
      expect(await refusal(run(loop, cut))).toMatchObject({
        code: "bad_input",
        message: expect.stringContaining("cut.jsonl.gz"),
      });
    }
    expect(calls).toBe(0);
    expect(space.files().filter((name) => name.startsWith("out"))).toEqual([]);
  });
});
