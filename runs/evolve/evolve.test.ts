import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { openWorkspace, silent, type Workspace, type Written } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evolve, forecastEvolve } from "./evolve.ts";

const topology = join(import.meta.dirname, "..", "..", "topologies", "coevol.yaml");

let at: Workspace["at"];
let write: Workspace["write"];
let text: Workspace["text"];
let json: Workspace["json"];
let lines: Workspace["lines"];
let workspace: Workspace;
beforeEach(() => {
  workspace = openWorkspace();
  ({ at, write, text, json, lines } = workspace);
});

type Changes = Partial<CommandOptions> & { readonly name?: string };

/** Runs over a file of this content, which is written first. */
async function evolveOver(content: string | Buffer, { name = "data.json", ...changes }: Changes) {
  write(name, content);
  return evolve(topology, optionsFor(name, changes));
}

function optionsFor(name: string, changes: Partial<CommandOptions>): CommandOptions {
  const models = [`replay:${at("cassette.jsonl")}`];
  return workspace.options(name, "out", { models, ...changes });
}

/** Addresses of the answers that were bought. */
function answersInJournal(name: string): string[] {
  return text(name, "journal.calls")
    .split("\n")
    .filter((line) => line.includes('{"kind":"answer"'))
    .map((line): Written => JSON.parse(line.slice(line.indexOf("{"))))
    .map(({ row, agent, part, turn }) => JSON.stringify([row, agent, part, turn]));
}

type Line = Record<string, unknown>;
type Judged = "Assistant A" | "Assistant B" | "Equal" | "What a pity";

/**
 * The eight calls of one iteration; a reading says which response it prefers as it was shown them.
 */
function iteration(
  row: string,
  edit: string | Line,
  readings: readonly [plain: Judged, swapped: Judged],
  { round = 0, part = "" } = {},
): Line[] {
  const swapped = part === "" ? "swapped" : `${part}.swapped`;
  const said = (agent: string, turn: number, content: string, of = part): Line => ({
    row,
    agent,
    ...(of === "" ? {} : { part: of }),
    turn,
    content,
  });
  const editor = typeof edit === "string" ? { content: edit } : edit;
  return [
    said("positive", 2 * round, "It is right."),
    said("critical", 2 * round, "It is short."),
    said("positive", 2 * round + 1, "That holds."),
    said("critical", 2 * round + 1, "So does that."),
    said("advisor", round, "Say more."),
    { ...said("editor", round, ""), ...editor },
    said("judge", round, `${readings[0]}\nbecause`),
    said("judge", round, `${readings[1]}\nbecause`, swapped),
  ];
}

const better = ["Assistant B", "Assistant A"] as const;
const worse = ["Assistant A", "Assistant B"] as const;
const equal = ["Equal", "Equal"] as const;

/** One accepted rewrite, and one that is not. */
const once = (row: string, edit: string, part = "") => [
  ...iteration(row, edit, better, { part }),
  ...iteration(row, `${edit}!`, worse, { part, round: 1 }),
];

const record = (...calls: Line[][]) => write("cassette.jsonl", calls.flat());

const human = (value: string) => ({ from: "human", value });
const gpt = (value: string) => ({ from: "gpt", value });
const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

