import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { commands } from "./commands.ts";
import { runScript, type ScriptEnd } from "../tests/run-script.ts";
import { openWorkspace } from "../tests/workspace.ts";

const topologies = join(import.meta.dirname, "..", "topologies");
const loop = join(topologies, "feedback-loop.yaml");
const judge = join(topologies, "judge.yaml");
const pair = { prompt: "?", a: { text: "yes" }, b: { text: "no" }, label: "a" };

/** A user's mistake: the code, one clear message, nothing on standard output, no stack. */
function expectRefusal(end: ScriptEnd, code: number, ...words: string[]): void {
  expect(end.stderr).not.toMatch(/^ +at .*[:(]/m);
  expect(end.stderr).not.toContain("bug of ours");
  for (const word of words) expect(end.stderr).toContain(word);
  expect({ code: end.code, stdout: end.stdout }).toEqual({ code, stdout: "" });
}

function workspace() {
  const space = openWorkspace();
  const prompts = space.write("prompts.jsonl", [{ prompt: "One?" }, { prompt: "Two?" }]);
  const pairs = space.write("pairs.jsonl", [pair, pair]);
  const out = space.at("out");
  return { space, prompts, pairs, out };
}

/** What a command over rows needs, on simulated models. */
function given(input: string, out: string, ...more: string[]): string[] {
  const place = ["--input", input, "--out", out];
  return [...place, "--model", "sim:oak", ...more];
}

describe("a mistake ends with 2, says what was expected, and sends and writes nothing", () => {
  const mistakes: Record<string, [argv: string[], words: string[]]> = {
    "an unknown option": [
      ["--inputs", "x"],
      ["Unknown option --inputs. Did you mean --input?", "Usage:"],
    ],
    "several options": [
      [loop, "--modell", "sim:x", "--json=yes", "--limit", "--zzzzzz"],
      [
        "3 mistakes:",
        "Unknown option --modell. Did you mean --model?",
        '--json takes no value, got "yes".',
        "--limit: expected a value, found --zzzzzz.",
        "Usage:",
      ],
    ],
    "several values": [
      [loop, "--input", "PROMPTS", "--limit", "0", "--budget", "5x", "--where", "x"],
      [
        "4 mistakes:",
        "--out DIR is missing",
        "--limit: expected",
        "--budget: expected",
        "--where: e",
      ],
    ],
    "no topology": [[], ["TOPOLOGY is missing", "Usage:"]],
    "no input": [[loop, "--out", "OUT"], ["--input FILE is missing"]],
    "no directory": [[loop, "--input", "PROMPTS"], ["--out DIR is missing"]],
    "two topologies": [
      [loop, loop, "--input", "PROMPTS", "--out", "OUT"],
      ["Expected one topology"],
    ],
    "a limit that is none": [
      [loop, "--input", "PROMPTS", "--out", "OUT", "--limit", "0"],
      ["--limit: expected a whole number from 1 up", '"0"'],
    ],
    "a concurrency beyond measure": [
      [loop, "--input", "PROMPTS", "--out", "OUT", "--concurrency", "99999999999"],
      ["--concurrency: expected a whole number from 1 to"],
    ],
    "a budget that is no sum": [
      [loop, "--input", "PROMPTS", "--out", "OUT", "--budget", "5x"],
      ["--budget: expected dollars such as 5 or 0.50", '"5x"'],
    ],
    "a price table that is none": [
      [loop, "--input", "PROMPTS", "--out", "OUT", "--model", "sim:oak", "--prices", "PROMPTS"],
      ["Can't read the price table", "prompts.jsonl"],
    ],
    "an input that is not there": [
      [loop, "--input", "absent.jsonl", "--out", "OUT", "--model", "sim:oak"],
      ["absent.jsonl"],
    ],
    "an input of an unknown kind": [
      [loop, "--input", loop, "--out", "OUT", "--model", "sim:oak"],
      ["feedback-loop.yaml", ".jsonl"],
    ],
    "an input without rows": [
      [loop, "--input", "EMPTY", "--out", "OUT", "--model", "sim:oak"],
      ["empty.jsonl holds no rows"],
    ],
    "an input in UTF-16 without a byte order mark": [
      [loop, "--input", "UTF16", "--out", "OUT", "--model", "sim:oak"],
      ["utf16.jsonl", "UTF-16"],
    ],
    "a topology that is not there": [
      ["absent.yaml", "--input", "PROMPTS", "--out", "OUT"],
      ["no such file: absent.yaml"],
    ],
    "a key that a topology has not": [
      [loop, "--input", "PROMPTS", "--out", "OUT", "--set", "iteration=2"],
      ["--set iteration=2", 'unknown key "iteration"'],
    ],
    "an agent that a topology has not": [
      [loop, "--input", "PROMPTS", "--out", "OUT", "--model", "editor=sim:oak"],
      ['no agent "editor"', "generator"],
    ],
    "an unknown provider": [
      [loop, "--input", "PROMPTS", "--out", "OUT", "--model", "nobody:gpt"],
      ["nobody", "openai"],
    ],
    "a cassette that is not there": [
      [loop, "--input", "PROMPTS", "--out", "OUT", "--model", "replay:absent.jsonl"],
      ["absent.jsonl"],
    ],
    "a missing key": [[loop, "--input", "PROMPTS", "--out", "OUT"], ["TOGETHER_API_KEY"]],
    "an evaluator": [
      [judge, "--input", "PROMPTS", "--out", "OUT", "--model", "sim:oak"],
      ["graph: judge; generate takes single, feedback-loop, pool or chain"],
    ],
  };

  it.each(Object.entries(mistakes))("%s", async (_, [argv, words]) => {
    for (const name of ["TOGETHER", "GOOGLE", "OPENAI"]) vi.stubEnv(`${name}_API_KEY`, undefined);
    const { space, prompts, out } = workspace();
    const files = {
      PROMPTS: prompts,
      OUT: out,
      EMPTY: space.write("empty.jsonl", "\n\n"),
      UTF16: space.write("utf16.jsonl", Buffer.from('{"prompt": "?"}', "utf16le")),
    };
    const given = argv.map((word) => files[word as keyof typeof files] ?? word);
    expectRefusal(await runScript("generate", given), 2, ...words);
    expect(existsSync(out)).toBe(false);
    vi.unstubAllEnvs();
  });
});

describe("exit codes", () => {
  it("are 0 for a whole run, 3 for one with failed rows, 2 for another run's directory, 6 for a place that can't be written", async () => {
    const { space, prompts, out } = workspace();
    const run = (...more: string[]) =>
      runScript("generate", [loop, "--input", prompts, "--model", "sim:oak", ...more]);
    expect((await run("--out", out)).code).toBe(0);
    expectRefusal(
      await run("--out", out, "--set", "iterations=2"),
      2,
      "iterations: 3 there, 2 now",
    );
    expectRefusal(await run("--out", join(prompts, "out")), 6, "prompts.jsonl");
    space.write("prompts.jsonl", [{ prompt: "One?" }, { prompt: 2 }, "three"]);
    const end = await run("--out", out, "--fresh");
    expect(end.code).toBe(3);
    expect(end.stdout).toContain(
      `2 rows failed (${join(out, "failed.jsonl")} has them all):\n  2 `,
    );
  });

  it("is 7 for a damaged journal, and --salvage goes on", async () => {
    const { space, prompts, out } = workspace();
    const argv = [loop, "--input", prompts, "--out", out, "--model", "sim:oak"];
    await runScript("generate", argv);
    const calls = space.text("out", "journal.calls");
    space.write(join("out", "journal.calls"), calls.replace("generator", "Generator"));
    expectRefusal(await runScript("generate", argv), 7, "journal.calls", "--salvage");
    const salvaged = await runScript("generate", [...argv, "--salvage"]);
    expect(salvaged.code).toBe(0);
    expect(salvaged.stderr).toContain("journal.calls was damaged");
  });

  it("shows a stack and 70 for what is no mistake of the user's", async () => {
    const { runCommand } = await import("./command-line/command.ts");
    const before = process.exitCode;
    const written: string[] = [];
    const spy = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
    await runCommand(async () => {
      throw new Error("out of \u001B[31mink");
    });
    spy.mockRestore();
    expect(process.exitCode).toBe(70);
    process.exitCode = before;
    expect(written.join("")).toMatch(/bug of ours.*\nError: out of \uFFFD\[31mink\n +at /s);
  });
});

describe("what a command prints", () => {
  it("is one JSON object on standard output with --json, the summary", async () => {
    const { space, prompts, pairs, out } = workspace();
    const generated = await runScript("generate", [loop, ...given(prompts, out, "--json")]);
    expect(JSON.parse(generated.stdout)).toEqual(space.json("out", "summary.json"));
    expect(generated.stdout.endsWith("}\n")).toBe(true);
    expect(generated.stderr).toContain(join(out, "dpo.jsonl"));
    const judged = given(pairs, space.at("judged"), "--json");
    const evaluated = await runScript("evaluate", [judge, ...judged]);
    expect(JSON.parse(evaluated.stdout)).toEqual(space.json("judged", "summary.json"));
    expect(evaluated.stderr).toContain("win rate of a");
    const both = given(pairs, space.at("both"), "--json");
    const several = await runScript("evaluate", [judge, judge, ...both]);
    expect(Object.keys(JSON.parse(several.stdout).evaluators)).toEqual(["judge", "judge-2"]);
  });

  it("is the files and what is in them for people, and progress on standard error", async () => {
    const { prompts, out } = workspace();
    const end = await runScript("generate", [loop, ...given(prompts, out)]);
    expect(end.stdout.split("\n")).toContain(`${join(out, "rows.jsonl")} (2 lines)`);
    expect(end.stdout).toMatch(/^It made \d+ preference pairs?; /);
    expect(end.stdout).toContain(
      `\n${join(out, "run.json")}\nNext, open ${join(out, "report.html")} `,
    );
    expect(end.stderr).toMatch(/^rows 2 done, 0 failed · 14 calls/m);
  });

  it("is nothing on standard error with --quiet", async () => {
    const { space, prompts, pairs, out } = workspace();
    const one = await runScript("generate", [loop, ...given(prompts, out, "--quiet")]);
    expect(one.stderr).toBe("");
    const several = given(pairs, space.at("several"), "--quiet");
    const { stderr, stdout } = await runScript("evaluate", [judge, judge, ...several]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^judge +2 /m);
    expect(stdout).toMatch(/^judge-2 +2 /m);
    expect(stdout).toContain(space.at("several", "judge-2", "rows.jsonl"));
  });

  it("tells in a dry run what a run would come to, and writes and sends nothing", async () => {
    const { space, prompts, pairs, out } = workspace();
    const dry = given(prompts, out, "--dry-run");
    const people = await runScript("generate", [loop, ...dry]);
    expect(people.code).toBe(0);
    expect(people.stdout).toContain("2 rows (0 can't be used), about 14 calls to ask");
    const limited = ["--json", "--set", "orders=both", "--limit", "1"];
    const machine = await runScript("evaluate", [
      judge,
      ...given(pairs, out, "--dry-run", ...limited),
    ]);
    expect(JSON.parse(machine.stdout)).toMatchObject({ dryRun: { rows: 1, calls: 2 } });
    expectRefusal(await runScript("generate", [loop, ...dry, "--model", "x"]), 2, "x");
    expect(space.files()).toEqual(["pairs.jsonl", "prompts.jsonl"]);
  });
});

describe("fellowship", () => {
  it("lists the commands by purpose, each in a line", async () => {
    const { code, stdout, stderr } = await runScript("--help", []);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { name, summary } of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, "m"));
    }
  });

  it("tells its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await runScript("--version", [])).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  it("refuses an unknown command, and names the one that was meant", async () => {
    expectRefusal(await runScript("genrate", ["x"]), 2, "genrate", "Did you mean generate?");
    expectRefusal(await runScript("\u001B[31m", []), 2, "Unknown command", "generate, evolve");
  });

  it("is the file that the npm scripts of all commands run", () => {
    const { bin, scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      bin: { fellowship: string };
      scripts: Record<string, string>;
    };
    for (const { name } of commands.filter((command) => command.name !== "dataset")) {
      expect(scripts[name]).toContain(`node ${bin.fellowship} ${name}`);
    }
    expect(scripts["dataset:push"]).toBe(`node ${bin.fellowship} dataset push`);
    expect(scripts["fellowship"]).toBe(`node ${bin.fellowship}`);
  });
});

