import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { scores } from "../../tests/written-answers.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { generate } from "../generate/generate.ts";
import { compare, forecastCompare, type CompareOptions } from "./compare.ts";

const preset = (name: string) =>
  join(import.meta.dirname, "..", "..", "topologies", `${name}.yaml`);

const judgeWithoutOrders =
  "graph: judge\nagents: { judge: { model: 'sim:oak', temperature: 0 } }\n";

/** Answers to as many prompts, each with a category. */
const answers = (texts: readonly string[]) =>
  texts.map((text, index) => ({
    id: `p${index + 1}`,
    prompt: `Question ${index + 1}?`,
    category: index % 2 === 0 ? "maths" : "prose",
    text,
  }));

/** Files of responses and a judge's recorded answers by row, first and swapped order alike. */
function recorded(
  files: Readonly<Record<string, readonly unknown[]>>,
  contents: Readonly<Record<string, readonly [string, string]>>,
) {
  const space = openWorkspace();
  for (const [name, rows] of Object.entries(files)) space.write(name, rows);
  const judge = space.write("judge.yaml", judgeWithoutOrders);
  space.write(
    "cassette.jsonl",
    Object.entries(contents).flatMap(([row, [first, swapped]]) => [
      { row, turn: 0, content: first },
      { row, part: "swapped", turn: 0, content: swapped },
    ]),
  );
  const options = (changes: Partial<CompareOptions> = {}): CompareOptions => ({
    ...space.options("", "out", { models: [`replay:${space.at("cassette.jsonl")}`] }),
    runs: Object.keys(files).map((name) => space.at(name)),
    ...changes,
  });
  return { space, options, judge };
}

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => "no refusal",
    (error: unknown) =>
      isFellowshipError(error) ? `${error.code}: ${error.message}` : `a bug: ${String(error)}`,
  );

const aWins = [scores(8, 3), scores(3, 8)] as const;
const bWins = [scores(2, 9), scores(9, 2)] as const;
const twoFiles = {
  "one.jsonl": answers(["good", "poor", "the same \n"]),
  "two.jsonl": answers(["bad", "rich", "the same"]),
};

describe("the prompts that are compared", () => {
  const renamed = (texts: readonly string[]) =>
    answers(texts).map(({ prompt, text, ...rest }) => ({ ...rest, asked: prompt, said: text }));

  it("are read from mapped columns, and chosen by their values or by a draw", async () => {
    const files = {
      "one.csv.jsonl": renamed(["a", "b", "c"]),
      "two.jsonl": renamed(["d", "e", "f"]),
    };
    const { options, judge } = recorded(files, { p1: aWins, p2: aWins, p3: aWins });
    const map = [
      { field: "prompt", column: "asked" },
      { field: "text", column: "said" },
    ];
    const rowsOf = async (reading: CompareOptions["reading"]) =>
      (await forecastCompare(judge, options({ reading }))).rows;
    expect(await rowsOf({ map })).toBe(3);
    expect(await rowsOf({ map, where: [{ field: "category", value: "maths" }] })).toBe(2);
    expect(await rowsOf({ map, sample: { rows: 1, seed: "0" } })).toBe(1);
    const none = { map, where: [{ field: "category", value: "law" }] };
    expect(await refusal(rowsOf(none))).toMatch(
      /^bad_input: .*no prompts that fit --where category=law/,
    );
  });
});

describe("compare over files of responses", () => {
  const two = () => recorded(twoFiles, { p1: aWins, p2: bWins });

  it("asks in both orders, and never about identical responses", async () => {
    const { space, options, judge } = two();
    const end = await compare(judge, options());
    expect(end.exitCode).toBe(0);
    expect(end.summary).toMatchObject({
      rows: 3,
      calls: 4,
      wins: { a: 1, b: 1, tie: 1, none: 0 },
      comparison: { identical: 1 },
    });
    expect(space.json("out", "run.json")).toMatchObject({
      command: "compare",
      topology: { orders: "both" },
      input: { path: space.at("out", "pairs.jsonl") },
    });
    expect(space.lines("out", "rows.jsonl").map(({ id, winner }) => [id, winner])).toEqual([
      ["p1", "a"],
      ["p2", "b"],
      ["p3", "tie"],
    ]);
  });

  it("writes comparison.json with items and differences, and a page of words", async () => {
    const { space, options, judge } = two();
    await compare(judge, options({ by: "category" }));
    const comparison = space.json("out", "comparison.json");
    expect(comparison.items.map(({ name }: { name: string }) => name)).toEqual(["one", "two"]);
    expect(comparison.differences).toMatchObject([
      { a: "one", b: "two", value: 0, low: null, high: null, p: null, better: "neither" },
    ]);
    expect(comparison.by.values).toMatchObject([
      {
        value: "maths",
        prompts: 2,
        items: [{ winRate: { value: 0.5 } }, { winRate: { value: 0 } }],
      },
      { value: "prose", prompts: 1, items: [{ winRate: { value: 0 } }, { winRate: { value: 1 } }] },
    ]);
    const page = space.text("out", "comparison.md");
    expect(page).toContain("one and two are the same within noise (too few prompts to tell)");
    expect(page).toContain("## Win rates by category");
  });

  it("asks nothing again, and shows another field of a finished comparison", async () => {
    const { space, options, judge } = two();
    await compare(judge, options());
    space.write("cassette.jsonl", []);
    const end = await compare(judge, options({ by: "category" }));
    expect(end.exitCode).toBe(0);
    expect(space.json("out", "comparison.json").by.field).toBe("category");
    expect(await refusal(compare(judge, options({ by: "colour" })))).toMatch(
      /^bad_usage: --by colour: .*category/,
    );
  });

  it("keeps the one order that an evaluator's file asks for", async () => {
    const { space, options } = two();
    const file = space.write(
      "one-order.yaml",
      "graph: judge\norders: ab\nagents: { judge: { model: 'sim:oak' } }\n",
    );
    expect((await compare(file, options())).summary.calls).toBe(2);
  });

  it("forecasts no call for identical responses", async () => {
    const { options, judge } = two();
    expect(await forecastCompare(judge, options())).toMatchObject({ rows: 3, calls: 4 });
  });

  it("reads AlpacaEval's output files, and compares three with a matrix and strengths", async () => {
    const space = openWorkspace();
    const files = [0, 1, 2].map((index) => {
      const rows = Array.from({ length: 12 }, (_, row) => ({
        instruction: `Task ${row}`,
        output: `Answer ${row} of model ${index}`,
        generator: `model-${index}`,
      }));
      return space.write(`model-${index}.json`, JSON.stringify(rows));
    });
    const end = await compare(preset("judge"), {
      ...space.options("", "out", { models: ["sim:oak"] }),
      runs: files,
    });
    const { items, matrix, differences } = end.summary.comparison;
    expect(end.summary.rows).toBe(36);
    expect(differences.map(({ a, b }) => `${a} ${b}`)).toEqual([
      "model-0 model-1",
      "model-0 model-2",
      "model-1 model-2",
    ]);
    expect(matrix.map((row) => row.map((cell) => cell === null))).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
    expect(items.every(({ figures }) => figures.strength !== undefined)).toBe(true);
  });
});

