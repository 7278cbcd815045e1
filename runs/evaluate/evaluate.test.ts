import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { RecordedAnswer } from "../../tests/cassette.ts";
import { choice, score, scores, votes } from "../../tests/written-answers.ts";
import { openWorkspace, silent, type Workspace, type Written } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluate, evaluateAll, forecastEvaluate } from "./evaluate.ts";

const topologies = join(import.meta.dirname, "..", "..", "topologies");
const preset = (name: string) => join(topologies, `${name}.yaml`);

/** Pairs of a short and a long response, labelled so in turn. */
const pairs = (labels: readonly (string | undefined)[]) =>
  labels.map((label, index) => ({
    id: `p${index + 1}`,
    prompt: `Which, in case ${index + 1}?`,
    a: { text: "short", model: "openai:gpt-4o" },
    b: { text: "a longer text", model: "google:gemma-2-9b-it" },
    ...(label === undefined ? {} : { label }),
  }));

/** A workspace with pairs and a cassette, and the options of a run over them. */
function recordedRun(rows: readonly unknown[], answers: readonly RecordedAnswer[]) {
  const space = openWorkspace();
  space.write("pairs.jsonl", rows);
  record(space, answers);
  const options = (changes: Partial<CommandOptions> = {}) =>
    space.options("pairs.jsonl", "out", {
      models: [`replay:${space.at("cassette.jsonl")}`],
      sets: ["reasks=0"],
      ...changes,
    });
  return { space, options };
}

function record(space: Workspace, answers: readonly RecordedAnswer[]): void {
  space.write(
    "cassette.jsonl",
    answers.map((answer) => ({ turn: 0, ...answer })),
  );
}

const judged = (...contents: string[]) =>
  contents.map((content, index): RecordedAnswer => ({ row: `p${index + 1}`, content }));

/** A row without its input and all that was said. */
function withoutProtocol({ input: _input, transcript: _transcript, ...row }: Written): Written {
  return row;
}

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => "no refusal",
    (error: unknown) =>
      isFellowshipError(error) ? `${error.code}: ${error.message}` : `a bug: ${String(error)}`,
  );

