import { gatesText } from "../runs/gates/gates-text.ts";
import type { RoundGain } from "../runs/generate/round-gains.ts";
import type { GenerationSummary } from "../runs/generate/generation-outputs.ts";

/**
 * The pairs of a generation, or the counted reasons where there are none; and the rounds that were
 * left out.
 */
export function generationText(summary: GenerationSummary): string {
  const { gates = {} } = summary;
  return [pairsText(summary), ...gatesText(gates), ...roundsLeftOut(summary)].join("\n");
}

function pairsText(summary: GenerationSummary): string {
  const { pairs, done, rows } = summary;
  if (pairs > 0) return `${pairs} pairs from ${done} of ${rows} rows.`;
  const reasons = reasonsForNoPairs(summary);
  return `NO PAIRS were made from ${rows} rows: ${reasons.join(", ") || "there are no rows"}.`;
}

/** Says which rounds were left out because they were shown to gain nothing. */
function roundsLeftOut({ roundLimits = [], roundGains = [] }: GenerationSummary): string[] {
  return roundLimits.slice(1).map(({ from, rounds }, index) => {
    const left = roundGains.filter(
      ({ round }) => round > rounds && round <= (roundLimits[index]?.rounds ?? Infinity),
    );
    const gains = left.map(({ round, gain }) => `round ${round}: ${gainText(gain)}`).join(", ");
    return (
      `From row ${from} on, rows have at most ${rounds} ${rounds === 1 ? "response" : "responses"}: ` +
      `further rounds were shown to gain nothing (wins less losses, ${gains}).`
    );
  });
}

function gainText({ value, low, high }: RoundGain["gain"]): string {
  if (low === null) return value.toFixed(2);
  return `${value.toFixed(2)}, 95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}`;
}

function reasonsForNoPairs({
  failed,
  pending,
  uncompared,
  ties,
  undecided,
  identicalTexts,
  endedEarly,
  gates,
}: GenerationSummary): string[] {
  const counted: readonly (readonly [number, string])[] = [
    [failed, "rows failed"],
    [pending, "rows are pending"],
    [uncompared, "rows have no comparison"],
    [ties, "comparisons tied"],
    [undecided, "comparisons have no readable verdict"],
    [identicalTexts, "comparisons were of two equal texts"],
    [(gates?.["dpo"]?.lines ?? 0) - (gates?.["dpo"]?.kept ?? 0), "pairs were dropped by gates"],
    ...Object.entries(endedEarly).map(
      ([reason, count]) => [count, `rows ended early (${reason})`] as const,
    ),
  ];
  return counted.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
}