describe("evolve", () => {
  it("gives an Alpaca array back with the improved outputs, in its order and with all other fields", async () => {
    record(once("1", "Four."), iteration("x", "Berlin!", equal));
    const rows = [
      { output: "4", instruction: "Add.", input: "2 + 2", meta: { tags: ["a"], big: 1.5 } },
      { id: "x", instruction: "The capital of Germany?", input: "", output: "Berlin" },
    ];
    const end = await evolveOver(JSON.stringify(rows), {});
    expect(end.exitCode).toBe(0);
    expect(text("out", "evolved.json")).toBe(
      [
        "[",
        '{"output":"Four.","instruction":"Add.","input":"2 + 2","meta":{"tags":["a"],"big":1.5}},',
        '{"id":"x","instruction":"The capital of Germany?","input":"","output":"Berlin"}',
        "]\n",
      ].join("\n"),
    );
    expect(lines("out", "dpo.jsonl")).toEqual([
      {
        id: "1",
        prompt: [user("Add.\n\n2 + 2")],
        chosen: [assistant("Four.")],
        rejected: [assistant("4")],
        source: { row: 1, turn: 1, round: 1, chosen_agent: "editor" },
      },
    ]);
    expect(json("out", "summary.json")).toMatchObject({
      rows: 2,
      done: 2,
      failed: 0,
      pending: 0,
      calls: 24,
      rounds: { "0": 1, "1": 1 },
      meanTokens: { before: 1, after: 1.5 },
      answers: 2,
      pairs: 1,
      unparsed: 0,
      flips: 0,
      endedEarly: {},
      failures: {},
      leftOut: 0,
    });
  });

  it("leaves the whole course of each row, a card, and a manifest that knows every file", async () => {
    record(once("1", "Four."));
    await evolveOver(JSON.stringify([{ instruction: "2 + 2?", output: "4" }]), {});
    const [row] = lines("out", "rows.jsonl");
    expect(row).toMatchObject({
      id: "1",
      row: 1,
      input: { instruction: "2 + 2?", output: "4" },
      rounds: 1,
      answers: [{ turn: 1, rounds: 1 }],
      responses: [
        { turn: 1, round: 0, text: "4" },
        { turn: 1, round: 1, text: "Four.", accepted: true, suggestions: ["Say more."] },
        { turn: 1, round: 2, text: "Four.!", accepted: false },
      ],
      verdicts: [
        { turn: 1, round: 1, winner: "b" },
        { turn: 1, round: 2, winner: "a" },
      ],
    });
    expect(row.transcript).toHaveLength(16);
    const { files } = json("out", "run.json");
    const names = files.map(({ name }: Written) => name).sort();
    const journals = ["journal.calls", "journal.pace", "journal.plan", "journal.rows"];
    expect(names).toEqual(
      [...Object.keys(workspace.outputs("out")), ...journals, "report.html"].sort(),
    );
    expect(text("out", "README.md")).toContain("# Instruction data, improved by a coevol graph");
  });

  it("improves the answers of a ShareGPT conversation one after another, from packed lines", async () => {
    record(once("talk", "Hello!"), once("talk", "Fine!", "turn-2"));
    const conversations = [
      { from: "system", value: "Be kind." },
      human("Hi"),
      { ...gpt("Hello"), weight: 1 },
      { from: "user", value: "How are you?" },
      { from: "assistant", value: "Fine" },
    ];
    const content = gzipSync(`${JSON.stringify({ id: "talk", conversations, lang: "en" })}\r\n`);
    const end = await evolveOver(content, { name: "data.jsonl.gz" });
    expect(end).toMatchObject({
      exitCode: 0,
      summary: { calls: 32, rounds: { "2": 1 }, pairs: 2 },
    });
    expect(lines("out", "evolved.jsonl")).toEqual([
      {
        id: "talk",
        conversations: conversations
          .with(2, { ...gpt("Hello!"), weight: 1 })
          .with(4, { from: "assistant", value: "Fine!" }),
        lang: "en",
      },
    ]);
    const system = { role: "system", content: "Be kind." };
    expect(lines("out", "dpo.jsonl").map(({ prompt }) => prompt)).toEqual([
      [system, user("Hi")],
      [system, user("Hi"), assistant("Hello!"), user("How are you?")],
    ]);
  });

  it("takes messages, also one object a line under the name of .json", async () => {
    record(iteration("1", "Hi!", better), iteration("2", "Hi!", worse));
    const row = { messages: [user("Hi"), { ...assistant("Hello"), name: "Ann" }] };
    const content = `${JSON.stringify(row)}\n${JSON.stringify({ ...row, note: "x" })}`;
    const end = await evolveOver(content, { sets: ["maxIterations=1"] });
    expect(end.exitCode).toBe(0);
    expect(lines("out", "evolved.jsonl")).toEqual([
      { messages: [user("Hi"), { ...assistant("Hi!"), name: "Ann" }] },
      { ...row, note: "x" },
    ]);
  });

  it("takes CSV, and gives lines back", async () => {
    record(iteration("1", "Four.", better));
    const content = "output,instruction,source\n4,2 + 2?,me\n";
    await evolveOver(content, { name: "data.csv", sets: ["maxIterations=1"] });
    expect(text("out", "evolved.jsonl")).toBe(
      '{"output":"Four.","instruction":"2 + 2?","source":"me"}\n',
    );
  });

  it("lets each bad row fail alone, with its place and reason, and gives it back as it was", async () => {
    record(iteration("good", "Four.", worse));
    const bad = [
      { id: "odd", conversations: [human("Hi"), gpt("Hello"), human("More")] },
      { id: "order", conversations: [gpt("Hello"), human("Hi")] },
      { id: "role", conversations: [human("Hi"), { from: "tool", value: "{}" }] },
      { id: "no-instruction", instruction: " ", input: "x", output: "y" },
      { id: "no-output", instruction: "x", output: "" },
      { id: "two", instruction: "x", output: "y", messages: [user("x"), assistant("y")] },
      { id: "none", prompt: "x" },
      5,
      null,
    ];
    const good = { id: "good", instruction: "2 + 2?", output: "4" };
    const rows = [...bad, good];
    const end = await evolveOver(JSON.stringify(rows), {});
    expect(end.exitCode).toBe(3);
    expect(json("out", "evolved.json")).toEqual(rows);
    const failed = lines("out", "failed.jsonl");
    expect(failed.map(({ id }) => id)).toEqual([
      "odd",
      "order",
      "role",
      "no-instruction",
      "no-output",
      "two",
      "none",
      "8",
      "9",
    ]);
    expect(failed[0]).toEqual({
      id: "odd",
      row: 1,
      reason: "bad_input",
      detail:
        "element 1: conversations: expected a gpt message at the end, found human. --lenient reads this row",
    });
    expect(end.summary).toMatchObject({
      rows: 10,
      done: 1,
      failed: 9,
      failures: { bad_input: 9 },
      leftOut: 0,
      answers: 1,
    });
  });

  it("leaves a line that is no JSON out of the data, and says so", async () => {
    record(iteration("2", "Four.", worse));
    const row = { instruction: "2 + 2?", output: "4" };
    const content = `{"instruction": "x", "output"\n${JSON.stringify(row)}\n`;
    const end = await evolveOver(content, { name: "data.jsonl" });
    expect(end).toMatchObject({ exitCode: 3, summary: { failed: 1, done: 1, leftOut: 1 } });
    expect(lines("out", "evolved.jsonl")).toEqual([row]);
    expect(lines("out", "failed.jsonl")[0]).toMatchObject({ row: 1, reason: "bad_input" });
  });

  it("keeps an answer that fails and ends the conversation there, with what was improved before", async () => {
    const cut = { content: "All is", finish: "length" };
    record(once("1", "Hello!"), iteration("1", cut, better, { part: "turn-2" }));
    const talk = [human("Hi"), gpt("Hello"), human("Well?"), gpt("Fine"), human("Bye"), gpt("Bye")];
    const end = await evolveOver(JSON.stringify([{ conversations: talk }]), {});
    expect(end).toMatchObject({
      exitCode: 0,
      summary: { done: 1, rounds: { "1": 1 }, pairs: 1, endedEarly: { cut_at_length: 1 } },
    });
    expect(json("out", "evolved.json")).toEqual([{ conversations: talk.with(1, gpt("Hello!")) }]);
    const [row] = lines("out", "rows.jsonl");
    expect(row.answers).toMatchObject([
      { turn: 1, rounds: 1 },
      { turn: 2, rounds: 0, endedEarly: { reason: "cut_at_length" } },
    ]);
  });

  it("counts unreadable readings and flips, and keeps the answer where neither reading can be read", async () => {
    record(
      iteration("1", "One.", ["What a pity", "Assistant A"]),
      iteration("1", "One!", equal, { round: 1 }),
      iteration("2", "Two.", ["What a pity", "What a pity"]),
      iteration("3", "Three.", ["Assistant B", "Assistant B"]),
    );
    const rows = ["one", "two", "three"].map((output) => ({ instruction: "Next?", output }));
    const end = await evolveOver(JSON.stringify(rows), {});
    expect(end).toMatchObject({
      exitCode: 0,
      summary: {
        rounds: { "0": 2, "1": 1 },
        unparsed: 3,
        flips: 1,
        endedEarly: { unparsed_verdict: 1 },
      },
    });
    const outputs = json("out", "evolved.json").map(({ output }: Written) => output);
    expect(outputs).toEqual(["One.", "two", "three"]);
  });

  it("fails a row whose recording has a hole, and gives it back as it was", async () => {
    const rows = [
      { instruction: "2 + 2?", output: "4" },
      { instruction: "1 + 1?", output: "2" },
    ];
    record(iteration("1", "Four.", worse), once("2", "Two.").slice(0, -1));
    const end = await evolveOver(JSON.stringify(rows), {});
    expect(end).toMatchObject({ exitCode: 3, summary: { done: 1, failures: { not_recorded: 1 } } });
    expect(json("out", "evolved.json")).toEqual(rows);
    expect(lines("out", "dpo.jsonl")).toEqual([]);
    expect(lines("out", "failed.jsonl")).toMatchObject([{ row: 2, reason: "not_recorded" }]);
  });

  it("ends in the same bytes after a stop as without one, and asks nothing twice", async () => {
    const rows = Array.from({ length: 6 }, (_, index) => ({
      id: `row ${index}`,
      conversations: [human("Hi"), gpt(`Hello ${index}`), human("More"), gpt(`More ${index}`)],
    }));
    const models = ["sim:oak?skill=0.7&seed=3"];
    const whole = await evolveOver(JSON.stringify(rows), { models, directory: at("whole") });
    expect(whole.exitCode).toBe(0);

    let calls = 0;
    const progress: CommandOptions["progress"] = {
      ...silent,
      call: () => {
        calls += 1;
        if (calls === 50) process.emit("SIGINT");
      },
    };
    const resumed = optionsFor("data.json", { models, directory: at("resumed"), concurrency: 3 });
    const stopped = await evolve(topology, { ...resumed, progress });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.summary.pending).toBeGreaterThan(0);
    expect(json("resumed", "evolved.json")).toHaveLength(stopped.summary.done);
    const end = await evolve(topology, resumed);
    expect(end.exitCode).toBe(0);
    const asked = answersInJournal("resumed");
    expect(asked).toHaveLength(whole.summary.calls);
    expect(new Set(asked).size).toBe(asked.length);
    expect(workspace.outputs("resumed")).toEqual(workspace.outputs("whole"));
  });

  it("takes the first rows only where it is told to", async () => {
    record(iteration("1", "Four.", worse));
    const rows = [1, 2, 3].map((number) => ({ instruction: `${number}?`, output: String(number) }));
    const end = await evolveOver(JSON.stringify(rows), { limit: 1 });
    expect(end).toMatchObject({ exitCode: 0, summary: { rows: 1 } });
    expect(json("out", "evolved.json")).toEqual(rows.slice(0, 1));
  });

  it("refuses a topology of another kind, and a file that isn't there", async () => {
    const judge = join(import.meta.dirname, "..", "..", "topologies", "judge.yaml");
    record([]);
    await expect(evolve(judge, optionsFor("data.json", {}))).rejects.toMatchObject({
      code: "bad_usage",
      message: expect.stringContaining("evolve takes coevol"),
    });
    await expect(evolve(topology, optionsFor("data.json", {}))).rejects.toMatchObject({
      code: "bad_input",
    });
  });
});

