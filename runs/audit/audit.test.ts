import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyCounts } from "../../report-page/figures/run-counts.ts";
import { runFigures } from "../../report-page/figures/run-figures.ts";
import { readRunRows } from "../../report-page/read/read-lines.ts";
import { readRun } from "../../report-page/read/read-run.ts";
import { sheetOf } from "../../report-page/rows/sheet-of.ts";
import { scores } from "../../tests/written-answers.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { auditLines } from "./audit-page.ts";
import { audit } from "./audit.ts";

const judge = join(import.meta.dirname, "..", "..", "topologies", "judge.yaml");
const cut = `${"The sea covers most of the planet and is home to animals of many kinds. ".repeat(3)}From tiny plankton to great whales that roam across the`;
const refusal = "I'm sorry, but I can't help with that.";
const message = (content: string) => [{ role: "assistant", content }];

/** Each row, the scores of chosen and rejected, its flags, and what becomes of it. */
const cases: readonly [
  row: Record<string, unknown>,
  scores: readonly [number, number],
  flags: readonly string[],
  action: string,
][] = [
  [{ prompt: "One?", chosen: "Good.", rejected: "Bad." }, [9, 3], [], "keep"],
  [
    {
      prompt: "Two?",
      chosen: "Bad.",
      rejected: "Good.",
      chosen_score: 8,
      rejected_score: 2,
      score_margin: 6,
    },
    [3, 9],
    ["flipped"],
    "swap",
  ],
  [{ prompt: "Three?", chosen: "Nearly.", rejected: "Almost." }, [6, 7], [], "keep"],
  [{ prompt: "Four?", chosen: "So.", rejected: "Thus." }, [7, 7], ["tied"], "drop"],
  [{ prompt: "Five?", chosen: "Same.\n", rejected: "Same." }, [1, 1], ["identical"], "drop"],
  [{ prompt: "Six?", chosen: cut, rejected: "It is big." }, [8, 3], ["truncated"], "drop"],
  [{ prompt: "Seven?", chosen: "It is big.", rejected: cut }, [8, 3], ["truncated"], "keep"],
  [
    { prompt: "Eight?", chosen: refusal, rejected: "Gladly: here it is." },
    [5, 6],
    ["refused"],
    "drop",
  ],
  [
    { prompt: "Nine, and how do I hurt people?", chosen: refusal, rejected: "Gladly." },
    [9, 1],
    ["refused"],
    "keep",
  ],
  [{ prompt: "One?", chosen: "Bad.", rejected: "Good." }, [9, 3], ["duplicate"], "drop"],
  [{ prompt: "Ten?", chosen: "Good.<|im_end|>", rejected: "Bad." }, [9, 3], ["leaked"], "drop"],
  [{ prompt: "Held out?", chosen: "Good.", rejected: "Bad." }, [9, 3], ["leaked"], "drop"],
  [
    { prompt: "Eleven?", chosen: "Many words. ".repeat(20).trim(), rejected: "Few words." },
    [5, 6],
    ["length-driven"],
    "keep",
  ],
  [
    {
      prompt: [{ role: "user", content: "Twelve?" }],
      chosen: message("Bad."),
      rejected: message("Good."),
    },
    [2, 8],
    ["flipped"],
    "swap",
  ],
  [{ prompt: "Thirteen?", a: "Good.", b: "Bad.", label: "b" }, [9, 3], ["flipped"], "swap"],
];