describe("evaluate", () => {
  const four = () =>
    recordedRun(
      [...pairs(["a", "b", undefined]), { id: "p4", prompt: "?", a: { text: "" } }],
      judged(scores(8, 3), scores(6, 6), "no verdict at all"),
    );

  it("writes rows to the letter of the contract, each pair in one of rows and failed", async () => {
    const { space, options } = four();
    const end = await evaluate(preset("judge"), options());
    expect(end.exitCode).toBe(3);
    const rows = space.lines("out", "rows.jsonl").map(withoutProtocol);
    const vote = { agent: "judge", model: `replay:${space.at("cassette.jsonl")}` };
    expect(rows).toEqual([
      {
        id: "p1",
        row: 1,
        winner: "a",
        scores: { a: 8, b: 3 },
        votes: [{ ...vote, winner: "a", scores: { a: 8, b: 3 }, parsed: true }],
        label: "a",
      },
      {
        id: "p2",
        row: 2,
        winner: "tie",
        scores: { a: 6, b: 6 },
        votes: [{ ...vote, winner: "tie", scores: { a: 6, b: 6 }, parsed: true }],
        label: "b",
      },
      {
        id: "p3",
        row: 3,
        winner: "tie",
        scores: null,
        votes: [{ ...vote, winner: "tie", scores: null, parsed: false }],
      },
    ]);
    expect(space.lines("out", "failed.jsonl")).toEqual([
      {
        id: "p4",
        row: 4,
        reason: "bad_input",
        detail: "line 4: b: expected text or an object with text or messages, found none",
      },
    ]);
    expect(space.files("out").filter((name) => !name.startsWith("journal."))).toEqual([
      "failed.jsonl",
      "report.html",
      "rows.jsonl",
      "run.json",
      "summary.json",
    ]);
  });

  it("writes a summary to the letter of the contract", async () => {
    const { space, options } = four();
    const { summary } = await evaluate(preset("judge"), options());
    expect(space.json("out", "summary.json")).toEqual(JSON.parse(JSON.stringify(summary)));
    expect(summary).toMatchObject({
      rows: 4,
      done: 3,
      failed: 1,
      pending: 0,
      calls: 3,
      tokens: { in: 0, out: 0, unknown: 3 },
      cost: { usd: 0, unknown: 0 },
      wins: { a: 1, b: 0, tie: 2, none: 0 },
      unreadable: { verdicts: 1, votes: 1, lost: 0 },
      failures: { bad_input: 1 },
      agreement: {
        n: 2,
        prompts: 2,
        accuracy: { value: 0.5 },
        confusion: { a: { a: 1 }, b: { tie: 1 } },
      },
    });
    expect(summary.winRate.a?.value).toBeCloseTo(1 / 3);
    expect(Object.keys(summary.winRate.a ?? {})).toEqual(["value", "low", "high"]);
    // p observed 0.5, by chance 0.25 (a and a): kappa (0.5 - 0.25) / 0.75.
    expect(summary.agreement?.kappa.value).toBeCloseTo(1 / 3);
    expect(summary.agreement?.people).toBeUndefined();
  });

  it("reports none, and never counts it as a win or a tie", async () => {
    const { options } = four();
    const { summary } = await evaluate(
      preset("judge"),
      options({ sets: ["reasks=0", "onUnparsed=fail"] }),
    );
    expect(summary.wins).toEqual({ a: 1, b: 0, tie: 1, none: 1 });
    expect(summary.winRate.a?.value).toBe(0.5);
  });

  it("asks in both orders, and tells the flips and the position's share", async () => {
    const swapped = (row: string, content: string) => ({ row, part: "swapped", content });
    const { space, options } = recordedRun(pairs(["a", "a", "a"]), [
      ...judged(scores(8, 3), scores(8, 3), scores(5, 5)),
      // Shown the other way round: the first agrees with itself, the second prefers whatever stands
      // first.
      swapped("p1", scores(2, 9)),
      swapped("p2", scores(8, 3)),
      swapped("p3", scores(5, 5)),
    ]);
    const { summary } = await evaluate(
      preset("judge"),
      options({ sets: ["reasks=0", "orders=both"] }),
    );
    expect(
      space.lines("out", "rows.jsonl").map(({ winner, flipped }) => [winner, flipped]),
    ).toEqual([
      ["a", false],
      ["tie", true],
      ["tie", false],
    ]);
    expect(summary.bias.flips).toMatchObject({ flipped: 1, asked: 3 });
    expect(summary.bias.position?.counts).toEqual({ first: 3, second: 1, tie: 2, none: 0 });
    expect(summary.bias.position?.shownFirst).toEqual({ a: 3, b: 3 });
    expect(summary.bias.length).toMatchObject({ longerWins: 0, shorterWins: 1, ties: 2 });
  });

  it("scores each response alone, in no order that could count", async () => {
    const { space, options } = recordedRun(pairs(["a"]), [
      { row: "p1", part: "a", content: score(7) },
      { row: "p1", part: "b", content: score(4) },
    ]);
    const sets = ["reasks=0", "strategy=independent"];
    const { summary } = await evaluate(preset("judge"), options({ sets }));
    expect(space.lines("out", "rows.jsonl")[0]).toMatchObject({
      winner: "a",
      scores: { a: 7, b: 4 },
      votes: [{ agent: "judge", winner: "a", scores: { a: 7, b: 4 }, parsed: true }],
    });
    expect(summary.calls).toBe(2);
    expect(summary.bias.position).toBeNull();
  });

  it("takes a plain choice", async () => {
    const { space, options } = recordedRun(
      pairs(["a", "b", "tie"]),
      judged(choice("A"), choice("B"), choice("C")),
    );
    const sets = ["reasks=0", "strategy=direct"];
    const { summary } = await evaluate(preset("judge"), options({ sets }));
    expect(space.lines("out", "rows.jsonl").map(({ winner, scores }) => [winner, scores])).toEqual([
      ["a", null],
      ["b", null],
      ["tie", null],
    ]);
    expect(summary.agreement?.kappa.value).toBe(1);
  });

  it("lets a jury and a debate stand where a judge stands, with who took part", async () => {
    const jurors = ["juror-1", "juror-2", "juror-3"];
    const three = jurors.map((name) => `{name: ${name}, model: sim:x}`).join(",");
    const space = openWorkspace();
    space.write("pairs.jsonl", pairs(["b"]));
    const jury = space.write("jury.yaml", `graph: jury\nreasks: 0\nagents: {jurors: [${three}]}\n`);
    record(space, [
      { row: "p1", agent: "juror-1", content: scores(3, 8) },
      { row: "p1", agent: "juror-2", content: scores(9, 1) },
      { row: "p1", agent: "juror-3", content: scores(2, 4) },
      ...["general-public", "psychologist", "critic"].flatMap((agent) => [
        { row: "p1", agent, turn: 0, content: "I think." },
        { row: "p1", agent, turn: 1, content: "I still think." },
        { row: "p1", agent, turn: 2, content: votes(3, agent === "critic" ? 2 : 8) },
      ]),
    ]);
    const models = [`replay:${space.at("cassette.jsonl")}`];
    const one = space.options("pairs.jsonl", "jury", { models });
    const { summary } = await evaluate(jury, one);
    expect(summary.wins).toEqual({ a: 0, b: 1, tie: 0, none: 0 });
    // Two voters of three agree: alpha over one row is defined.
    expect(summary.voters).toBeDefined();
    const [row] = space.lines("jury", "rows.jsonl");
    expect(
      row.votes.map(({ agent, winner }: { agent: string; winner: string }) => [agent, winner]),
    ).toEqual([
      ["juror-1", "b"],
      ["juror-2", "a"],
      ["juror-3", "b"],
    ]);
    const other = space.options("pairs.jsonl", "debate", { models, sets: ["reasks=0"] });
    await evaluate(preset("debate"), other);
    expect(space.lines("debate", "rows.jsonl")[0]).toMatchObject({ winner: "b" });
  });

  it("judges conversations of several turns", async () => {
    const said = (role: string, content: string) => ({ role, content });
    const asked = [said("user", "One?"), said("assistant", "Yes."), said("user", "Two?")];
    const { space, options } = recordedRun(
      [
        {
          id: "p1",
          messages: asked,
          a: { messages: [...asked, said("assistant", "Two A.")] },
          b: { text: "Two B." },
        },
        {
          id: "p2",
          a: { messages: [...asked, said("assistant", "A.")] },
          b: { messages: [...asked, said("assistant", "B.")] },
        },
      ],
      judged(scores(3, 8), scores(8, 3)),
    );
    expect((await evaluate(preset("judge"), options())).exitCode).toBe(0);
    expect(space.lines("out", "rows.jsonl").map(({ winner }) => winner)).toEqual(["b", "a"]);
  });

  it("names the people's agreement among themselves where several labelled a row", async () => {
    const labelled = pairs([undefined, undefined, undefined]).map((pair, index) => ({
      ...pair,
      labels: [{ x: "a", y: "a", z: "b" }, { x: "b", y: "b" }, { x: "a" }][index],
    }));
    const { space, options } = recordedRun(
      labelled,
      judged(scores(8, 3), scores(8, 3), scores(8, 3)),
    );
    const { summary } = await evaluate(preset("judge"), options());
    expect(space.lines("out", "rows.jsonl").map(({ label }) => label)).toEqual(["a", "b", "a"]);
    expect(summary.agreement?.people).toMatchObject({ rows: 2, raters: { min: 2, max: 3 } });
  });

  it("gives the same bytes twice, also where it was stopped in between", async () => {
    const space = openWorkspace();
    space.write("pairs.jsonl", pairs(Array.from({ length: 12 }, () => "a")));
    const given = { models: ["sim:oak?noise=0.3"], sets: ["orders=both"] };
    await evaluate(preset("judge"), space.options("pairs.jsonl", "one", given));
    let calls = 0;
    const call = () => void ((calls += 1) === 9 && process.emit("SIGINT"));
    const stopped = await evaluate(
      preset("judge"),
      space.options("pairs.jsonl", "two", { ...given, progress: { ...silent, call } }),
    );
    expect(stopped.exitCode).toBe(130);
    const { rows, done, failed, pending } = stopped.summary;
    expect(done + failed + pending).toBe(rows);
    expect(space.lines("two", "rows.jsonl")).toHaveLength(done);
    await evaluate(preset("judge"), space.options("pairs.jsonl", "two", given));
    expect(space.outputs("two")).toEqual(space.outputs("one"));
  });

  it("takes another model and other keys from the command line", async () => {
    const space = openWorkspace();
    space.write("pairs.jsonl", pairs(["a"]));
    const given = {
      models: ["judge=sim:oak"],
      sets: ["scale=100", "agents.judge.temperature=0.5"],
    };
    await evaluate(preset("judge"), space.options("pairs.jsonl", "out", given));
    expect(space.json("out", "run.json").topology).toMatchObject({
      scale: 100,
      agents: { judge: { model: "sim:oak", temperature: 0.5 } },
    });
    expect(space.lines("out", "rows.jsonl")[0].transcript[0].model).toBe("sim:oak");
  });

  it("refuses a generator, and a dry run refuses what a run would", async () => {
    const { space, options } = recordedRun(pairs(["a"]), []);
    expect(await refusal(evaluate(preset("feedback-loop"), options({ sets: [] })))).toContain(
      "evaluate takes judge, jury, debate, checks or cascade",
    );
    const keyless = options({ models: [] });
    for (const run of [evaluate, forecastEvaluate]) {
      expect(await refusal(run(preset("judge"), keyless))).toContain("OPENAI_API_KEY");
    }
    const absent = options({ input: space.at("absent.jsonl") });
    expect(await refusal(forecastEvaluate(preset("judge"), absent))).toContain("absent.jsonl");
    await forecastEvaluate(preset("judge"), options());
    expect(space.files()).toEqual(["cassette.jsonl", "pairs.jsonl"]);
  });
});