describe("forecastEvolve", () => {
  it("counts eight calls an iteration and answer, and sends nothing", async () => {
    const talk = [human("Hi"), gpt("Hello"), human("More"), gpt("No")];
    const rows = [{ conversations: talk }, { instruction: "x", output: "y" }, { prompt: "x" }];
    write("data.json", JSON.stringify(rows));
    const models = ["openai:gpt-4o"];
    const environment = { OPENAI_API_KEY: "none" };
    const options = optionsFor("data.json", { models, environment });
    expect(await forecastEvolve(topology, options)).toMatchObject({
      rows: 3,
      unusable: 1,
      calls: 3 * 3 * 8,
    });
    const sets = ["conversation.maxTurns=1", "mode=advise-edit"];
    expect(await forecastEvolve(topology, { ...options, sets })).toMatchObject({ calls: 2 * 2 });
    expect(workspace.files()).toEqual(["data.json"]);
  });
});

describe("the shipped sample", () => {
  it("is improved as its recording tells, each answer of the conversation once", async () => {
    const example = (name: string) =>
      join(import.meta.dirname, "..", "..", "examples", "evolve", name);
    const models = [`replay:${example("cassette.jsonl")}`];
    const options = optionsFor("data.json", { models, input: example("samples.json") });
    const end = await evolve(topology, options);
    expect(end).toMatchObject({
      exitCode: 0,
      summary: {
        rows: 10,
        done: 10,
        calls: 168,
        rounds: { "0": 3, "1": 4, "2": 3 },
        pairs: 8,
        flips: 1,
        unparsed: 0,
        tokens: { unknown: 0 },
      },
    });
    const samples: Written[] = JSON.parse(readFileSync(example("samples.json"), "utf8"));
    const evolved = json("out", "evolved.json");
    const kept = samples.filter((sample, index) => {
      return JSON.stringify(sample) === JSON.stringify(evolved[index]);
    });
    expect(kept.map(({ id }) => id)).toEqual(["bones", "first-snow-haiku", "guitar-or-piano"]);
    const turns = lines("out", "dpo.jsonl").filter(({ id }) => id === "weather-and-climate");
    expect(turns.map(({ source }) => source.turn)).toEqual([1, 2]);
  });
});
