import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { DpoLine } from "../../datasets/export/preference-lines.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { runScript } from "../../tests/run-script.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { generate } from "../generate/generate.ts";

const directory = mkdtempSync(join(tmpdir(), "fellowship-pairs-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const space = openWorkspace(directory);
const rows = 12;
const skills = { ash: 0.2, birch: 0.8, cedar: 0.5 };
const generators = Object.entries(skills).map(([name, skill]) => ({
  name,
  model: `sim:${name}?skill=${skill}&spread=0`,
}));
const judge = { graph: "judge", agents: { judge: { model: "sim:judge?noise=0" } } };

async function run(name: string, topology: object) {
  const file = space.write(`${name}.json`, JSON.stringify(topology));
  return generate(file, space.options("prompts.jsonl", name));
}

async function draw(run: string, ...options: string[]) {
  const file = space.at(`pairs-${Math.random()}.jsonl`);
  const end = await runScript("pairs", [space.at(run), "--file", file, ...options]);
  return { ...end, file };
}

/** Who wrote the chosen and the rejected response of each pair. */
const writers = (path: string) =>
  space.lines(path).map((line) => {
    const { source } = DpoLine.parse(line);
    return `${source.chosen_agent} > ${source.rejected_agent}`;
  });

it("draws pairs by each rule from a run that wrote them by another, and asks no model", async () => {
  space.write(
    "prompts.jsonl",
    Array.from({ length: rows }, (_, index) => ({ prompt: `Question ${index}?` })),
  );
  const topology = { graph: "pool", agents: { generators }, evaluator: judge };
  const { summary } = await run("pool", topology);
  expect(summary).toMatchObject({ done: rows, pairs: rows, bestAgent: { birch: rows } });
  expect(writers("pool/dpo.jsonl")).toEqual(Array(rows).fill("birch > ash"));
  const before = space.outputs("pool");

  const drawn = async (...options: string[]) => {
    const { stdout, file } = await draw("pool", ...options);
    const lines = writers(file.slice(space.at("").length));
    expect(stdout).toBe(`${file}: ${lines.length} pairs of ${rows} rows\n`);
    return lines;
  };
  const every = (...pairs: string[]) => Array.from({ length: rows }, () => pairs).flat();
  expect(await drawn("--rule", "best-worst")).toEqual(every("birch > ash"));
  const all = ["birch > ash", "birch > cedar", "cedar > ash"];
  expect(await drawn("--rule", "all")).toEqual(every(...all));
  // The best of the pairs with a response of the one asked for.
  const onPolicy = ["--on-policy", "cedar"];
  expect(await drawn("--rule", "best-worst", ...onPolicy)).toEqual(every("birch > cedar"));
  expect(await drawn("--rule", "all", ...onPolicy)).toEqual(every(...all.slice(1)));
  const compared = await drawn("--rule", "comparisons");
  expect(compared.toSorted()).toEqual(every(...all).toSorted());
  // Scores differ by 3, 3 and 6.
  expect(await drawn("--rule", "all", "--margin", "4,10")).toEqual(every("birch > ash"));
  expect(await drawn("--rule", "best-worst", "--margin", "1,4")).toEqual(every("birch > cedar"));
  const random = await drawn("--rule", "best-random");
  expect(new Set(random)).toEqual(new Set(all.slice(0, 2)));
  expect(await drawn("--rule", "best-random")).toEqual(random);
  expect(await drawn("--rule", "best-random", "--seed", "1")).not.toEqual(random);
  expect(space.outputs("pool")).toEqual(before);

  const again = await run("filtered", {
    ...topology,
    pairs: "all",
    onPolicy: "ash",
    margin: [4, 9],
  });
  expect(again.summary).toMatchObject({ pairs: rows });
  expect(writers("filtered/dpo.jsonl")).toEqual(every("birch > ash"));
});

it("refuses what it can't draw, or would overwrite", async () => {
  const file = space.write("there.jsonl", "");
  const refused = async (run: string, options: string[], message: RegExp) => {
    const { code, stderr } = await draw(run, ...options);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  };
  await refused("pool", [], /--rule RULE is missing/);
  await refused("pool", ["--rule", "worst"], /expected one of best-worst, .* got worst/);
  await refused("pool", ["--rule", "best-first"], /one of best-worst, best-random, all, compar/);
  await refused("pool", ["--rule", "all", "--on-policy", "oak"], /ash, birch, cedar, got oak/);
  await refused("pool", ["--rule", "all", "--margin", "4"], /LOW,HIGH.*got 4/);
  await refused("pool", ["--rule", "all", "--seed", "x"], /whole number \(got x\)/);
  await refused("pool", ["--rule", "all", "--file", file], /exists already/);
  await refused("nowhere", ["--rule", "all"], /holds no run/);

  const [generator] = generators;
  const single = { graph: "single", samples: 2, agents: { generator }, evaluator: judge };
  await run("single", single);
  await refused("single", ["--rule", "all"], /one of comparisons, best-first for this run/);
  expect(await draw("single", "--rule", "best-first")).toMatchObject({ code: 0 });

  space.write("pairs.jsonl", [{ prompt: "?", a: "one", b: "two" }]);
  const evaluator = space.write("judge.json", JSON.stringify(judge));
  await evaluate(evaluator, space.options("pairs.jsonl", "judged"));
  await refused("judged", ["--rule", "all"], /holds no responses/);
});
