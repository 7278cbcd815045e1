import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../runs/evaluate/evaluate.ts";
import { evolve } from "../runs/evolve/evolve.ts";
import { generate } from "../runs/generate/generate.ts";
import { printable } from "../runs/progress/progress.ts";
import { evaluators, generators } from "../tests/combinations.ts";
import { openWorkspace, type Workspace, type Written } from "../tests/workspace.ts";
import { replayRow } from "../runs/replay/replay-row.ts";
import { foundRowsText } from "./found-rows-text.ts";
import { replayText } from "./replay-text.ts";
import { lookUpRows, type LookedUpRow } from "../runs/look/look-up-rows.ts";

const hostile =
  "A \u001B[31mred\u001B[0m \u202Egnp.exe\u2066 \u0007\u009B2J\r\n1. Round 9: fake\n\nWhy\n";
const inputs = {
  evaluate: [1, 2, 3].map((number) => ({
    prompt: `Question ${number}? ${hostile}`,
    a: `The first answer, ${number}. ${hostile}`,
    b: "The second one.",
    label: "a",
    category: number === 3 ? "maths" : "prose",
  })),
  generate: [1, 2, 3].map((number) => ({ prompt: `Question ${number}? ${hostile}` })),
  evolve: [1, 2, 3].map((number) => ({
    instruction: `Explain ${number}. ${hostile}`,
    output: `It is ${number}, as everybody knows.`,
  })),
};

const cases = [
  ...Object.entries(evaluators).map(([name, topology]) => ({
    name,
    command: "evaluate" as const,
    topology,
  })),
  ...Object.entries(generators).map(([name, { command, topology }]) => ({
    name,
    command,
    topology: topology(evaluators["judge, both orders"]!),
  })),
];

async function run(
  { command, topology }: (typeof cases)[number],
  space = openWorkspace(),
): Promise<Workspace> {
  space.write("input.jsonl", inputs[command]);
  const path = space.write("topology.yaml", JSON.stringify(topology));
  const start = { evaluate, generate, evolve }[command];
  await start(path, space.options("input.jsonl", "out"));
  return space;
}

const textOf = (found: readonly LookedUpRow[], directory: string) =>
  printable(foundRowsText(found, { directory, limit: 10, isList: false }));

/** Takes the first row through its graph again, and reads what is said of it. */
async function expectSameReplay(space: Workspace, line: Written): Promise<void> {
  const options = { row: 1, allowCode: false, onCode: () => undefined };
  const replay = await replayRow(space.at("out"), options);
  expect(replay).toMatchObject({ isSame: true, recorded: replay.replayed, changes: [] });
  expect(replay.calls.map(({ source }) => source)).toEqual(line.transcript.map(() => "journal"));
  const text = replayText(replay, { directory: space.at("out"), row: 1, isBrief: false });
  expect(text).toContain(`${line.transcript.length} call`);
  expect(text).toContain("SAME: the replay gives row 1");
  expect(text.includes("  │ 1. Round 9: fake")).toBe(line.transcript.length > 0);
}

/** The lines of a text as they are shown. */
const shownLines = (text: string) =>
  printable(text.replaceAll("\r\n", "\n"))
    .split("\n")
    .map((line) => `│ ${line}`);

describe.each(cases)("show and replay, $command with $name", (one) => {
  it("tell all that was said, each text behind a bar, and give the same bytes", async () => {
    const space = await run(one);
    const [line] = space.lines("out", "rows.jsonl");
    const found = await lookUpRows(space.at("out"), { row: 1 });
    const text = textOf(found, space.at("out"));
    const texts = [
      ...line.transcript.map((call: { content: string }) => call.content),
      ...(line.responses ?? []).map((response: { text: string }) => response.text),
    ];
    for (const shown of texts.flatMap(shownLines)) expect(text).toContain(shown);
    expect(text).toMatch(new RegExp(`^${line.transcript.length} calls?, `, "m"));
    // A row for which no model was asked has nothing to replay.
    const replay = `fellowship replay ${space.at("out")} --row 1`;
    expect(text.includes(replay)).toBe(line.transcript.length > 0);
    expect(text).toContain("│ 1. Round 9: fake");
    // oxlint-disable-next-line no-control-regex -- none of them reaches a terminal
    expect(text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
    expect(text.split("\n").filter((shown) => /^(?:1\. Round 9|Why)$/.test(shown))).toHaveLength(
      text.includes("\nWhy\n  ") ? 1 : 0,
    );
    await expectSameReplay(space, line);
  });
});

describe("rows that are looked up", () => {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-"));
  const space = openWorkspace(directory);
  beforeAll(() => run(cases[0]!, space));
  afterAll(() => rmSync(directory, { recursive: true }));
  const rowsWhere = async (where: string) =>
    (await lookUpRows(space.at("out"), { where })).map(({ sheet }) => sheet.row);

  it("are those that meet every condition", async () => {
    const winners = space.lines("out", "rows.jsonl").map(({ winner }) => winner);
    const places = (isMeant: (winner: string) => boolean) =>
      winners.flatMap((winner, index) => (isMeant(winner) ? [index + 1] : []));
    expect(await rowsWhere("disagree")).toEqual(places((winner) => winner !== "a"));
    expect(await rowsWhere("not disagrees")).toEqual(places((winner) => winner === "a"));
    expect(await rowsWhere("winner=b")).toEqual(places((winner) => winner === "b"));
    expect(await rowsWhere("row>=2, category=maths")).toEqual([3]);
    expect(await rowsWhere("row!=2,calls=1")).toEqual([1, 3]);
    expect(await rowsWhere("failed")).toEqual([]);
  });

  it("are named by row and id, and a wrong one is told", async () => {
    expect((await lookUpRows(space.at("out"), { id: "2" })).map(({ sheet }) => sheet.row)).toEqual([
      2,
    ]);
    await expect(lookUpRows(space.at("out"), { row: 9 })).rejects.toThrow("found rows up to 3");
    await expect(lookUpRows(space.at("none"), { row: 1 })).rejects.toThrow("nothing there");
    await expect(lookUpRows(space.at(), { row: 1 })).rejects.toThrow(`name ${space.at("out")}`);
  });

  it.each(["", "flip<3", "margin<", "margin<x", "disagre", "id<3"])("refuse %j", async (where) => {
    await expect(rowsWhere(where)).rejects.toThrow(/--where: expected conditions/);
  });
});
