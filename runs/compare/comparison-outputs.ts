import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { compareRuns, type ComparedRow, type RunFigures } from "../../statistics/compare-runs.ts";
import { pairedMean, type MeanDifference } from "../../statistics/ranking/paired-mean.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { roundedUsd } from "../accounting/tally.ts";
import { textFile } from "../directory/run-manifest.ts";
import type { RowsToWrite } from "../engine/job.ts";
import type { EvaluationSummary } from "../evaluate/evaluation-outputs.ts";
import type { Comparison, ComparisonBy, RunCosts } from "./comparison.ts";
import { comparisonPage } from "./comparison-page.ts";
import { verdictInWords } from "./comparison-words.ts";
import type { PairLine } from "./pair-responses.ts";
import type { RunResponses } from "./read-responses.ts";

/** What a comparison knows beside the verdicts. */
export type ComparisonOptions = {
  readonly runs: readonly RunResponses[];
  /** The field of the prompts by whose values the win rates are told apart. */
  readonly by?: string | undefined;
  /** The pairs as the run reads them. */
  readonly input: string;
  /** Where the run keeps them. */
  readonly pairsPath: string;
};

export type ComparisonSummary = EvaluationSummary & { readonly comparison: Comparison };

type NamedRow = ComparedRow & { readonly line: PairLine; readonly identical: boolean };

/** Writes `comparison.json`, `comparison.md` and the pairs beside the files of the evaluation. */
export async function writeComparisonOutputs(
  directory: string,
  {
    rows,
    evaluated: { summary, files },
  }: {
    readonly rows: RowsToWrite<EvaluationResult>;
    readonly evaluated: { readonly summary: EvaluationSummary; readonly files: OutputFile[] };
  },
  options: ComparisonOptions,
): Promise<{ summary: ComparisonSummary; files: OutputFile[] }> {
  const compared = await readRows(rows, options);
  const comparison = toComparison(compared, options);
  const texts = {
    "comparison.json": `${JSON.stringify(comparison, null, 2)}\n`,
    "comparison.md": comparisonPage(comparison, rows.counts()),
    "pairs.jsonl": await readFile(options.input, "utf8"),
  };
  const written: OutputFile[] = [];
  for (const [name, text] of Object.entries(texts)) {
    await replaceFile(join(directory, name), text);
    written.push(textFile(name, text));
  }
  return {
    summary: { ...summary, comparison: withoutTimes(comparison) },
    files: [...files, ...written],
  };
}

/** A summary holds no clock times, which would differ after a resumed run. */
function withoutTimes(comparison: Comparison): Comparison {
  return {
    ...comparison,
    items: comparison.items.map(({ name, figures }) => ({
      name,
      figures: { ...figures, secondsPerPrompt: null },
    })),
    differences: comparison.differences.map((pair) => ({ ...pair, seconds: null })),
  };
}

async function readRows(
  rows: RowsToWrite<EvaluationResult>,
  { runs }: ComparisonOptions,
): Promise<NamedRow[]> {
  const indexOf = new Map(runs.map(({ name }, index) => [name, index]));
  const compared: NamedRow[] = [];
  for await (const { row, result } of rows.inOrder()) {
    if (result.failure !== undefined || result.verdict === null) continue;
    const line = result.input as PairLine;
    const [a = 0, b = 0] = line.runs.map((name) => indexOf.get(name) ?? 0);
    const { winner, votes } = result.verdict;
    const identical = votes.length === 0 && result.transcript.length === 0;
    compared.push({ prompt: result.prompt ?? row, a, b, winner, line, identical });
  }
  return compared;
}

