import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeOutputSet, type OutputFile } from "../../datasets/export/output-set.ts";
import { promptKey, toPairRow, type PairRow } from "../../datasets/rows/pair-row.ts";
import { conversationText } from "../../prompts/fence.ts";
import { plainForm } from "../../state/same-text.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import { wilsonInterval } from "../../statistics/estimates/wilson.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { textFile } from "../directory/run-manifest.ts";
import type { RowsToWrite } from "../engine/job.ts";
import type { EvaluationSummary } from "../evaluate/evaluation-outputs.ts";
import type { AuditFigures } from "./audit-figures.ts";
import { auditPage } from "./audit-page.ts";
import { disagreementWith, leaningOf } from "./disagreement.ts";
import { estimateFlips } from "./estimate-flips.ts";
import {
  actionFor,
  flagNames,
  flagPair,
  type Action,
  type AuditedPair,
  type FlagName,
} from "./flag-pair.ts";
import type { HeldOut } from "./held-out.ts";
import { turnedRow } from "./turned-row.ts";

export type AuditSettings = {
  /** The disagreement above which a label counts as flipped, from 0 to 1. */
  readonly threshold: number;
  /**
   * The precision of the flags, from 0 to 1, for which a threshold is estimated in place of the
   * given one, where it can be.
   */
  readonly precision: number | undefined;
  readonly heldOut: HeldOut;
  /** The evaluator's highest score; null where it gives none. */
  readonly scale: number | null;
};

export type AuditSummary = EvaluationSummary & { readonly audit: AuditFigures };

const curveAt = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5] as const;

type Evaluated = {
  readonly rows: RowsToWrite<EvaluationResult>;
  readonly evaluated: { readonly summary: EvaluationSummary; readonly files: OutputFile[] };
};

/** Writes `suspects.jsonl`, `corrected.jsonl` and `audit.md` beside the files of the evaluation. */
export async function writeAuditOutputs(
  directory: string,
  { rows, evaluated }: Evaluated,
  settings: AuditSettings,
): Promise<{ summary: AuditSummary; files: OutputFile[] }> {
  const threshold = await chosenThreshold(rows, settings);
  const tally = createAuditTally({ threshold, precision: settings.precision });
  const { files } = await writeOutputSet(directory, async (set) => {
    const writeSuspect = await set.jsonl("suspects.jsonl");
    const writePair = await set.jsonl("corrected.jsonl");
    const seen = new Map<string, { row: number; chosen: string }>();
    for await (const { row, result } of rows.inOrder()) {
      if (result.failure !== undefined) continue;
      const pair = auditedPair(row, result, { ...settings, seen });
      if (pair === null) continue;
      const flags = flagPair(pair, threshold);
      const action = actionFor(flags, pair);
      tally.add(
        pair,
        flags.map(({ flag }) => flag),
        action,
      );
      const { disagreement, chosenSide } = pair;
      const { winner, scores } = pair.verdict;
      const facts = { disagreement, verdict: { winner, scores }, chosen: chosenSide };
      if (flags.length > 0) {
        await writeSuspect({ id: result.id, row, flags, action, ...facts, input: result.input });
      }
      if (action === "drop") continue;
      await writePair(action === "swap" ? turnedRow(result.input, chosenSide) : result.input);
    }
  });
  const figures = tally.figures();
  const page = auditPage(figures, rows.counts());
  await replaceFile(join(directory, "audit.md"), page);
  return {
    summary: { ...evaluated.summary, audit: figures },
    files: [...evaluated.files, ...files, textFile("audit.md", page)],
  };
}

type Seen = Map<string, { row: number; chosen: string }>;

function auditedPair(
  row: number,
  { input, verdict }: EvaluationResult,
  { scale, heldOut, seen }: AuditSettings & { readonly seen: Seen },
): AuditedPair | null {
  const read = toPairRow({ number: row, place: `row ${row}`, value: input });
  if (!read.ok || verdict === null) return null;
  const { label, messages } = read.row;
  if (label !== "a" && label !== "b") return null;
  const [chosen, rejected] = label === "a" ? [read.row.a, read.row.b] : [read.row.b, read.row.a];
  return {
    prompt: conversationText(messages),
    chosen: chosen.text,
    rejected: rejected.text,
    chosenSide: label,
    verdict,
    disagreement: disagreementWith(label, verdict, scale),
    sameAs: seenBefore(row, read.row, chosen.text, seen),
    isHeldOut: heldOut.holds(messages),
  };
}

