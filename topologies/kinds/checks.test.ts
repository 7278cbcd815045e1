import { describe, expect, it } from "vitest";
import { evaluate } from "../../runs/evaluate/evaluate.ts";
import { generate } from "../../runs/generate/generate.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { workInDirectory } from "../../tests/own-code.ts";
import { openWorkspace } from "../../tests/workspace.ts";

const pair = (a: string, b: string, fields: object = {}) => ({
  prompt: "Say hello.",
  a,
  b,
  ...fields,
});

/** Runs checks over pairs, and gives the rows that it left. */
async function run(topology: object, pairs: readonly object[], files: Record<string, string> = {}) {
  const space = openWorkspace(workInDirectory(files));
  space.write("pairs.jsonl", pairs);
  const path = space.write("checks.yaml", JSON.stringify({ graph: "checks", ...topology }));
  const options = space.options("pairs.jsonl", "out", { allowCode: true });
  const { exitCode, summary } = await evaluate(path, options);
  return {
    exitCode,
    summary,
    rows: space.lines("out", "rows.jsonl"),
    failed: space.lines("out", "failed.jsonl"),
  };
}

const refusal = (checks: readonly object[]) =>
  run({ checks }, [pair("a", "b")]).then(
    () => "no refusal",
    (error: unknown) => (isFellowshipError(error) ? error.message : String(error)),
  );

describe("graph: checks", () => {
  it("counts the weight of each check that a response passes, and asks no model", async () => {
    const checks = [
      { matches: "^Dear" },
      { wordsAtMost: 2, weight: 0.1 },
      { matches: "!$", weight: 0.2, name: "loud" },
      { matches: "\\?" },
    ];
    const { exitCode, summary, rows } = await run({ checks }, [
      pair("Dear Ann!", "Hi Ann, my friend!"),
      pair("Hello, my friend", "Hello to you all"),
    ]);
    expect(exitCode).toBe(0);
    expect(summary).toMatchObject({ calls: 0, wins: { a: 1, b: 0, tie: 1, none: 0 } });
    const [first, second] = rows;
    expect(first).toMatchObject({ winner: "a", scores: { a: 1.3, b: 0.2 }, transcript: [] });
    expect(first?.["votes"]).toEqual([
      { agent: "matches", model: "none", winner: "a", scores: { a: 1, b: 0 }, parsed: true },
      { agent: "wordsAtMost", model: "none", winner: "a", scores: { a: 1, b: 0 }, parsed: true },
      { agent: "loud", model: "none", winner: "tie", scores: { a: 1, b: 1 }, parsed: true },
      { agent: "matches-2", model: "none", winner: "tie", scores: { a: 0, b: 0 }, parsed: true },
    ]);
    expect(second).toMatchObject({ winner: "tie", scores: { a: 0, b: 0 } });
  });

  it("compares with the row's reference, in any column, and refuses rows without one", async () => {
    const checks = [{ equals: "reference" }];
    const { exitCode, rows, failed } = await run({ checks, reference: "answer" }, [
      pair("41", "42", { answer: 42 }),
      pair("41", "42", { reference: "42" }),
    ]);
    expect(exitCode).toBe(3);
    expect(rows.map(({ winner }) => winner)).toEqual(["b"]);
    expect(failed).toMatchObject([
      {
        row: 2,
        reason: "bad_input",
        detail: expect.stringMatching(/^line 2: answer: expected a reference answer/),
      },
    ]);
  });

  it("runs custom code; where that throws or returns anything else, its row fails", async () => {
    const code = `export async function check(text, { prompt, reference }) {
      if (text === "throw") throw new Error("no such thing");
      if (text === "word") return "yes";
      return text.startsWith(reference ?? prompt[0].content) ? 0.5 : false;
    }`;
    const checks = [{ node: "./check.mjs#check", weight: 3 }];
    const { rows, failed } = await run(
      { checks },
      [
        pair("Say hello. Hello.", "Hello."),
        pair("a", "a b", { reference: "a " }),
        pair("a", "throw"),
        pair("word", "b"),
      ],
      { "check.mjs": code },
    );
    expect(rows.map(({ winner, scores }) => ({ winner, scores }))).toEqual([
      { winner: "a", scores: { a: 1.5, b: 0 } },
      { winner: "b", scores: { a: 0, b: 1.5 } },
    ]);
    expect(failed.map(({ reason }) => reason)).toEqual(["node_failed", "bad_node"]);
    expect(failed[0]?.["detail"]).toMatch(/^check node: .*check\.mjs#check: threw no such thing$/);
    expect(failed[1]?.["detail"]).toContain(
      "returned 'yes'; expected true, false or a number from 0 to 1",
    );
  });

  it("ranks a pool by scores", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [{ prompt: "Why?", reference: "x" }]);
    const path = space.write(
      "pool.yaml",
      JSON.stringify({
        graph: "pool",
        samples: 3,
        rank: "scores",
        agents: { generators: [{ model: "sim:oak" }] },
        evaluator: { graph: "checks", checks: [{ wordsAtLeast: 30 }, { charactersAtMost: 5 }] },
      }),
    );
    const { exitCode, summary } = await generate(path, space.options("prompts.jsonl", "out"));
    expect({ exitCode, calls: summary.calls }).toEqual({ exitCode: 0, calls: 3 });
    expect(space.text("out", "README.md")).toContain("what checks by code say");
  });

  it.each<[string, object[], RegExp]>([
    [
      "a pattern of another syntax",
      [{ matches: "(?=a)" }],
      /checks\.0\.matches: expected a regular expression/,
    ],
    ["no schema", [{ json: { type: "x" } }], /checks\.0\.json: expected true or a JSON Schema/],
    [
      "two kinds in one",
      [{ json: true, wordsAtMost: 3 }],
      /checks\.0: expected one of .*; got json and wordsAtMost/,
    ],
    ["none", [{ weight: 2 }], /checks\.0: expected one of .*; got none of them/],
    ["another language", [{ language: "xx" }], /checks\.0\.language: expected one of am, ar/],
    ["a weight of nothing", [{ json: true, weight: 0 }], /checks\.0\.weight: expected more than 0/],
    [
      "a name twice",
      [
        { json: true, name: "x" },
        { wordsAtMost: 1, name: "x" },
      ],
      /checks\.0\.name: the name "x" occurs twice/,
    ],
    ["code that is missing", [{ node: "./none.ts#check" }], /checks\.0\.node: .*none\.ts/],
    ["no checks", [], /checks: expected at least 1/],
  ])("refuses %s, by its place", async (_, checks, message) => {
    expect(await refusal(checks)).toMatch(message);
  });
});
