import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseDocument, type Document } from "yaml";
import { createGate } from "../models/gate/gate.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { shippedRoot } from "../state/package-root.ts";
import { buildGraph } from "./draw-topology.ts";
import { isEvaluatorTopology, needsAnswers, type Topology } from "./kinds/kinds.ts";
import { findTopology, presetHint, presetNames } from "./load/find-topology.ts";
import { loadTopology } from "./load/load-topology.ts";
import { locationOfAgent } from "./session/agent-locations.ts";

/** A preset as files of the user's own. */
export type PresetCopy = {
  /** The command that takes its topology. */
  readonly command: "generate" | "evaluate" | "evolve";
  /** Texts by relative path, with `/`; the topology itself comes first. */
  readonly files: ReadonlyMap<string, string>;
};

const presets = join(shippedRoot, "topologies");

/**
 * Copies a preset: its topology and those that it names, the prompts of all its agents, which the
 * copy names by their paths, and the JSON Schema for editors.
 *
 * @throws FellowshipError `bad_usage` for a name that is no preset's.
 */
export async function copyPreset(name: string): Promise<PresetCopy> {
  const path = findTopology(name);
  if (relative(presets, path).startsWith("..")) {
    const hint = presetHint(name) || ` Presets: ${presetNames().join(", ")}.`;
    throw new FellowshipError("bad_usage", `--preset: no preset has the name ${name}.${hint}`);
  }
  const files = new Map<string, string>();
  await copyTopology(path, files);
  files.set("schema.json", readFileSync(join(presets, "schema.json"), "utf8"));
  return { command: commandFor(loadTopology(path)), files };
}

function commandFor(topology: Topology): PresetCopy["command"] {
  if (needsAnswers(topology)) return "evolve";
  return isEvaluatorTopology(topology) ? "evaluate" : "generate";
}

async function copyTopology(path: string, files: Map<string, string>): Promise<void> {
  const file = path.split(/[\\/]/).at(-1) ?? "";
  if (files.has(file)) return;
  const text = readFileSync(path, "utf8").replace(
    /\$schema=\S*schema\.json/,
    "$schema=./schema.json",
  );
  const document = parseDocument(text);
  // The topology comes first, so its place is taken before those of its prompts.
  files.set(file, text);
  for (const { key, prompt } of await promptsOf(path)) {
    const keys = key.split(".").map((word) => (/^\d+$/.test(word) ? Number(word) : word));
    // The agents of a topology that is named as a file are in that file.
    if (!document.hasIn(keys.slice(0, -1))) continue;
    document.setIn(keys, `./prompts/${prompt}.md`);
    files.set(`prompts/${prompt}.md`, readFileSync(join(promptDirectory, `${prompt}.md`), "utf8"));
  }
  files.set(file, document.toString({ lineWidth: 0 }));
  for (const named of filesNamedIn(document)) await copyTopology(findTopology(named, path), files);
}

/**
 * The prompt of every agent, by the key where a topology names it: the last that its node is given,
 * as a debater's persona.
 */
async function promptsOf(path: string) {
  const found = new Map<string, string>();
  await buildGraph(loadTopology(path, { models: ["sim:copied"] }), {
    gate: createGate(),
    environment: {},
    promptDirectory,
    onPrompt: (prompt, agent) => {
      const key = /: (\S+)$/.exec(locationOfAgent(agent, "prompt") ?? "")?.[1];
      if (key !== undefined) found.set(key, prompt);
    },
  });
  return [...found].map(([key, prompt]) => ({ key, prompt }));
}

function filesNamedIn(document: Document): string[] {
  const named: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "file" && typeof inner === "string") named.push(inner);
      else visit(inner);
    }
  };
  visit(document.toJS());
  return named;
}