function toComparison(rows: readonly NamedRow[], options: ComparisonOptions): Comparison {
  const { runs, by } = options;
  const figures = compareRuns(rows, runs.length);
  const costs = runs.map((run, index) => costsOf(run, promptsOf(rows, index)));
  const nameOf = (run: number) => runs[run]?.name ?? "";
  const order = [...runs.keys()].toSorted(
    (one, other) => rateOf(figures.runs[other]) - rateOf(figures.runs[one]) || one - other,
  );
  return {
    items: order.map((run) => ({
      name: nameOf(run),
      figures: { ...figures.runs[run]!, ...costs[run]! },
    })),
    differences: figures.differences.map((pair) => {
      const { a, b, difference, ...rest } = pair;
      const shared = promptsOf(rows, a, b);
      const named = {
        ...rest,
        a: nameOf(a),
        b: nameOf(b),
        value: difference?.value ?? null,
        low: difference?.low ?? null,
        high: difference?.high ?? null,
        p: difference?.p ?? null,
        tokens: differenceIn("tokens", [runs[a]!, runs[b]!], shared),
        usd: differenceIn("usd", [runs[a]!, runs[b]!], shared),
        seconds: less(costs[a]!.secondsPerPrompt, costs[b]!.secondsPerPrompt),
      };
      return { ...named, verdict: verdictInWords(named, [costs[a]!, costs[b]!]) };
    }),
    matrix: order.map((row) =>
      order.map((column) => {
        const pair = figures.differences.find(
          ({ a, b }) => a === Math.min(row, column) && b === Math.max(row, column),
        );
        return pair?.winRate[row < column ? "a" : "b"] ?? null;
      }),
    ),
    identical: rows.filter(({ identical }) => identical).length,
    ...(by === undefined ? {} : { by: comparisonBy(rows, options, order, by) }),
  };
}

function rateOf(figures: RunFigures | undefined): number {
  return figures?.winRate?.value ?? -1;
}

function less(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one - other;
}

/** The prompts on which a run, or each of two, was compared. */
function promptsOf(rows: readonly NamedRow[], ...runs: readonly number[]): Set<string | number> {
  const own = rows.filter(({ a, b }) => runs.every((run) => run === a || run === b));
  return new Set(own.map(({ prompt }) => prompt));
}

function costsOf(run: RunResponses, prompts: ReadonlySet<string | number>): RunCosts {
  const compared = run.responses.filter(({ key }) => prompts.has(key));
  const sumOf = (field: "tokens" | "usd") =>
    compared.reduce<number | null>(
      (sum, response) => (sum === null || response[field] === null ? null : sum + response[field]),
      compared.length === 0 ? null : 0,
    );
  const [tokens, usd] = [sumOf("tokens"), sumOf("usd")];
  return {
    meanTokens: tokens === null ? null : tokens / compared.length,
    usd: usd === null ? null : roundedUsd(usd),
    secondsPerPrompt: run.seconds === null ? null : run.seconds / run.responses.length,
  };
}

function differenceIn(
  field: "tokens" | "usd",
  [a, b]: readonly [RunResponses, RunResponses],
  prompts: ReadonlySet<string | number>,
): MeanDifference | null {
  const totalsOf = ({ responses }: RunResponses) => {
    const totals = new Map<string, number | null>();
    for (const { key, [field]: amount } of responses) {
      const before = totals.get(key);
      totals.set(key, amount === null || before === null ? null : (before ?? 0) + amount);
    }
    return totals;
  };
  const [ofA, ofB] = [totalsOf(a), totalsOf(b)];
  const values = [...prompts].map((key) =>
    less(ofA.get(String(key)) ?? null, ofB.get(String(key)) ?? null),
  );
  if (values.some((value) => value === null)) return null;
  return pairedMean(
    values.map((value, cluster) => ({ value: value ?? 0, cluster })),
    { seed: field },
  );
}

/** Values that are shown at most; the rest stand together. */
const mostValues = 50;

function comparisonBy(
  rows: readonly NamedRow[],
  { runs }: ComparisonOptions,
  order: readonly number[],
  field: string,
): ComparisonBy {
  if (rows.length > 0 && rows.every(({ line }) => !(field in line.fields))) {
    const known = [...new Set(rows.flatMap(({ line }) => Object.keys(line.fields)))];
    const has = known.length === 0 ? "they have none" : `they have ${known.join(", ")}`;
    throw new FellowshipError("bad_usage", `--by ${field}: no prompt has such a field; ${has}.`);
  }
  const groups = new Map<string, NamedRow[]>();
  for (const row of rows) {
    const given = row.line.fields[field] ?? "(none)";
    const value = typeof given === "string" ? given : JSON.stringify(given);
    const name = groups.has(value) || groups.size < mostValues ? value : "(other values)";
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return {
    field,
    values: [...groups]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([value, own]) => {
        const figures = compareRuns(own, runs.length);
        return {
          value,
          prompts: new Set(own.map(({ prompt }) => prompt)).size,
          items: order.map((run) => ({
            name: runs[run]?.name ?? "",
            winRate: figures.runs[run]?.winRate ?? null,
          })),
        };
      }),
  };
}