describe("compare over runs", () => {
  it("pairs the best responses, or those of a round, and says what each run takes", async () => {
    const space = openWorkspace();
    space.write(
      "prompts.jsonl",
      Array.from({ length: 15 }, (_, index) => ({ prompt: `Question ${index}?` })),
    );
    const models = ["sim:willow"];
    await generate(preset("feedback-loop"), space.options("prompts.jsonl", "loop", { models }));
    await generate(preset("single"), space.options("prompts.jsonl", "single", { models }));
    const runs = [space.at("loop"), space.at("single")];
    const options = (out: string) => ({ ...space.options("", out, { models }), runs });
    const best = await compare(preset("judge"), options("best"));
    const { items, differences } = best.summary.comparison;
    expect(items.map(({ name }) => name).toSorted()).toEqual(["loop", "single"]);
    expect(differences[0]?.tokens?.value).toBeGreaterThan(0);
    expect(differences[0]?.verdict).toMatch(/loop takes \d+\.\d times the tokens of single/);
    const first = await compare(preset("judge"), { ...options("first"), round: 1 });
    const texts = space.lines("loop", "rows.jsonl").map(({ responses }) => responses[0].text);
    expect(first.summary.done).toBe(15);
    expect(space.lines("first", "rows.jsonl").map(({ input }) => input.a.text)).toEqual(texts);
  });
});

describe("what can't be compared", () => {
  it("fails a prompt that one side lacks or holds more often, naming the places", async () => {
    const [one, two, three] = answers(["x", "y", "z"]);
    const { space, options } = recorded(
      { "one.jsonl": [one, two, two], "two.jsonl": [{ ...one, text: "w" }, two, three] },
      { p1: aWins },
    );
    const end = await compare(preset("judge"), options());
    expect(end.exitCode).toBe(3);
    const failed = space.lines("out", "failed.jsonl");
    expect(failed.map(({ id, reason }) => [id, reason])).toEqual([
      ["p2", "bad_input"],
      ["p2", "bad_input"],
      ["p3", "bad_input"],
    ]);
    expect(failed[0].detail).toMatch(
      /equally often in both runs, got 2 \(.*line 2, .*line 3\) and one \(/,
    );
    expect(failed[2].detail).toMatch(/one\.jsonl has no response to the prompt of .*two\.jsonl/);
  });

  it("pairs a prompt that all hold equally often in its order", async () => {
    const twice = (first: string, second: string) => [
      { id: "p1", prompt: "Again?", text: first },
      { id: "p2", prompt: "Again?", text: second },
    ];
    const { space, options } = recorded(
      { "one.jsonl": twice("a", "b"), "two.jsonl": twice("c", "d") },
      { p1: aWins, p2: bWins },
    );
    expect((await compare(preset("judge"), options())).exitCode).toBe(0);
    expect(space.lines("out", "rows.jsonl").map(({ winner }) => winner)).toEqual(["a", "b"]);
  });

  it("refuses other prompts, what is no run and no response, and a round of a file", async () => {
    const { space, options } = recorded(twoFiles, {});
    const other = space.write("other.jsonl", [{ prompt: "Else?", text: "x" }]);
    const broken = space.write("broken.jsonl", [{ prompt: "Else?" }]);
    const one = space.at("one.jsonl");
    const judge = preset("judge");
    expect(await refusal(compare(judge, options({ runs: [one, other] })))).toMatch(
      /^bad_input: .*one\.jsonl and .*other\.jsonl have no prompt in common/,
    );
    expect(await refusal(compare(judge, options({ runs: [one, space.at()] })))).toMatch(
      /^bad_usage: .*run\.json can't be read/,
    );
    expect(await refusal(compare(judge, options({ runs: [one, broken] })))).toMatch(
      /^bad_input: .*broken\.jsonl, line 1: text/,
    );
    expect(await refusal(compare(judge, options({ round: 2 })))).toMatch(/^bad_usage: --round/);
    expect(await refusal(compare(judge, options({ runs: [one] })))).toMatch(/two runs or more/);
  });
});