describe("--help", () => {
  const names = commands.map(({ name }) => name);

  it.each(names)("of %s ends with 0, and its examples are of the real thing", async (name) => {
    const { code, stdout, stderr } = await runScript(name, ["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: fellowship ${name}`));
    expect(stdout).toContain("Examples:\n");
    expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
    expect((await runScript(name, ["-h"])).stdout).toBe(stdout);
    for (const [program, command, ...words] of examplesOf(stdout)) {
      expect(program).toBe("fellowship");
      expect(names).toContain(command);
      for (const word of words.filter((text) => /^(?:topologies|examples)\//.test(text))) {
        expect([word, existsSync(join(import.meta.dirname, "..", word))]).toEqual([word, true]);
      }
    }
  });

  it.each(["generate", "evaluate", "evolve"])(
    "of %s lists options that are taken, and examples that parse",
    async (name) => {
      const { readRunOptions } = await import("./command-line/run-options.ts");
      const { stdout } = await runScript(name, ["--help"]);
      const listed = [...stdout.matchAll(/^ {2}(--[a-z-]+)( [A-Z[]+=?)?/gm)].map(
        ([, option = "", value]) =>
          value === undefined ? [option] : [option, valueFor(option, value)],
      );
      expect(listed.map(([option]) => option)).toEqual(
        expect.arrayContaining(["--input", "--out", "--limit", "--json", "--fresh", "--salvage"]),
      );
      // Either --keep or --certify with its --labels says how many pairs are kept; calls that go
      // into batches are made by no worker.
      const elsewhere = ["--workers", "--queue", "--sentinel", "--on-drift"];
      const alternatives = [
        ["--help", "--keep", "--batch", "--batch-files"],
        ["--help", "--certify", "--labels", "--batch-files", ...elsewhere],
        ["--help", "--certify", "--labels", "--batch", ...elsewhere],
      ];
      for (const without of alternatives) {
        const words = listed.filter(([option = ""]) => !without.includes(option)).flat();
        expect(() => readRunOptions(["t.yaml", ...words], "usage")).not.toThrow();
      }
      for (const [, command, ...argv] of examplesOf(stdout)) {
        if (command === name) expect(readRunOptions(argv, "usage")).not.toBeNull();
      }
    },
  );
});

describe("compare", () => {
  it("prints a line a run and a verdict in words, and refuses what is missing", async () => {
    const { space, out } = workspace();
    const files = ["one", "two"].map((name) =>
      space.write(`${name}.jsonl`, [{ prompt: "Question?", text: `Answer of ${name}` }]),
    );
    const given = [...files, "--out", out, "--model", "sim:oak"];
    const end = await runScript("compare", [...given, "--evaluator", judge]);
    expect(end.code).toBe(0);
    expect(end.stdout).toContain("(too few prompts to tell)");
    expect(existsSync(join(out, "comparison.md"))).toBe(true);
    expectRefusal(await runScript("compare", given), 2, "--evaluator FILE is missing");
    const one = [files[0] ?? "", "--evaluator", judge, "--out", space.at("other")];
    expectRefusal(await runScript("compare", one), 2, "Expected two runs or more");
  });
});

/** The commands of a help text's examples, in words. */
function examplesOf(help: string): string[][] {
  const [, examples = ""] = /Examples:\n((?: {2,}.*\n)+)/.exec(help) ?? [];
  return examples
    .replaceAll(/\\\n/g, " ")
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
}

/** A value that an option takes. */
function valueFor(option: string, shown: string): string {
  if (option === "--gate") return "refusals";
  if (option === "--push") return "me/set";
  if (option === "--shard") return "1/1";
  if (option === "--on-drift") return "stop";
  if (option === "--queue") return "redis://127.0.0.1:6379";
  if (option === "--certify") return "0.2";
  return shown.endsWith("=") ? "1=1" : "1";
}

describe("export", () => {
  it("writes a cassette, and refuses what it does not know", async () => {
    const { space, prompts, out } = workspace();
    const single = join(topologies, "single.yaml");
    await runScript("generate", [single, "--input", prompts, "--out", out, "--model", "sim:oak"]);
    const file = space.at("x.jsonl");
    const end = await runScript("export", [out, "--kind", "cassette", "--file", file]);
    expect(end).toEqual({ code: 0, stdout: `${file}: 2 calls of 2 rows\n`, stderr: "" });
    expectRefusal(await runScript("export", []), 2, "Expected one directory");
    expectRefusal(
      await runScript("export", [out, "--kind", "dpo"]),
      2,
      "--to: expected one of trl, llama-factory",
    );
    expectRefusal(await runScript("export", [out, "--kind", "cassette"]), 2, "--file FILE");
    expectRefusal(await runScript("export", [out, "--what"]), 2, "--what");
    const nowhere = [space.at("nowhere"), "--kind", "cassette", "--file", space.at("y.jsonl")];
    expectRefusal(await runScript("export", nowhere), 2, "holds no run");
  });

  it("writes a trainer's data and says where, and what a run holds nothing of", async () => {
    const { space, prompts, out } = workspace();
    const single = join(topologies, "single.yaml");
    await runScript("generate", [single, "--input", prompts, "--out", out, "--model", "sim:oak"]);
    const file = space.at("train", "sft.jsonl");
    const sft = [out, "--to", "trl", "--kind", "sft", "--file", file, "--split", "0.5"];
    expect(await runScript("export", sft)).toEqual({
      code: 0,
      stdout: [
        "For trl 1.16, from 2 rows:",
        `  ${file}: 1 line`,
        `  ${space.at("train", "sft.test.jsonl")}: 1 line`,
        `  ${space.at("train", "sft.trl.yaml")}: settings for trl`,
        "Split by prompt: 1 train, 1 held out.",
        "",
      ].join("\n"),
      stderr: "",
    });
    const other = (...options: string[]) => runScript("export", [out, "--to", "trl", ...options]);
    const dpo = await other("--kind", "dpo", "--file", space.at("train", "dpo.jsonl"));
    expectRefusal(dpo, 2, "has no line for --kind dpo: no row gives one.");
    expectRefusal(await runScript("export", sft), 2, "exists already");
    expectRefusal(
      await other("--kind", "ppo"),
      2,
      "expected one of dpo, kto, sft, reward, ranking",
    );
    expectRefusal(await other("--kind", "dpo"), 2, "--file FILE");
    expectRefusal(await other("--kind", "cassette", "--file", file), 2, "neither --to");
    const split = await other("--kind", "sft", "--file", space.at("x.jsonl"), "--split", "90");
    expectRefusal(split, 2, "--split: expected a share");
  });
});

describe("draw", () => {
  const silent = { code: 0, stdout: "", stderr: "" };

  it("draws a topology that has no key, and refuses what is none", async () => {
    for (const name of ["OPENAI", "GOOGLE", "TOGETHER"]) vi.stubEnv(`${name}_API_KEY`, undefined);
    const drawn = await runScript("draw", [loop]);
    expect(drawn).toMatchObject({ code: 0, stderr: "" });
    for (const node of ["generator", "reviewer", "challenge", "choose"]) {
      expect(drawn.stdout).toContain(node);
    }
    const { space } = workspace();
    const picture = space.at("loop.svg");
    expect(await runScript("draw", [loop, "--svg", "--into", picture])).toEqual(silent);
    const svg = readFileSync(picture, "utf8");
    expect((await runScript("draw", [loop, "--svg"])).stdout).toBe(svg);
    writeFileSync(picture, svg.replaceAll("generator", "painter"));
    expect(await runScript("draw", ["--into", picture])).toEqual(silent);
    expect(readFileSync(picture, "utf8")).toBe(svg);
    writeFileSync(picture, "<svg></svg>");
    expectRefusal(await runScript("draw", ["--into", picture]), 2, "not drawn by this command");
    expectRefusal(await runScript("draw", [loop, "--into", picture]), 2, "needs --svg");
    expectRefusal(await runScript("draw", []), 2, "Expected one topology");
    expectRefusal(await runScript("draw", ["absent.yaml"]), 2, "absent.yaml");
    vi.unstubAllEnvs();
  });
});

describe("replicate", () => {
  it("says where to point it where there are no data", async () => {
    const { space } = workspace();
    expectRefusal(await runScript("replicate", []), 2, "Expected the folder of the recorded data");
    expectRefusal(
      await runScript("replicate", [space.at()]),
      2,
      "npm run replicate -- ../shared/data",
    );
    expectRefusal(await runScript("replicate", ["--wrong"]), 2, "Usage:");
  });
});
