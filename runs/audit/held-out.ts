import { toPromptRow } from "../../datasets/rows/prompt-row.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import type { Message } from "../../state/message.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { readInput } from "../input/read-input.ts";

/** Prompts of a benchmark, and how they are found again. */
export type HeldOut = {
  /** Whether a prompt is one of the benchmark's, or shares a long run of words with one. */
  readonly holds: (prompt: readonly Message[]) => boolean;
};

/**
 * Words in a row that two texts share by descent alone (GPT-3's contamination check, arXiv
 * 2005.14165, appendix C).
 */
const runLength = 13;

/**
 * Reads the prompts of benchmarks: files of prompts, AlpacaEval's `instruction` or FastChat's
 * `turns`.
 *
 * @throws FellowshipError `bad_input` for a line that holds no prompt, `bad_usage` for no file
 */
export async function readHeldOut(paths: readonly string[]): Promise<HeldOut> {
  const runs = new Set<string>();
  for (const path of paths) {
    for await (const record of readInput({ input: path })) {
      const prompt = "value" in record ? promptIn(record.value) : null;
      const read = prompt === null ? toPromptRow(record) : null;
      if (read?.ok === false) {
        const place = `${path}, ${record.place}`;
        throw new FellowshipError("bad_input", `${place}: ${read.detail}`, { facts: { place } });
      }
      const texts = prompt ?? userTexts(read?.ok === true ? read.row.messages : []);
      for (const text of texts) for (const run of runsOf(text)) runs.add(run);
    }
  }
  return {
    holds: (prompt) => userTexts(prompt).some((text) => runsOf(text).some((run) => runs.has(run))),
  };
}

function promptIn(value: unknown): readonly string[] | null {
  if (!isFields(value)) return null;
  const { turns, instruction } = value;
  if (Array.isArray(turns)) return turns.filter((turn) => typeof turn === "string");
  return typeof instruction === "string" && value["prompt"] === undefined ? [instruction] : null;
}

function userTexts(messages: readonly Message[]): string[] {
  return messages.filter(({ role }) => role === "user").map(({ content }) => content);
}

/** All runs of words of a text; the whole text where it is shorter than one. */
function runsOf(text: string): string[] {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) return [];
  if (words.length < runLength) return [`= ${words.join(" ")}`];
  return words
    .slice(runLength - 1)
    .map((_, start) => words.slice(start, start + runLength).join(" "));
}