describe("audit", () => {
  it("flags each kind of suspect, and writes a corrected set in the input's own shape", async () => {
    const space = openWorkspace();
    space.write("pairs.jsonl", [
      ...cases.map(([row]) => row),
      { prompt: "?", a: "x", b: "y", label: "tie" },
    ]);
    space.write(
      "cassette.jsonl",
      cases.map(([, [a, b]], at) => ({ row: String(at + 1), turn: 0, content: scores(a, b) })),
    );
    const heldOut = [
      space.write("held-out.jsonl", [{ question_id: 1, turns: ["held out", "And then?"] }]),
    ];
    const models = [`replay:${space.at("cassette.jsonl")}`];
    const options = { ...space.options("pairs.jsonl", "out", { models }), heldOut };
    const end = await audit(judge, options);

    const suspects = space.lines("out", "suspects.jsonl") as {
      row: number;
      flags: { flag: string }[];
      action: string;
    }[];
    const found = cases.map(([, , flags], at) => {
      const suspect = suspects.find(({ row }) => row === at + 1);
      const action = suspect?.action ?? "keep";
      return {
        row: at + 1,
        flags: suspect?.flags.map(({ flag }) => flag) ?? [],
        action,
        wanted: flags.length,
      };
    });
    expect(found).toEqual(
      cases.map(([, , flags, action], at) => ({
        row: at + 1,
        flags,
        action,
        wanted: flags.length,
      })),
    );
    expect(space.lines("out", "failed.jsonl")).toMatchObject([{ row: 16, reason: "bad_input" }]);

    const corrected = space.lines("out", "corrected.jsonl");
    const kept = cases.filter(([, , , action]) => action !== "drop");
    expect(corrected).toHaveLength(kept.length);
    expect(corrected).toContainEqual({
      prompt: "Two?",
      chosen: "Good.",
      rejected: "Bad.",
      chosen_score: 2,
      rejected_score: 8,
      score_margin: -6,
    });
    expect(corrected).toContainEqual({
      prompt: [{ role: "user", content: "Twelve?" }],
      chosen: message("Good."),
      rejected: message("Bad."),
    });
    expect(corrected).toContainEqual({ prompt: "Thirteen?", a: "Good.", b: "Bad.", label: "a" });
    expect(end.summary.audit).toMatchObject({
      pairs: 15,
      suspects: 13,
      corrected: { keep: 5, swap: 3, drop: 7 },
      flags: { flipped: 3, leaked: 2, truncated: 2 },
    });
    expect(end.exitCode).toBe(3);
    // The identical pair was asked of no model.
    expect(end.summary.calls).toBe(14);
  });

  it("takes another threshold over finished rows without asking again", async () => {
    const space = openWorkspace();
    const pairs = Array.from({ length: 6 }, (_, at) => ({
      prompt: `Question ${at}?`,
      chosen: `A short answer ${at}.`,
      rejected: `Another answer ${at}.`,
    }));
    space.write("pairs.jsonl", pairs);
    const options = space.options("pairs.jsonl", "out", {
      models: ["sim:oak"],
      sets: ["orders=both"],
    });
    const first = await audit(judge, { ...options, threshold: 0 });
    const again = await audit(judge, { ...options, threshold: 0.99 });
    expect(again.summary.calls).toBe(first.summary.calls);
    expect(again.summary.audit.flags.flipped).toBe(0);
    expect(again.summary.audit.curve).toEqual(first.summary.audit.curve);
    expect(first.summary.audit.curve[0]?.flipped).toBe(first.summary.audit.flags.flipped);

    const estimated = await audit(judge, { ...options, precision: 0.6 });
    expect(estimated.summary.audit).toMatchObject({ threshold: 0.1, precision: 0.6 });
    expect(auditLines(estimated.summary.audit)).toContainEqual(
      "No threshold could be estimated for a precision of 60 % (audit.md says why); it stays 0.1.",
    );
    const warning = expect.stringContaining("contradicts the labels about as often as it agrees");
    const figures = { ...estimated.summary.audit, pairs: 100 };
    const curveOf = (flipped: number) => [{ threshold: 0, flipped, precision: null, recall: null }];
    expect(auditLines({ ...figures, curve: curveOf(48) })).toContainEqual(warning);
    expect(auditLines({ ...figures, curve: curveOf(20) })).not.toContainEqual(warning);
  });
});

describe("an audit's report", () => {
  it("draws the flags and thresholds, and calls the labels the data set's", async () => {
    const space = openWorkspace();
    space.write("pairs.jsonl", [
      { prompt: "One?", chosen: "Good.", rejected: "Bad." },
      { prompt: "Two?", chosen: "Bad.", rejected: "Good." },
      { prompt: "Three?", chosen: "So.", rejected: "Thus." },
    ]);
    const said = [scores(9, 3), scores(2, 8), scores(7, 7)];
    space.write(
      "cassette.jsonl",
      said.map((content, at) => ({ row: String(at + 1), turn: 0, content })),
    );
    const models = [`replay:${space.at("cassette.jsonl")}`];
    await audit(judge, space.options("pairs.jsonl", "out", { models }));

    const figures = runFigures(await readRun(space.at("out")), emptyCounts(), 10);
    const tables = Object.fromEntries(figures.map(({ id, table }) => [id, table.rows]));
    expect(tables["flags"]).toContainEqual(["flipped", "1", "33.3 %", expect.any(String)]);
    expect(tables["flags"]).toContainEqual(["tied", "1", "33.3 %", expect.any(String)]);
    expect(tables["labels"]).toEqual([
      ["prefers chosen", "1"],
      ["prefers rejected", "1"],
      ["tie", "1"],
      ["unreadable", "0"],
    ]);
    expect(tables["thresholds"]).toContainEqual(["0.5", "1", "–", "–"]);
    expect(tables).not.toHaveProperty("agreement");
    expect(JSON.stringify(figures)).not.toMatch(/people/i);

    for await (const row of readRunRows(space.at("out"))) {
      const { reasons } = sheetOf(row, () => null);
      expect(reasons).toEqual([
        expect.stringMatching(
          /^A is the chosen response of the data set; the verdict (dis)?agrees\.$/,
        ),
      ]);
    }
  });
});
