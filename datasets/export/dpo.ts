import type { Comparison } from "../../state/evaluation/comparison.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { isBetter, scoresBy } from "../../state/generation/standings.ts";
import { defineExport } from "./export-kind.ts";
import { assistant, roundOf, writerOf, type NumberedGeneration } from "./generation-lines.ts";
import { drawnOf, isPoolRule, keeps, type PairFilter, type PoolRule } from "./pool-pairs.ts";
import { DpoLine, sameTexts } from "./preference-lines.ts";

/** Which responses become pairs (contract section 4). */
export type PairMode = "comparisons" | "best-first" | PoolRule;

export const dpo = defineExport({
  name: "dpo",
  schema: DpoLine,
  holds: "pairs of a chosen and a rejected response to one prompt (TRL: conversational preference)",
  linesOf: (row: NumberedGeneration, { mode, filter }: PairSettings) => dpoLines(row, mode, filter),
});

export type PairSettings = {
  readonly mode: PairMode;
  readonly filter?: PairFilter | undefined;
};

/** Pairs of a row for `dpo.jsonl`; ties, undecided comparisons and equal texts make none. */
export function dpoLines(
  { number, result }: NumberedGeneration,
  mode: PairMode,
  filter: PairFilter = {},
): DpoLine[] {
  const lines = linesBefore(number, result, mode).filter(
    (line) => !sameTexts(line.chosen, line.rejected) && keeps(line, filter),
  );
  return isPoolRule(mode) ? drawnOf(lines, mode, filter) : lines;
}

/** All pairs that a rule can choose from. */
function linesBefore(number: number, result: GenerationResult, mode: PairMode): DpoLine[] {
  if (isPoolRule(mode)) return ratedPairs(number, result);
  if (mode === "best-first") return bestAgainstFirst(number, result);
  return result.comparisons.flatMap((comparison) => pairOf(comparison, number, result));
}

/**
 * Every two responses of a pool of which one is better, the best chosen response first, and with it
 * the worst rejected one first; of equals the earlier is chosen first and the later rejected first.
 */
function ratedPairs(number: number, result: GenerationResult): DpoLine[] {
  const { responses } = result;
  const order = responses
    .map((_, index) => index)
    .sort((one, other) => {
      const [left, right] = [responses[one]!, responses[other]!];
      if (isBetter(left, right)) return -1;
      return isBetter(right, left) ? 1 : one - other;
    });
  return order.flatMap((chosen) =>
    order
      .toReversed()
      .filter((rejected) => isBetter(responses[chosen]!, responses[rejected]!))
      .map((rejected) => ({
        id: result.id,
        prompt: [...result.prompt],
        chosen: assistant(result, chosen),
        rejected: assistant(result, rejected),
        ...scoreFields(responses[chosen]?.score, responses[rejected]?.score),
        source: {
          row: number,
          ...writersOf(result, chosen, rejected),
          chosen_round: roundOf(result, chosen),
          rejected_round: roundOf(result, rejected),
        },
      })),
  );
}

function scoreFields(chosen: number | undefined, rejected: number | undefined) {
  if (chosen === undefined || rejected === undefined) return {};
  return {
    chosen_score: chosen,
    rejected_score: rejected,
    score_margin: rounded(chosen - rejected),
  };
}

function pairOf(comparison: Comparison, number: number, result: GenerationResult): DpoLine[] {
  const { won, incumbent, challenger, verdict } = comparison;
  if (won === null) return [];
  const { confidence } = verdict;
  const lost = won === incumbent ? challenger : incumbent;
  const scores = scoresBy(comparison);
  return [
    {
      id: result.id,
      prompt: [...result.prompt],
      chosen: assistant(result, won),
      rejected: assistant(result, lost),
      ...scoreFields(scores?.get(won), scores?.get(lost)),
      source: {
        row: number,
        round: comparison.round,
        ...writersOf(result, won, lost),
        chosen_round: roundOf(result, won),
        rejected_round: roundOf(result, lost),
        ...(confidence === undefined ? {} : { confidence }),
      },
    },
  ];
}

/** Whose texts a pair holds; in a chain the two may have had two writers. */
function writersOf(result: GenerationResult, chosen: number, rejected: number) {
  const [agent, other] = [writerOf(result, chosen), writerOf(result, rejected)];
  return agent === other ? { agent } : { chosen_agent: agent, rejected_agent: other };
}

/**
 * The best against the first response, where comparisons that were won lead from the one to the
 * other. A first response that is itself the best has nothing to stand against.
 */
function bestAgainstFirst(number: number, result: GenerationResult): DpoLine[] {
  if (result.best === 0) return [];
  const direct = result.comparisons.find(
    ({ incumbent, won, siblings }) => !siblings && incumbent === 0 && won === result.best,
  );
  if (direct !== undefined) return pairOf(direct, number, result);
  const improved = result.comparisons.some(
    (comparison) => !comparison.siblings && comparison.won === comparison.challenger,
  );
  if (!improved) return [];
  return [
    {
      id: result.id,
      prompt: [...result.prompt],
      chosen: assistant(result, result.best),
      rejected: assistant(result, 0),
      source: {
        row: number,
        ...writersOf(result, result.best, 0),
        chosen_round: roundOf(result, result.best),
        rejected_round: 1,
      },
    },
  ];
}

/** Differences of decimals, without the last bits of binary fractions. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