/** The earlier row of the same prompt and texts, in either order; this row is noted otherwise. */
function seenBefore(row: number, pair: PairRow, chosenText: string, seen: Seen) {
  const texts = [pair.a.text, pair.b.text].map(plainForm).toSorted();
  const key = hash([promptKey(pair), ...texts]);
  const chosen = hash([plainForm(chosenText)]);
  const before = seen.get(key);
  if (before !== undefined) return { row: before.row, reversed: before.chosen !== chosen };
  seen.set(key, { row, chosen });
  return null;
}

function hash(texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("base64url").slice(0, 22);
}

/** The threshold whose flags are estimated to reach the precision; the given one where none is. */
async function chosenThreshold(rows: Evaluated["rows"], settings: AuditSettings): Promise<number> {
  if (settings.precision === undefined) return settings.threshold;
  const tally = createAuditTally(settings);
  const seen: Seen = new Map();
  for await (const { row, result } of rows.inOrder()) {
    if (result.failure !== undefined) continue;
    const pair = auditedPair(row, result, { ...settings, seen });
    if (pair !== null) tally.add(pair, [], "keep");
  }
  const estimate = tally.estimate();
  return estimate === null ? settings.threshold : (estimate.thresholdFor(settings.precision) ?? 1);
}

function createAuditTally({
  threshold,
  precision = null,
}: {
  readonly threshold: number;
  readonly precision?: number | null | undefined;
}) {
  const flagged = Object.fromEntries(flagNames.map((name) => [name, 0])) as Record<
    FlagName,
    number
  >;
  const corrected: Record<Action, number> = { keep: 0, swap: 0, drop: 0 };
  const leanings: number[] = [];
  const longer = { chosen: 0, rejected: 0 };
  const sums = { pairs: 0, suspects: 0, unread: 0, inOneOrder: 0, chosenFirst: 0 };
  const isChosenAlwaysFirst = () =>
    sums.pairs > 1 && sums.inOneOrder > 0 && sums.chosenFirst === sums.pairs;
  // A liking for the first place would pass for agreement.
  const estimate = () => (isChosenAlwaysFirst() ? null : estimateFlips(leanings));
  return {
    estimate,
    add(pair: AuditedPair, flags: readonly FlagName[], action: Action) {
      sums.pairs += 1;
      if (flags.length > 0) sums.suspects += 1;
      for (const flag of new Set(flags)) flagged[flag] += 1;
      corrected[action] += 1;
      const { verdict, disagreement, chosenSide, chosen, rejected } = pair;
      const wasAsked = verdict.votes.length > 0;
      if (wasAsked && disagreement === null) sums.unread += 1;
      if (disagreement !== null) leanings.push(leaningOf(chosenSide, verdict, disagreement));
      if (wasAsked && verdict.flipped === undefined) sums.inOneOrder += 1;
      if (chosenSide === "a") sums.chosenFirst += 1;
      if (chosen.length > rejected.length) longer.chosen += 1;
      if (chosen.length < rejected.length) longer.rejected += 1;
    },
    figures(): AuditFigures {
      const { pairs, suspects, unread } = sums;
      const estimated = estimate();
      return {
        pairs,
        threshold,
        precision,
        suspects,
        flags: flagged,
        unread,
        corrected,
        flippedShare: estimated?.share ?? null,
        curve: curveAt.map((at) => ({
          threshold: at,
          flipped: leanings.filter((one) => one > at).length,
          ...(estimated?.at(at) ?? { precision: null, recall: null }),
        })),
        longerChosen: wilsonInterval(longer.chosen, longer.chosen + longer.rejected),
        chosenAlwaysFirst: isChosenAlwaysFirst(),
      };
    },
  };
}
