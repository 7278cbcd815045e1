import { dpoLines, type PairMode, type PairSettings } from "../../datasets/export/dpo.ts";
import { poolRules } from "../../datasets/export/pool-pairs.ts";
import { openJsonlWriter } from "../../datasets/write/jsonl-writer.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { GenerationResult, RowResult } from "../../state/row-result.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { withFinishedRows } from "../directory/finished-rows.ts";
import type { RowJournal } from "../directory/row-journal.ts";

const rulesOfPools: readonly PairMode[] = [...poolRules, "comparisons"];
const rulesOfLoops: readonly PairMode[] = ["comparisons", "best-first"];
const rules = [...new Set([...rulesOfPools, ...rulesOfLoops])];

/**
 * Draws pairs from the finished rows of a generation by another rule, and asks no model.
 *
 * @returns How many rows were read, and how many pairs were written.
 * @throws FellowshipError `bad_usage` for a rule that is unknown or that the run has no ratings
 *   for, for an agent that wrote nothing, where the directory holds no generation, or the file
 *   exists or lies in a run's directory; `directory_in_use` while a run goes on.
 */
export async function drawPairs(
  directory: string,
  file: string,
  { rule, filter, force = false }: DrawPairsOptions,
): Promise<{ rows: number; pairs: number }> {
  const mode = rules.find((one) => one === rule);
  if (mode === undefined) throw unknownRule(rule, rules);
  await refuseOverwrite(file, { force, option: "--file" });
  return withFinishedRows<RowResult, { rows: number; pairs: number }>(directory, async (rows) => {
    const writers = await writersIn(rows, directory, mode);
    const onPolicy = filter?.onPolicy;
    if (onPolicy !== undefined && !writers.has(onPolicy)) {
      const message = `--on-policy: expected ${oneOf([...writers])}, got ${onPolicy}.`;
      throw new FellowshipError("bad_usage", message, { facts: { onPolicy } });
    }
    return writePairs(rows, file, { mode, filter });
  });
}

export type DrawPairsOptions = Omit<PairSettings, "mode"> & {
  readonly rule: string;
  /** Overwrites an existing file. */
  readonly force?: boolean;
};

/** Who wrote the responses of a run, which has to be one that the rule can draw from. */
async function writersIn(rows: RowJournal<RowResult>, directory: string, mode: PairMode) {
  const writers = new Set<string>();
  for await (const { result } of rows.inOrder(rows.lastRow)) {
    if (!isGeneration(result)) {
      throw new FellowshipError(
        "bad_usage",
        `${directory} holds no responses to draw pairs from. Name the --out directory of generate.`,
        { facts: { directory } },
      );
    }
    // In a pool each response says who wrote it; elsewhere the first doesn't.
    const [first] = result.responses;
    const allowed = first?.agent === undefined ? rulesOfLoops : rulesOfPools;
    if (first !== undefined && !allowed.includes(mode)) throw unknownRule(mode, allowed);
    for (const { agent } of result.responses) {
      writers.add(agent ?? result.generator ?? result.transcript[0]?.agent ?? "generator");
    }
  }
  return writers;
}

function isGeneration(result: RowResult): result is GenerationResult {
  return "responses" in result;
}

async function writePairs(
  journal: RowJournal<RowResult>,
  file: string,
  { mode, filter }: PairSettings,
): Promise<{ rows: number; pairs: number }> {
  const writer = await openJsonlWriter(file);
  try {
    let rows = 0;
    for await (const { row: number, result } of journal.inOrder(journal.lastRow)) {
      if (result.failure !== undefined || !isGeneration(result)) continue;
      rows += 1;
      for (const line of dpoLines({ number, result }, mode, filter)) await writer.write(line);
    }
    const { lines } = await writer.commit();
    return { rows, pairs: lines };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function unknownRule(rule: string, allowed: readonly string[]): FellowshipError {
  const message = `--rule: expected ${oneOf(allowed)} for this run, got ${rule}.`;
  return new FellowshipError("bad_usage", message, { facts: { rule } });
}

function oneOf(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "none") : `one of ${words.join(", ")}`;
}
