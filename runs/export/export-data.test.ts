import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRecords } from "../../datasets/read/read-records.ts";
import { trainers } from "../../datasets/trainers/trainers.ts";
import { trainingKinds, type TrainingKind } from "../../datasets/trainers/training-record.ts";
import { isSameText } from "../../state/same-text.ts";
import { openWorkspace, type Written } from "../../tests/workspace.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { evolve } from "../evolve/evolve.ts";
import { generate } from "../generate/generate.ts";
import { exportData, type ExportOptions } from "./export-data.ts";

const directory = mkdtempSync(join(tmpdir(), "fellowship-export-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const space = openWorkspace(directory);

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const system = { role: "system", content: "Be brief." };
/** Every shape of prompt, and one prompt twice. */
const prompts = Array.from({ length: 12 }, (_, index) => {
  const earlier = [user(`First ${index}?`), assistant(`Answer ${index}.`)];
  const question = user(`Second ${index}?`);
  if (index % 4 === 0) return { prompt: `Question ${index % 8}?` };
  if (index % 4 === 1) return { messages: [system, question] };
  return { messages: [...(index % 4 === 2 ? [] : [system]), ...earlier, question] };
});

beforeAll(async () => {
  space.write("prompts.jsonl", prompts);
  space.write(
    "chats.jsonl",
    [1, 2, 3].map((number) => ({
      messages: [
        user(`Explain ${number}.`),
        assistant(`It is ${number}.`),
        user("And why?"),
        assistant("Every child knows."),
      ],
    })),
  );
  space.write("pairs.jsonl", [{ prompt: "Why?", a: "Yes.", b: "No." }]);
  const options = (input: string, out: string) =>
    space.options(input, out, { models: ["sim:elm"] });
  await generate("topologies/feedback-loop.yaml", options("prompts.jsonl", "loop"));
  await generate("topologies/pool.yaml", options("prompts.jsonl", "pool"));
  await evolve("topologies/coevol.yaml", options("chats.jsonl", "evolved"));
  await evaluate("topologies/judge.yaml", options("pairs.jsonl", "judged"));
});

const [trl, llamaFactory, axolotl] = trainers;
let number = 0;

async function write(run: string, options: Partial<ExportOptions>) {
  number += 1;
  const folder = `export-${number}`;
  const result = await exportData(space.at(run), {
    trainer: trl!,
    kind: "dpo",
    file: space.at(folder, "data.jsonl"),
    ...options,
  });
  return { result, folder, lines: (name: string) => space.lines(folder, name) };
}

/** Where the records of the pool come from; TRL takes all of them. */
const places = new Map<TrainingKind, Promise<string[]>>();
function placesOf(kind: TrainingKind): Promise<string[]> {
  const known = places.get(kind);
  if (known !== undefined) return known;
  const found = write("pool", { kind }).then(({ lines }) =>
    lines("data.jsonl").map(place).toSorted(),
  );
  places.set(kind, found);
  return found;
}

const place = ({ source }: Written) => JSON.stringify(source);

const formats = trainers.flatMap((trainer) =>
  trainingKinds.flatMap((kind) =>
    typeof trainer.formats[kind] === "string" ? [] : [{ trainer, kind, name: trainer.name }],
  ),
);

describe.each(formats)("$kind for $name", ({ trainer, kind }) => {
  it("holds every record of a pool once, or lists it with a reason, in JSONL and in Parquet", async () => {
    const { result, folder, lines } = await write("pool", { trainer, kind, split: 0.75 });
    const [train, test] = [lines("data.jsonl"), lines("data.test.jsonl")];
    const leftOut = result.leftOut.length === 0 ? [] : lines("data.left-out.jsonl");
    expect(train.length + test.length).toBe(result.written);
    expect(leftOut).toHaveLength(result.leftOut.reduce((sum, one) => sum + one.lines, 0));
    const all = [...train, ...test, ...leftOut];
    expect(all.map(place).toSorted()).toEqual(await placesOf(kind));
    for (const { reason, detail } of leftOut) {
      expect({ reason, detail }).toEqual({
        reason: expect.stringMatching(/^[a-z_]+$/),
        detail: expect.stringMatching(/\.$/),
      });
    }
    const rows = new Set(prompts.map((_, index) => index + 1));
    for (const line of all) expect(rows).toContain(line.source.row);
    expect(space.files(folder)).toContain(result.companion.slice(space.at(folder).length + 1));

    const parquet = space.at(folder, "copy.parquet");
    await exportData(space.at("pool"), { trainer, kind, file: parquet });
    const copied: unknown[] = [];
    for await (const { value } of readRecords(parquet) as AsyncIterable<{ value: Written }>) {
      copied.push(value);
    }
    expect(copied).toHaveLength(result.written);
  });
});

describe("a split", () => {
  it("keeps a prompt on one side, also where it is asked twice, and is the same each time", async () => {
    const first = await write("loop", { split: 0.7 });
    const again = await write("loop", { split: 0.7 });
    const sides = ["data.jsonl", "data.test.jsonl"].map(
      (name) => new Set(first.lines(name).map(({ prompt }) => JSON.stringify(prompt))),
    );
    expect([...sides[0]!].filter((prompt) => sides[1]!.has(prompt))).toEqual([]);
    expect(first.result.prompts).toEqual({ train: sides[0]!.size, test: sides[1]!.size });
    expect(sides[1]!.size / (sides[0]!.size + sides[1]!.size)).toBeCloseTo(0.3, 1);
    expect(again.lines("data.test.jsonl")).toEqual(first.lines("data.test.jsonl"));
  });

  it("keeps the turns of a conversation together, and needs two prompts", async () => {
    const { lines } = await write("evolved", { kind: "sft", split: 0.5 });
    const [train, test] = [lines("data.jsonl"), lines("data.test.jsonl")];
    expect([train.length, test.length]).toEqual(expect.arrayContaining([1, 2]));
    const { lines: pairs } = await write("evolved", { split: 0.5 });
    const questions = ["data.jsonl", "data.test.jsonl"].map((name) =>
      pairs(name).map(({ prompt }) => prompt[0].content),
    );
    expect(questions[0]!.filter((one) => questions[1]!.includes(one))).toEqual([]);
  });
});

describe("reward data", () => {
  it("have a margin on every line, never negative, in standard deviations of the run's scores", async () => {
    const { lines } = await write("loop", { kind: "reward" });
    const pairs = space.lines("loop", "dpo.jsonl");
    const scores = pairs.flatMap((line) => [line.chosen_score, line.rejected_score]);
    const mean = scores.reduce((sum, one) => sum + one, 0) / scores.length;
    const deviation = Math.sqrt(
      scores.reduce((sum, one) => sum + (one - mean) ** 2, 0) / scores.length,
    );
    const margins = lines("data.jsonl").map(({ margin }) => margin);
    expect(margins).toHaveLength(pairs.length);
    for (const [index, margin] of margins.entries()) {
      expect(margin).toBeCloseTo(Math.max(0, pairs[index].score_margin) / deviation, 5);
    }
    expect(lines("data.jsonl")[0]).not.toHaveProperty("score_margin");
  });

  it("have none where the run has no scores", async () => {
    const { lines } = await write("evolved", { kind: "reward" });
    for (const line of lines("data.jsonl")) expect(line).not.toHaveProperty("margin");
  });
});

it("keeps all responses of a pool with their scores, the best first, in a ranking", async () => {
  const { lines } = await write("pool", { kind: "ranking" });
  const rows = space.lines("pool", "rows.jsonl");
  for (const { source, chosen, rejected, ranking } of lines("data.jsonl")) {
    const { responses } = rows.find(({ row }: Written) => row === source.row);
    const texts = responses.map(({ text }: Written) => text);
    expect(ranking.map(({ content }: Written) => content).toSorted()).toEqual(texts.toSorted());
    const ratings = ranking.map(({ rating }: Written) => rating);
    expect(ratings).toEqual(ratings.toSorted((one: number, other: number) => other - one));
    expect(ranking[0]).toMatchObject({ rank: 1, content: chosen[0].content });
    expect(ranking.at(-1).content).toBe(rejected[0].content);
    expect(isSameText(chosen[0].content, rejected[0].content)).toBe(false);
  }
});

it("labels the answers of an evolution: the improved ones true, those before them false", async () => {
  const { lines } = await write("evolved", { kind: "kto" });
  const pairs = space.lines("evolved", "dpo.jsonl");
  const wanted = pairs.flatMap(({ chosen, rejected }) => [
    [chosen[0].content, true],
    [rejected[0].content, false],
  ]);
  expect(lines("data.jsonl").map((line) => [line.completion[0].content, line.label])).toEqual(
    wanted,
  );
});

describe("the files around an export", () => {
  it("adds to LLaMA-Factory's dataset_info.json, and replaces another's entry with --force alone", async () => {
    const { folder } = await write("loop", { trainer: llamaFactory! });
    const other = { file_name: "other.json" };
    const info = space.json(folder, "dataset_info.json");
    space.write(`${folder}/dataset_info.json`, JSON.stringify({ ...info, other }));
    const file = space.at(folder, "kto.jsonl");
    await exportData(space.at("loop"), { trainer: llamaFactory!, kind: "kto", file });
    expect(Object.keys(space.json(folder, "dataset_info.json"))).toEqual(["data", "other", "kto"]);
    expect(space.json(folder, "dataset_info.json")).toMatchObject({ ...info, other });
    const taken = {
      trainer: llamaFactory!,
      kind: "sft",
      file: space.at(folder, "other.jsonl"),
    } as const;
    await expect(exportData(space.at("loop"), taken)).rejects.toThrow(/another entry "other"/);
    expect(space.files(folder)).not.toContain("other.jsonl");
    await exportData(space.at("loop"), { ...taken, force: true });
    expect(space.json(folder, "dataset_info.json").other.file_name).toBe("other.jsonl");
  });

  it("refuses to overwrite, to write into a run's directory, and names without a known ending", async () => {
    const { folder } = await write("loop", { split: 0.5 });
    const options = { trainer: trl!, kind: "dpo" } as const;
    const again = (file: string) => exportData(space.at("loop"), { ...options, file });
    await expect(again(space.at(folder, "data.jsonl"))).rejects.toThrow(/exists already/);
    await expect(again(space.at("loop", "mine.jsonl"))).rejects.toThrow(/a run's directory/);
    await expect(again(space.at(folder, "data.csv"))).rejects.toThrow(/\.jsonl or \.parquet/);
  });

  it("takes away the list of an earlier export where nothing is left out any more", async () => {
    const file = space.at("listed", "data.jsonl");
    await exportData(space.at("loop"), { trainer: axolotl!, kind: "reward", file });
    expect(space.files("listed")).toContain("data.left-out.jsonl");
    await exportData(space.at("loop"), { trainer: axolotl!, kind: "dpo", file, force: true });
    expect(space.files("listed")).toEqual(["data.axolotl.yaml", "data.jsonl"]);
  });

  it("takes away the test file of an earlier split, whose prompts train now", async () => {
    const { folder } = await write("loop", { trainer: llamaFactory!, split: 0.5 });
    const file = space.at(folder, "data.jsonl");
    const whole = { trainer: llamaFactory!, kind: "dpo", file } as const;
    rmSync(file);
    await expect(exportData(space.at("loop"), whole)).rejects.toThrow(
      /data\.test\.jsonl: .*exists/,
    );
    await exportData(space.at("loop"), { ...whole, force: true });
    expect(space.files(folder)).toEqual(["data.jsonl", "dataset_info.json"]);
    expect(Object.keys(space.json(folder, "dataset_info.json"))).toEqual(["data"]);
  });
});

it("takes the winner of an evaluated pair for the chosen response, and leaves ties out", async () => {
  const { result, lines } = await write("judged", {});
  const [row] = space.lines("judged", "rows.jsonl");
  const winner = row.winner === "a" ? ["Yes.", "No."] : ["No.", "Yes."];
  expect(row.winner).toMatch(/^[ab]$/);
  expect(lines("data.jsonl")).toEqual([
    expect.objectContaining({
      prompt: [user("Why?")],
      chosen: [assistant(winner[0]!)],
      rejected: [assistant(winner[1]!)],
      source: { row: 1 },
    }),
  ]);
  expect(result.rows).toEqual({ read: 1, failed: 0, empty: 0 });
});

it("says what a run has no data for, and writes nothing", async () => {
  const before = space.files();
  await expect(write("loop", { kind: "ranking" })).rejects.toThrow(/expected a run of graph: pool/);
  await expect(write("evolved", { kind: "ranking" })).rejects.toThrow(/graph: pool/);
  await expect(write("judged", { kind: "ranking" })).rejects.toThrow(/graph: pool/);
  await expect(write("judged", { kind: "kto" })).rejects.toThrow(/expected --kind dpo or reward/);
  expect(space.files()).toEqual(before);
});
