import { FellowshipError } from "../../state/fellowship-error.ts";
import { readRecords } from "../read/read-records.ts";
import { textsIn, type OpenGate } from "./gate.ts";
import { badValue } from "./gate-value.ts";
import { shinglesOf, wordsOf } from "./words.ts";

const wordsInRun = 8;
/** A shorter text is everybody's. */
const leastWords = 5;
const leastShare = 0.5;

/**
 * Drops what a test set holds: half the runs of eight words of one of its texts stand in the prompt
 * or in a response (the measure of Lambert et al., Tulu 3, section 3.2).
 */
export const contamination: OpenGate = async (value) => {
  if (value === undefined || value === "") throw badValue("contamination", "a file", value);
  const index = await readTestSet(value);
  return () => (candidate) => {
    const texts = [...candidate.prompt.map(({ content }) => content), ...textsIn(candidate)];
    for (const text of texts) {
      const record = index.find(text);
      if (record !== undefined) return `It holds a text of record ${record} of ${value}.`;
    }
    return undefined;
  };
};

async function readTestSet(path: string) {
  /** By the hash of a run, the texts that have it. */
  const holders = new Map<number, number[]>();
  const texts: { readonly record: number; readonly runs: number; readonly size: number }[] = [];
  let records = 0;
  for await (const read of readRecords(path)) {
    records += 1;
    if (!("value" in read)) continue;
    for (const text of allTexts(read.value)) {
      const words = wordsOf(text).length;
      if (words < leastWords) continue;
      const size = Math.min(words, wordsInRun);
      const runs = shinglesOf(text, size);
      const number = texts.push({ record: records, runs: runs.size, size }) - 1;
      for (const run of runs) {
        const known = holders.get(run);
        if (known === undefined) holders.set(run, [number]);
        else known.push(number);
      }
    }
  }
  if (texts.length === 0) {
    throw new FellowshipError(
      "bad_input",
      `--gate contamination: expected texts of ${leastWords} words or more in ${path}, found none.`,
      { facts: { path } },
    );
  }
  const sizes = [...new Set(texts.map(({ size }) => size))];

  /** The number of the record that the text holds a text of. */
  function find(text: string): number | undefined {
    for (const size of sizes) {
      const shared = new Map<number, number>();
      for (const run of shinglesOf(text, size)) {
        for (const number of holders.get(run) ?? []) {
          if (texts[number]?.size !== size) continue;
          shared.set(number, (shared.get(number) ?? 0) + 1);
        }
      }
      for (const [number, runs] of shared) {
        const found = texts[number];
        if (found !== undefined && runs >= leastShare * found.runs) return found.record;
      }
    }
    return undefined;
  }
  return { find };
}

function allTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(allTexts);
}
