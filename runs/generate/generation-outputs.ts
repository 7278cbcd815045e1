import type { PriceOf } from "../../models/cost/prices.ts";
import { openExports, type ExportWriter } from "../../datasets/export/export-kind.ts";
import { generationExports, memberExports } from "../../datasets/export/exports.ts";
import type { PairSettings } from "../../datasets/export/dpo.ts";
import {
  generationRowLine,
  type NumberedGeneration,
} from "../../datasets/export/generation-lines.ts";
import { contradictions } from "../../datasets/export/kto.ts";
import {
  writeOutputSet,
  type LineWatch,
  type OutputFile,
  type OutputSet,
} from "../../datasets/export/output-set.ts";
import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import { isSameText } from "../../state/same-text.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { countCascades, type CascadeFigures } from "../cascade/cascade-figures.ts";
import { count } from "../accounting/count.ts";
import { createRoundGains, type RoundGain } from "./round-gains.ts";
import { generatedCandidate } from "../gates/candidates.ts";
import { openGatedExports } from "../gates/gated-exports.ts";
import type { GateCounts, GateOptions } from "../gates/sift.ts";
import type { RowsToWrite } from "../engine/job.ts";
import { addCalls, emptyTally, roundedUsd, type Tally } from "../accounting/tally.ts";

/** `summary.json` of a generation (contract section 5). */
export type GenerationSummary = {
  rows: number;
  done: number;
  failed: number;
  pending: number;
  bestRound: Record<string, number>;
  /** Rows by the agent that wrote the best response, where a pool answered. */
  bestAgent?: Record<string, number>;
  pairs: number;
  /** By data file, what the gates of the run kept and dropped; absent without gates. */
  gates?: Readonly<Record<string, GateCounts>>;
  ties: number;
  /** Comparisons without a verdict. */
  undecided: number;
  /** Decided comparisons of two equal texts, which make no pair. */
  identicalTexts: number;
  /** Responses that lost and are the best one's text too; kto.jsonl has that text once, as true. */
  contradictions: number;
  /**
   * Rows in which nothing was compared: their only response is true in kto.jsonl, on no judge's
   * word.
   */
  uncompared: number;
  /**
   * Reviews by debates and custom nodes, where there are any. They are in no line of reviewer.kto:
   * the conversation that the reviewer was shown is not known.
   */
  reviewsLeftOut?: number;
  /**
   * Lines whose rejected text answers another prompt than `prompt`, by data file without its
   * ending; absent where there are none.
   */
  otherPrompts?: Record<string, number>;
  /** In a feedback loop: what each further round gained, by the loop's own evaluator. */
  roundGains?: RoundGain[];
  /**
   * With `stopWhenNoGain`: the most responses of the rows from `from` on; a further entry for each
   * row from which it is fewer.
   */
  roundLimits?: { from: number; rounds: number }[];
  /** The evaluator's cascade, where it is one. */
  cascades?: CascadeFigures[];
  /** Rows with a result that ended before their time, by reason. */
  endedEarly: Record<string, number>;
  /** Failed rows by reason. */
  failures: Record<string, number>;
  /** Texts in which lone surrogates were replaced on the way into the data files. */
  repairedTexts: number;
} & Tally;

export type GenerationOutputOptions = {
  readonly directory: string;
  readonly rows: RowsToWrite<GenerationResult>;
  readonly watch?: LineWatch | undefined;
  readonly pairs: PairSettings;
  /** Null where the topology has no loop whose members could learn. */
  readonly conversations: MemberConversations | null;
  /** Whether rounds are counted, as a feedback loop has them. */
  readonly isLoop: boolean;
  readonly priceOf: PriceOf;
  /** The topology, whose cascades are measured. */
  readonly topology: object;
  /** What is dropped of the data; nothing where not given. */
  readonly gates?: GateOptions | undefined;
};

/** Writes the data files of a generation from its finished rows, in the order of the input. */
export async function writeGenerationOutputs(
  options: GenerationOutputOptions,
): Promise<{ summary: GenerationSummary; files: OutputFile[] }> {
  const { directory, watch } = options;
  const { result, files, repaired } = await writeOutputSet(
    directory,
    (set) => writeRows(options, set),
    watch,
  );
  return { summary: { ...result, repairedTexts: repaired }, files };
}

