import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGate } from "../models/gate/gate.ts";
import type { CassetteLine } from "../models/in-process/replay-chat-model.ts";
import { advisorRole } from "../nodes/advisor.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import type { Message } from "../state/message.ts";
import { buildEvolution } from "../topologies/build/build-evolution.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import { addressOf } from "./recording-gate.ts";
import { isEvolutionTopology } from "../topologies/kinds/kinds.ts";

/** Recorded answers by `agent part turn`, as a text or as other fields of a cassette's line. */
export type Recording = Readonly<Record<string, string | Partial<CassetteLine>>>;

/** Answers of everybody but the judge in one iteration, from 1. */
export function iteration(number: number, part = ""): Recording {
  const at = (agent: string, turn: number) => addressOf({ agent, part, turn });
  const first = 2 * (number - 1);
  return {
    [at("positive", first)]: `It is right ${number}.`,
    [at("critical", first)]: `It is short ${number}.`,
    [at("positive", first + 1)]: `Short indeed ${number}.`,
    [at("critical", first + 1)]: `Right indeed ${number}.`,
    [at(advisorRole.name, number - 1)]: `Say more ${number}.\nGive an example ${number}.`,
    [at("editor", number - 1)]:
      `rewrite ${[number, part].filter((word) => word !== "").join(" of ")}`,
  };
}

/** The judge's two answers in an iteration: their first lines. */
export function verdict(number: number, plain: string, swapped: string, part = ""): Recording {
  const place = part === "" ? "swapped" : `${part}.swapped`;
  return {
    [addressOf({ agent: "judge", part, turn: number - 1 })]: `${plain}\nBecause.`,
    [addressOf({ agent: "judge", part: place, turn: number - 1 })]: `${swapped}\nBecause.`,
  };
}

/**
 * Readings by which the rewrite is better, the response is, or neither; the response is A, swapped
 * B.
 */
export const better = ["Assistant B", "Assistant A"] as const;
export const worse = ["Assistant A", "Assistant B"] as const;
export const equal = ["Equal", "Equal"] as const;

export const oneAnswer: readonly Message[] = [
  { role: "user", content: "Why is the sky blue?" },
  { role: "assistant", content: "It scatters." },
];

export type RecordedRun = {
  readonly recording: Recording;
  readonly conversation?: readonly Message[];
  /** Changes of `topologies/coevol.yaml`, or the path of another topology. */
  readonly sets?: readonly string[];
  readonly topology?: string;
};

const presets = join(promptDirectory, "..", "topologies");

/**
 * Runs a CoEvol topology over one row, on a cassette of these answers; `addresses` are those of the
 * calls, sorted.
 */
export async function runRecorded({
  recording,
  conversation = oneAnswer,
  sets = [],
  topology: path = join(presets, "coevol.yaml"),
}: RecordedRun) {
  const directory = mkdtempSync(join(tmpdir(), "evolution-"));
  try {
    const cassette = join(directory, "cassette.jsonl");
    writeFileSync(cassette, Object.entries(recording).map(lineOf).join(""));
    const topology = loadTopology(path, { models: [`replay:${cassette}`], sets });
    if (!isEvolutionTopology(topology)) throw new Error(`${path} improves no answers`);
    const context = { gate: createGate(), environment: {}, promptDirectory };
    const built = await buildEvolution(topology, context);
    const { recursionLimit } = built;
    const row = { number: 1, id: "row-1" };
    const input = { row, conversation: [...conversation] };
    const result = await built.graph.invoke(input, { recursionLimit });
    const addresses = result.transcript.map(addressOf).sort();
    return { ...result, addresses };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function lineOf([address, said]: [string, string | Partial<CassetteLine>]): string {
  const [, agent, part = "", turn] = /^(\S+)(?: (\S+))? (\d+)$/.exec(address) ?? [];
  const answer = typeof said === "string" ? { content: said } : { content: "", ...said };
  return `${JSON.stringify({ row: "row-1", agent, part, turn: Number(turn), ...answer })}\n`;
}
