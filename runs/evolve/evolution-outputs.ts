import type { DpoLine } from "../../datasets/export/preference-lines.ts";
import { evolutionExports } from "../../datasets/export/exports.ts";
import {
  answersOf,
  evolutionRowLine,
  evolvedRow,
  roundsOf,
  type NumberedEvolution,
} from "../../datasets/export/evolution-lines.ts";
import {
  writeOutputSet,
  type LineWatch,
  type OutputFile,
  type OutputSet,
} from "../../datasets/export/output-set.ts";
import { countTokens } from "../../models/cost/count-tokens.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { EvolutionResult } from "../../state/row-result.ts";
import { countCascades, type CascadeFigures } from "../cascade/cascade-figures.ts";
import { count } from "../accounting/count.ts";
import { evolvedPair } from "../gates/candidates.ts";
import { openGatedExports } from "../gates/gated-exports.ts";
import type { GateCounts, GateOptions } from "../gates/sift.ts";
import type { RowsToWrite } from "../engine/job.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { addCalls, emptyTally, roundedUsd, type Tally } from "../accounting/tally.ts";

/** `summary.json` of an evolution (contract section 5). */
export type EvolutionSummary = RowCounts &
  Tally & {
    /** Finished rows by their accepted rewrites, over all answers of the row. */
    rounds: Record<string, number>;
    /**
     * Mean length of the finished rows' answers, in tokens of o200k_base; null where there are
     * none.
     */
    meanTokens: { before: number | null; after: number | null };
    /** Answers of the finished rows: over how many the means are. */
    answers: number;
    /** Lines of dpo.jsonl. */
    pairs: number;
    /** What the gates of the run kept and dropped of `dpo`; absent without gates. */
    gates?: Readonly<Record<string, GateCounts>>;
    /** Readings of the evaluator without a readable verdict. */
    unparsed: number;
    /** Verdicts whose two orders named different sides. */
    flips: number;
    /** The evaluator's cascade, where it is one. */
    cascades?: CascadeFigures[];
    /** Answers that were kept because a call failed or no verdict could be read, by reason. */
    endedEarly: Record<string, number>;
    /** Failed rows by reason. */
    failures: Record<string, number>;
    /** Failed rows that could not even be read, and so can't come out again. */
    leftOut: number;
    /** Texts in which lone surrogates were replaced on the way into dpo.jsonl. */
    repairedTexts: number;
  };

export type EvolutionOutputOptions = {
  readonly directory: string;
  readonly rows: RowsToWrite<EvolutionResult>;
  readonly watch?: LineWatch | undefined;
  readonly evolvedName: "evolved.json" | "evolved.jsonl";
  /** Who wrote the rewrites that don't say so themselves. */
  readonly editor: string;
  readonly priceOf: PriceOf;
  /** The topology, whose cascades are measured. */
  readonly topology: object;
  /** What is dropped of the pairs; nothing where not given. */
  readonly gates?: GateOptions | undefined;
};

/**
 * Writes the improved data and what else comes of an evolution from its finished rows, in the order
 * of the input.
 */
export async function writeEvolutionOutputs(
  options: EvolutionOutputOptions,
): Promise<{ summary: EvolutionSummary; files: OutputFile[] }> {
  const { directory, watch } = options;
  const { result, files, repaired } = await writeOutputSet(
    directory,
    (set) => writeRows(options, set),
    watch,
  );
  return { summary: { ...result, repairedTexts: repaired }, files };
}

async function writeRows(
  { rows, evolvedName, editor, priceOf, topology, gates }: EvolutionOutputOptions,
  set: OutputSet,
): Promise<EvolutionSummary> {
  const writeEvolved = await (evolvedName === "evolved.json" ? set.jsonArray : set.jsonl)(
    evolvedName,
  );
  const writeRow = await set.jsonl("rows.jsonl");
  const writeFailure = await set.jsonl("failed.jsonl");
  const { exported, counts: gated } = await openGatedExports(
    set,
    evolutionExports,
    { editor },
    {
      gates,
      rows: () => finishedRows(rows),
      candidateOf: (_, line, { result }) => evolvedPair(line as DpoLine, result),
    },
  );
  const summary = emptySummary();
  const tokens = { before: 0, after: 0 };
  const cascades = countCascades(topology, priceOf);
  for await (const { row: number, result } of rows.inOrder()) {
    addCalls(summary, result.transcript, priceOf);
    cascades.add(number, result);
    const evolved = evolvedRow(result);
    if (evolved === null) summary.leftOut += 1;
    else await writeEvolved(evolved.value);
    if (result.failure !== undefined) {
      count(summary.failures, result.failure.reason);
      await writeFailure({ id: result.id, row: number, ...result.failure });
      continue;
    }
    const row = { number, result };
    addEvolution(summary, row);
    addTokens(tokens, row);
    await exported.write(row);
    await writeRow(evolutionRowLine(row));
  }
  Object.assign(summary, rows.counts());
  summary.pairs = exported.countsOf("dpo").lines;
  Object.assign(summary, cascades.figures());
  Object.assign(summary, gated);
  const { answers } = summary;
  if (answers > 0) {
    summary.meanTokens = { before: tokens.before / answers, after: tokens.after / answers };
  }
  summary.rounds = withoutGaps(summary.rounds);
  summary.cost.usd = roundedUsd(summary.cost.usd);
  return summary;
}

async function* finishedRows(rows: RowsToWrite<EvolutionResult>) {
  for await (const { row: number, result } of rows.inOrder()) {
    if (result.failure === undefined) yield { number, result };
  }
}

function emptySummary(): EvolutionSummary {
  return {
    rows: 0,
    done: 0,
    failed: 0,
    pending: 0,
    ...emptyTally(),
    rounds: {},
    meanTokens: { before: null, after: null },
    answers: 0,
    pairs: 0,
    unparsed: 0,
    flips: 0,
    endedEarly: {},
    failures: {},
    leftOut: 0,
    repairedTexts: 0,
  };
}

function addEvolution(summary: EvolutionSummary, { result }: NumberedEvolution): void {
  count(summary.rounds, String(roundsOf(result)));
  summary.answers += answersOf(result).length;
  for (const { unparsed, flips, endedEarly } of result.answers) {
    summary.unparsed += unparsed;
    summary.flips += flips;
    if (endedEarly !== undefined) count(summary.endedEarly, endedEarly.reason);
  }
}

function addTokens(tokens: { before: number; after: number }, { result }: NumberedEvolution): void {
  for (const [before, after] of answersOf(result)) {
    const length = countTokens(before);
    tokens.before += length;
    tokens.after += after === before ? length : countTokens(after);
  }
}

/** From 0 to the highest number that was met, those between with a 0. */
function withoutGaps(rounds: Readonly<Record<string, number>>): Record<string, number> {
  const highest = Math.max(0, ...Object.keys(rounds).map(Number));
  return Object.fromEntries(
    Array.from({ length: highest + 1 }, (_, number) => [String(number), rounds[number] ?? 0]),
  );
}