async function writeRows(
  options: GenerationOutputOptions,
  set: OutputSet,
): Promise<GenerationSummary> {
  const { rows, pairs, conversations, priceOf, isLoop, gates } = options;
  const writeRow = await set.jsonl("rows.jsonl");
  const writeFailure = await set.jsonl("failed.jsonl");
  const { exported, counts } = await openGatedExports(set, generationExports, pairs, {
    gates,
    rows: () => finishedRows(rows),
    candidateOf: generatedCandidate,
  });
  const members =
    conversations === null ? null : await openExports(set, memberExports, conversations);
  const summary = emptySummary();
  const cascades = countCascades(options.topology, priceOf);
  const gained = isLoop ? createRoundGains() : null;
  for await (const { row: number, result } of rows.inOrder()) {
    addRoundLimit(summary, number, result);
    addCalls(summary, result.transcript, priceOf);
    cascades.add(number, result);
    if (result.failure !== undefined) {
      summary.failed += 1;
      count(summary.failures, result.failure.reason);
      await writeFailure({ id: result.id, row: number, ...result.failure });
      continue;
    }
    const row = { number, result };
    addGeneration(summary, row);
    gained?.add(result);
    await writeRow(generationRowLine(row));
    await exported.write(row);
    await members?.write(row);
  }
  const { rows: all, pending } = rows.counts();
  Object.assign(summary, { rows: all, pending });
  summary.pairs = exported.countsOf("dpo").lines;
  Object.assign(summary, counts);
  Object.assign(summary, members === null ? {} : notedOfMembers(members));
  if (gained !== null) summary.roundGains = gained.gains();
  Object.assign(summary, cascades.figures());
  summary.cost.usd = roundedUsd(summary.cost.usd);
  return summary;
}

async function* finishedRows(rows: RowsToWrite<GenerationResult>) {
  for await (const { row: number, result } of rows.inOrder()) {
    if (result.failure === undefined) yield { number, result };
  }
}

function notedOfMembers(
  members: ExportWriter<NumberedGeneration>,
): Pick<GenerationSummary, "reviewsLeftOut" | "otherPrompts"> {
  const leftOut = members.countsOf("multi-agent/reviewer.kto").notes.not_shown;
  const otherPrompts = memberExports.flatMap(({ name }) => {
    const lines = members.countsOf(name).notes.other_prompt;
    return lines === undefined ? [] : [[name, lines] as const];
  });
  return {
    ...(leftOut === undefined ? {} : { reviewsLeftOut: leftOut }),
    ...(otherPrompts.length === 0 ? {} : { otherPrompts: Object.fromEntries(otherPrompts) }),
  };
}

function addRoundLimit(
  summary: GenerationSummary,
  from: number,
  { roundLimit: rounds }: GenerationResult,
): void {
  if (rounds === undefined) return;
  const limits = (summary.roundLimits ??= []);
  if (limits.at(-1)?.rounds !== rounds) limits.push({ from, rounds });
}

function emptySummary(): GenerationSummary {
  return {
    rows: 0,
    done: 0,
    failed: 0,
    pending: 0,
    ...emptyTally(),
    bestRound: {},
    pairs: 0,
    ties: 0,
    undecided: 0,
    identicalTexts: 0,
    contradictions: 0,
    uncompared: 0,
    endedEarly: {},
    failures: {},
    repairedTexts: 0,
  };
}

function addGeneration(summary: GenerationSummary, row: NumberedGeneration): void {
  const { result } = row;
  summary.done += 1;
  summary.contradictions += contradictions(row);
  const best = result.responses[result.best];
  count(summary.bestRound, String(best?.round ?? 1));
  if (best?.rating !== undefined && best.agent !== undefined) {
    count((summary.bestAgent ??= {}), best.agent);
  }
  if (result.endedEarly !== undefined) count(summary.endedEarly, result.endedEarly.reason);
  if (result.comparisons.length === 0) summary.uncompared += 1;
  for (const { verdict, won, incumbent, challenger } of result.comparisons) {
    if (verdict.winner === "tie") summary.ties += 1;
    if (verdict.winner === "none") summary.undecided += 1;
    const [one, other] = [result.responses[incumbent], result.responses[challenger]];
    const same = isSameText(one?.text ?? "", other?.text ?? "");
    if (won !== null && same) summary.identicalTexts += 1;
  }
}