describe("a simulated judge", () => {
  it("gives the same bytes twice, and others from another seed", async () => {
    const space = openWorkspace();
    space.write("pairs.jsonl", pairs(Array.from({ length: 8 }, () => undefined)));
    const run = async (out: string, seed: number) => {
      const models = [`sim:oak?noise=0.4&seed=${seed}`];
      await evaluate(preset("judge"), space.options("pairs.jsonl", out, { models }));
      return space.outputs(out);
    };
    const first = await run("one", 1);
    expect(await run("two", 1)).toEqual(first);
    expect((await run("three", 2))["summary.json"]).not.toEqual(first["summary.json"]);
  });

  it("shows the habits that were planted in it", async () => {
    const space = openWorkspace();
    space.write("pairs.jsonl", pairs(Array.from({ length: 30 }, () => undefined)));
    const measure = async (habit: string) => {
      const given = { models: [`sim:oak?noise=0.05${habit}`], sets: ["orders=both"] };
      const options = space.options("pairs.jsonl", `out${habit}`, given);
      const { bias } = (await evaluate(preset("judge"), options)).summary;
      return bias;
    };
    const fair = await measure("");
    const first = await measure("&position=0.5");
    const longer = await measure("&length=0.5");
    // Sixty readings of thirty pairs are worth thirty where all say the same: 30 of 30 by Wilson.
    expect(first.position?.first?.low).toBeGreaterThan(0.85);
    expect(first.flips.rate?.low).toBeGreaterThan(0.8);
    expect(fair.position?.first?.high).toBeLessThan(0.9);
    expect(longer.length.longer?.low).toBeGreaterThan(0.8);
    expect(longer.flips.rate?.high).toBeLessThan(0.2);
  });
});

