import type { Comparison } from "../../state/comparison.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { defineExport } from "./export-kind.ts";
import { assistant, roundOf, writerOf, type NumberedGeneration } from "./generation-lines.ts";
import { DpoLine, sameTexts } from "./preference-lines.ts";

/** Which comparisons become pairs (contract section 4). */
export type PairMode = "comparisons" | "best-first";

export const dpo = defineExport({
  name: "dpo",
  schema: DpoLine,
  holds: "pairs of a chosen and a rejected response to one prompt (TRL: conversational preference)",
  linesOf: (row: NumberedGeneration, { mode }: { readonly mode: PairMode }) => dpoLines(row, mode),
});

/** Pairs of a row for `dpo.jsonl`; ties, undecided comparisons and equal texts make none. */
export function dpoLines({ number, result }: NumberedGeneration, mode: PairMode): DpoLine[] {
  const lines =
    mode === "comparisons"
      ? result.comparisons.flatMap((comparison) => pairOf(comparison, number, result))
      : bestAgainstFirst(number, result);
  return lines.filter((line) => !sameTexts(line.chosen, line.rejected));
}

function pairOf(comparison: Comparison, number: number, result: GenerationResult): DpoLine[] {
  const { won, incumbent, challenger } = comparison;
  if (won === null) return [];
  const lost = won === incumbent ? challenger : incumbent;
  const scores = scoresBy(comparison);
  const chosenScore = scores?.get(won);
  const rejectedScore = scores?.get(lost);
  return [
    {
      id: result.id,
      prompt: [...result.prompt],
      chosen: assistant(result, won),
      rejected: assistant(result, lost),
      ...(chosenScore === undefined || rejectedScore === undefined
        ? {}
        : {
            chosen_score: chosenScore,
            rejected_score: rejectedScore,
            score_margin: rounded(chosenScore - rejectedScore),
          }),
      source: {
        row: number,
        round: comparison.round,
        ...writersOf(result, won, lost),
        chosen_round: roundOf(result, won),
        rejected_round: roundOf(result, lost),
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
 * The best against the first response, where comparisons that were won lead from the one to the other. A first response that is
 * itself the best has nothing to stand against.
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

function scoresBy({ verdict, incumbent, challenger, incumbentIs }: Comparison) {
  if (verdict.scores === null) return null;
  const { a, b } = verdict.scores;
  return new Map([
    [incumbent, incumbentIs === "a" ? a : b],
    [challenger, incumbentIs === "a" ? b : a],
  ]);
}

/** Differences of decimals, without the last bits of binary fractions. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
