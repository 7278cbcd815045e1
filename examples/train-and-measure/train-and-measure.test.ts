import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { compare } from "../../runs/compare/compare.ts";
import { generate } from "../../runs/generate/generate.ts";
import { openWorkspace } from "../../tests/workspace.ts";

/** A Python with trl, peft, datasets, transformers and torch. */
const python = process.env.FELLOWSHIP_PYTHON ?? "";
const hasTrl =
  python !== "" &&
  spawnSync(python, ["-c", "import importlib.util as u; assert u.find_spec('trl')"]).status === 0;

const here = import.meta.dirname;
const space = openWorkspace(mkdtempSync(join(tmpdir(), "fellowship-train-")));
afterAll(() => rmSync(space.at(), { recursive: true }));

const idsOf = (file: string) =>
  readFileSync(join(here, file), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { id: string }).id);

function run(script: string, ...argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(python || "python3", [script, ...argv], {
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  expect([status, status === 0 ? "" : stderr]).toEqual([0, ""]);
  return stdout;
}

/** Serves until the test ends. */
async function serve(...argv: readonly string[]): Promise<string> {
  const child = spawn(python, [join(here, "serve.py"), "0", ...argv], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  onTestFinished(async () => {
    child.stdin.end();
    expect(await ended).toBe(0);
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const port = () => /^ready on port (\d+)\n/.exec(printed)?.[1];
  await expect.poll(() => port() ?? child.exitCode).not.toBeNull();
  return `http://127.0.0.1:${port()}/v1`;
}

it("no held-out prompt is trained on", () => {
  const training = idsOf("prompts.jsonl");
  const heldOut = idsOf("held-out.jsonl");
  expect([training.length, heldOut.length]).toEqual([56, 37]);
  expect(new Set([...training, ...heldOut]).size).toBe(93);
});

it.each(["answer-once", "answer-twice"])("%s runs with simulated models", async (topology) => {
  copyFileSync(join(here, "held-out.jsonl"), space.at("held-out.jsonl"));
  const options = space.options("held-out.jsonl", topology, { models: ["sim:elm"], limit: 3 });
  await generate(join(here, `${topology}.yaml`), options);
  const { rows, failed, calls } = space.json(topology, "summary.json");
  expect([rows, failed, calls]).toEqual([3, 0, topology === "answer-once" ? 3 : 6]);
});

it("the checks prefer a short sentence to a long one, a fragment and two sentences", async () => {
  const short = "Snow is frozen water that falls from clouds.";
  const others = [
    `${"Snow is a big blanket that covers all of the land ".repeat(4)}.`,
    "Frozen water",
    "Snow is cold. It falls from clouds in winter.",
    "Sure, snow is frozen water that falls from clouds.",
  ];
  const rows = (texts: readonly string[]) =>
    texts.map((text, index) => ({ id: `${index}`, prompt: `Snow ${index}?`, text }));
  const a = space.write("a.jsonl", rows(others.map(() => short)));
  const b = space.write("b.jsonl", rows(others));
  const options = space.options("", "compared");
  await compare(join(here, "checks.yaml"), { ...options, runs: [a, b] });
  expect(space.lines("compared", "rows.jsonl").map(({ winner }) => winner)).toEqual(
    others.map(() => "a"),
  );
});

describe.skipIf(!hasTrl)(
  "training (skipped where FELLOWSHIP_PYTHON names no Python with trl)",
  () => {
    beforeAll(() => {
      space.write(
        "save.py",
        `import sys; sys.path.insert(0, ${JSON.stringify(join(here, "../../tests/trainers"))})
from tiny_model import tiny_model, tiny_tokenizer
tokenizer = tiny_tokenizer()
for made in (tokenizer, tiny_model(tokenizer)): made.save_pretrained(sys.argv[1])`,
      );
      run(space.at("save.py"), space.at("model"));
      const turn = (role: string, content: string) => [{ role, content }];
      space.write(
        "dpo.jsonl",
        ["Rain", "Wind", "Snow", "Tide", "Cave", "Lake"].map((topic) => ({
          prompt: turn("user", `What is ${topic}?`),
          chosen: turn("assistant", `${topic} is weather.`),
          rejected: turn("assistant", `${topic}? ${"Well, ".repeat(9)}`),
        })),
      );
    });

    it("takes steps on pairs, and generates with the adapter that comes of it", async () => {
      const [model, adapter] = [space.at("model"), space.at("adapter")];
      const log = run(
        join(here, "train.py"),
        model,
        space.at("dpo.jsonl"),
        adapter,
        "--steps",
        "5",
      );
      const steps = log.split("\n").filter((line) => line.startsWith("{"));
      const { loss } = JSON.parse(steps.find((line) => line.includes('"loss"')) ?? "{}");
      expect(loss).toBeGreaterThan(0);
      const url = await serve(model, adapter);
      const environment = { OPENAI_COMPATIBLE_BASE_URL: url };
      const options = space.options("held-out.jsonl", "after", { environment, limit: 3 });
      await generate(join(here, "answer-once.yaml"), options);
      // An untrained model of two layers may not find an end: those rows fail, and say so.
      const { rows, done, calls, failures } = space.json("after", "summary.json");
      expect([rows, calls]).toEqual([3, 3]);
      expect(done + (failures.cut_at_length ?? 0)).toBe(3);
    });

    it("prints a figure for each check, with its interval", () => {
      const rows = (name: string, texts: readonly string[]) =>
        space.write(
          name,
          texts.map((text, index) => ({ id: `${index}`, responses: [{ round: 1, text }] })),
        );
      const before = rows("before.jsonl", ["One. Two. Three. Four.", "Cold and white"]);
      const after = rows("after.jsonl", ["Snow is cold water.", "Snow is white water.", "Alone."]);
      const printed = run(join(here, "figures.py"), before, after);
      expect(printed).toContain("2 prompts with both answers");
      expect(printed).toContain("| words | 3.50 | 4.00 | +0.50 (+0.00 to +1.00) |");
      expect(printed).toContain("| short sentence | 0.00 | 1.00 | +1.00 (+1.00 to +1.00) |");
    });
  },
);
