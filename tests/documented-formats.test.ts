import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import layersFile from "../layers.json" with { type: "json" };
import { evaluate } from "../runs/evaluate/evaluate.ts";
import { evolve } from "../runs/evolve/evolve.ts";
import { generate } from "../runs/generate/generate.ts";
import { CallRecord } from "../state/calls/call-record.ts";
import { Outcome } from "../state/calls/outcome.ts";
import { DpoLine, KtoLine, LineSource, SftLine } from "../datasets/export/preference-lines.ts";
import { topologyJsonSchema } from "../topologies/load/topology-json-schema.ts";
import { openWorkspace } from "./workspace.ts";

const formats = readFileSync("docs/formats.md", "utf8");
const troubleshooting = readFileSync("docs/troubleshooting.md", "utf8");

/** Objects whose keys are the user's or the run's own words: names, reasons, settings. */
const freeKeys = new Set(["input", "topology", "prompts", "labels", "failures", "endedEarly"]);

/** The names of all fields, at any depth. */
function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    name,
    ...(freeKeys.has(name) ? [] : fieldsOf(inner)),
  ]);
}

/** Names that are data: rounds, labels, reviewers. */
function isNamed(name: string): boolean {
  return !/^\d+$|^reviewer$|^reviewer-\d+$/.test(name);
}

function expectDocumented(fields: readonly string[]): void {
  const words = new Set(formats.match(/\w+/g));
  const missing = [...new Set(fields)].filter((name) => isNamed(name) && !words.has(name));
  expect(missing).toEqual([]);
}

describe("docs/formats.md", () => {
  it("has every field of the shapes of training data", () => {
    const CallLine = CallRecord.omit({ request: true });
    for (const schema of [DpoLine, KtoLine, SftLine, LineSource, CallLine]) {
      expectDocumented(Object.keys(schema.shape));
    }
  });

  it("has every field that runs write", async () => {
    const space = openWorkspace();
    const sides = { a: { text: "Yes." }, b: { text: "No, it is not so." } };
    space.write("prompts.jsonl", [{ prompt: "Why?" }, { prompt: "" }]);
    space.write(
      "pairs.jsonl",
      ["a", "b", "tie"].map((label) => ({
        prompt: `${label}?`,
        ...sides,
        labels: { x: label, y: "a" },
      })),
    );
    space.write("data.json", JSON.stringify([{ instruction: "Why?", output: "So." }]));
    const models = ["sim:oak"];
    const sets = ["orders=both"];
    await generate("topologies/chain.yaml", space.options("prompts.jsonl", "chain", { models }));
    await generate(
      "topologies/feedback-loop.yaml",
      space.options("prompts.jsonl", "branch", { models, sets: ["branch=true"] }),
    );
    await evolve("topologies/coevol.yaml", space.options("data.json", "evolve", { models }));
    await evaluate("topologies/jury.yaml", space.options("pairs.jsonl", "jury", { models, sets }));
    await evaluate("topologies/cascade.yaml", space.options("pairs.jsonl", "cascade", { models }));
    for (const out of ["chain", "branch", "evolve", "jury", "cascade"]) {
      for (const name of space.files(out)) {
        if (name.endsWith(".jsonl")) expectDocumented(fieldsOf(space.lines(out, name)));
        if (/^(summary|run)\.json$/.test(name)) expectDocumented(fieldsOf(space.json(out, name)));
      }
    }
  });
});

/** The names of all properties in a JSON Schema. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([name, inner]) => [
    ...(name === "properties" ? Object.keys(inner as object) : []),
    ...keysOf(inner),
  ]);
}

describe("docs/topologies.md and docs/study.md", () => {
  it("have every key of a topology file and of a plan", () => {
    const pages = ["docs/topologies.md", "docs/study.md"];
    const text = pages.map((page) => readFileSync(page, "utf8")).join("\n");
    const words = new Set(text.match(/\w+/g));
    const keys = [...new Set(keysOf(topologyJsonSchema()))];
    expect(keys.length).toBeGreaterThan(30);
    expect(keys.filter((key) => !words.has(key))).toEqual([]);
  });
});

describe("docs/troubleshooting.md", () => {
  it("explains every word for the end of a call", () => {
    for (const word of Outcome.options) expect(troubleshooting).toContain(`\`${word}\``);
  });

  it("quotes messages that the code has", () => {
    const sources = Object.keys(layersFile.layers).flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
        .map((name) => readFileSync(join(folder, name), "utf8")),
    );
    const code = sources.join("\n").replaceAll(/["`]\s*\+\s*["`]/g, "");
    const quoted = [...troubleshooting.matchAll(/^\| `([^`]+)` \|/gm)].map(([, text = ""]) => text);
    expect(quoted.length).toBeGreaterThan(30);
    expect(quoted.filter((text) => !code.includes(text))).toEqual([]);
  });
});