describe("evaluateAll", () => {
  /** A sharp judge, a dull one, and one of the file name of the first in another folder. */
  function threeJudges() {
    const space = openWorkspace();
    const labels = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? "a" : "b"));
    space.write("pairs.jsonl", pairs(labels));
    const right = labels.map((label) => (label === "a" ? scores(8, 3) : scores(3, 8)));
    const half = right.map((text, index) => (index % 3 === 0 ? scores(8, 3) : text));
    space.write(
      "right.jsonl",
      judged(...right).map((line) => ({ turn: 0, ...line })),
    );
    space.write(
      "half.jsonl",
      judged(...half).map((line) => ({ turn: 0, ...line })),
    );
    mkdirSync(space.at("more"));
    const judge = (name: string, cassette: string) =>
      space.write(
        name,
        `graph: judge\nreasks: 0\nagents: {judge: {model: "replay:${space.at(cassette)}"}}\n`,
      );
    return {
      space,
      paths: [
        judge("judge.yaml", "half.jsonl"),
        judge("more/judge.yaml", "right.jsonl"),
        judge("judge-2.yaml", "half.jsonl"),
        judge("more/Judge.yml", "half.jsonl"),
      ],
      options: (changes: Partial<CommandOptions> = {}) =>
        space.options("pairs.jsonl", "out", changes),
    };
  }

  it("gives each evaluator a directory of its own, whatever its file is called", async () => {
    const { space, paths, options } = threeJudges();
    const { evaluators } = await evaluateAll(paths, options());
    const names = evaluators.map(({ name }) => name);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(4);
    expect(names[0]).toBe("judge");
    for (const { name, directory, summary } of evaluators) {
      expect(directory).toBe(space.at("out", name));
      expect(space.json("out", name, "summary.json")).toEqual(JSON.parse(JSON.stringify(summary)));
    }
    expect(evaluators.map(({ summary }) => summary.agreement?.kappa.value === 1)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  it("holds the best against the next, row by row", async () => {
    const { paths, options } = threeJudges();
    const { evaluators, best } = await evaluateAll(paths, options());
    expect(best).toMatchObject({ first: evaluators[1]?.name, n: 40 });
    expect(best?.kappa).toMatchObject({ better: "first" });
    expect(best?.kappa.difference).toBeGreaterThan(0);
  });

  it("writes down how they rank, and every difference with an allowance for their number", async () => {
    const { space, paths, options } = threeJudges();
    const { evaluators } = await evaluateAll(paths, options());
    const { items, differences } = space.json("out", "comparison.json");
    expect(items.map(({ name }: Written) => name).sort()).toEqual(
      evaluators.map(({ name }) => name).sort(),
    );
    expect(items[0]).toMatchObject({
      name: evaluators[1]?.name,
      figures: { n: 40, coverage: 1, kappa: { value: 1 } },
    });
    expect(differences).toHaveLength(6);
    expect(differences[0]).toMatchObject({ a: items[0].name, b: items[1].name });
    for (const { value, p } of differences) {
      expect(value).toBeGreaterThanOrEqual(0);
      if (value > 0) expect(p).toBeLessThan(0.05);
    }
    expect(space.text("out", "comparison.md")).toContain(`| ${items[0].name} | 1.000`);
  });

  it("pairs rows of one id by their places", async () => {
    const { space, paths, options } = threeJudges();
    const rows = space.lines("pairs.jsonl").map((row) => ({ ...row, id: "same" }));
    space.write("pairs.jsonl", rows);
    for (const name of ["right.jsonl", "half.jsonl"]) {
      const lines = space.lines(name);
      space.write(
        name,
        lines.map((line, index) => ({ ...line, row: "same", occurrence: index + 1 })),
      );
    }
    const { best } = await evaluateAll(paths.slice(0, 2), options());
    expect(best?.n).toBe(40);
  });

  it("names no best where fewer than two agree with people at all", async () => {
    const { space, paths, options } = threeJudges();
    space.write("pairs.jsonl", pairs(Array.from({ length: 40 }, () => undefined)));
    const { evaluators, best } = await evaluateAll(paths.slice(0, 2), options());
    expect(evaluators.map(({ summary }) => summary.agreement)).toEqual([undefined, undefined]);
    expect(best).toBeNull();
  });

  it("finds a mistake in the last before the first is asked", async () => {
    const { space, paths, options } = threeJudges();
    const wrong = space.write(
      "wrong.yaml",
      "graph: judge\nagents: {judge: {model: openai:gpt-4o}}\n",
    );
    expect(await refusal(evaluateAll([...paths, wrong], options()))).toContain("OPENAI_API_KEY");
    expect(space.files().filter((name) => name.startsWith("out"))).toEqual([]);
  });

  it("stops them all where one is stopped", async () => {
    const { paths, options } = threeJudges();
    let calls = 0;
    const call = () => void ((calls += 1) === 5 && process.emit("SIGINT"));
    const { evaluators } = await evaluateAll(paths, options({ progress: { ...silent, call } }));
    expect(evaluators.map(({ exitCode }) => exitCode)).toEqual([130]);
  });
});
