import { join } from "node:path";
import { readRecords } from "../../datasets/read/read-records.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { OpenedGenerator } from "../../topologies/open-topology.ts";

type Tree = Readonly<Record<string, unknown>>;

/** Tokens of a row on average; null where calls didn't count them. */
export type RowTokens = {
  readonly all: number;
  /** Of a first response. */
  readonly answer: number;
  /** Of one comparison; 0 where nothing was compared. */
  readonly comparison: number;
};

/** The most answers that `single` takes. */
const mostSamples = 64;

/**
 * The single model that stands beside a multi-agent generator: its own first writer, which answers
 * several times, and its own evaluator, which chooses the best answer.
 *
 * @param otherEvaluator The evaluator of a generator that has none.
 * @returns null for a generator that is a single model itself, or whose writer isn't known
 */
export function singleOf(
  topology: OpenedGenerator["topology"],
  samples: number,
  otherEvaluator: Tree,
): Tree | null {
  if (topology.graph === "single" || "module" in topology) return null;
  const generator = writerOf(topology);
  if (generator === null) return null;
  const evaluator = (topology as Tree)["evaluator"] ?? otherEvaluator;
  return { graph: "single", samples, agents: { generator }, evaluator };
}

function writerOf({ agents, steps }: Tree): Tree | null {
  const { generator, generators } = (agents ?? {}) as Tree;
  const [first] = (Array.isArray(steps) ? steps : []) as Tree[];
  const [member] = (Array.isArray(generators) ? generators : []) as Tree[];
  const writer = (generator ?? member) as Tree | undefined;
  if (writer === undefined) return first === undefined ? null : writerOf(first);
  // Code of the user's own may ask anything, and so can't be given so many tokens.
  if (writer["node"] !== undefined) return null;
  const { samples: _samples, ...agent } = writer;
  return agent;
}

/** As many answers as take the tokens: each after the first costs a comparison too. */
export function samplesFor({ all, answer, comparison }: RowTokens): number {
  const more = (all - answer) / Math.max(1, answer + comparison);
  return Math.max(2, Math.min(mostSamples, 1 + Math.round(more)));
}

/** What the rows of a finished run took; null where calls didn't count their tokens. */
export async function readRowTokens(directory: string): Promise<RowTokens | null> {
  let [rows, comparisons, all, answers, compared] = [0, 0, 0, 0, 0];
  const options = { maxRowBytes: Number.MAX_SAFE_INTEGER };
  for await (const record of readRecords(join(directory, "rows.jsonl"), options)) {
    if (!("value" in record)) return null;
    type Line = { transcript: readonly CallRecord[]; verdicts: readonly unknown[] };
    const { transcript, verdicts } = record.value as Line;
    if (transcript.some(({ tokens }) => tokens === null)) return null;
    rows += 1;
    comparisons += verdicts.length;
    all += tokensIn(transcript);
    answers += tokensIn(transcript.slice(0, 1));
    compared += tokensIn(transcript.filter(({ part }) => /(?:^|\.)round-\d/.test(part)));
  }
  if (rows === 0) return null;
  const comparison = comparisons === 0 ? 0 : compared / comparisons;
  return { all: all / rows, answer: answers / rows, comparison };
}

function tokensIn(calls: readonly CallRecord[]): number {
  return calls.reduce((sum, { tokens }) => sum + (tokens?.in ?? 0) + (tokens?.out ?? 0), 0);
}
