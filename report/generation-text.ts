import { gatesText } from "../runs/gates/gates-text.ts";
import type { RoundGain } from "../runs/generate/round-gains.ts";
import { counted } from "../state/counted.ts";
import type { GenerationSummary } from "../runs/generate/generation-outputs.ts";
import { cascadesText } from "./cascade-text.ts";

/**
 * The results of a generation in sentences, or the counted reasons where it made no pairs; then the
 * gates, and the rounds that were left out.
 *
 * @param results What the report says of it.
 */
export function generationText(summary: GenerationSummary, results: readonly string[]): string {
  const { gates = {}, pairs, cascades = [] } = summary;
  const saysItAll = pairs > 0 || comparesNothing(summary);
  const own = saysItAll && results.length > 0 ? results : [pairsText(summary)];
  return [...own, ...gatesText(gates), ...roundsLeftOut(summary), ...cascadesText(cascades)].join(
    "\n",
  );
}

/** A single response a row is nothing to be alarmed about. */
function comparesNothing({ done, failed, pending, uncompared }: GenerationSummary): boolean {
  return done > 0 && failed + pending === 0 && uncompared === done;
}

function pairsText(summary: GenerationSummary): string {
  const { pairs, done, pending, rows } = summary;
  if (pairs > 0) return `${counted(pairs, "pair")} from ${done} of ${counted(rows, "row")}.`;
  const reasons = reasonsForNoPairs(summary);
  // A run that waits, or was stopped, may make them yet.
  const none = pending > 0 ? "No pairs yet" : "NO PAIRS were made";
  return `${none} from ${counted(rows, "row")}: ${reasons.join(", ") || "there are no rows"}.`;
}

/** Says which rounds were left out because they were shown to gain nothing. */
function roundsLeftOut({ roundLimits = [], roundGains = [] }: GenerationSummary): string[] {
  return roundLimits.slice(1).map(({ from, rounds }, index) => {
    const left = roundGains.filter(
      ({ round }) => round > rounds && round <= (roundLimits[index]?.rounds ?? Infinity),
    );
    const gains = left.map(({ round, gain }) => `round ${round}: ${gainText(gain)}`).join(", ");
    return (
      `From row ${from} on, rows have at most ${rounds} ` +
      `${rounds === 1 ? "response" : "responses"}: ` +
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
  const dropped = (gates?.["dpo"]?.lines ?? 0) - (gates?.["dpo"]?.kept ?? 0);
  const reasons: readonly (readonly [number, string, string])[] = [
    [failed, "row failed", "rows failed"],
    [pending, "row is pending", "rows are pending"],
    [uncompared, "row has no comparison", "rows have no comparison"],
    [ties, "comparison tied", "comparisons tied"],
    [undecided, "comparison has no readable verdict", "comparisons have no readable verdict"],
    [identicalTexts, "comparison was of two equal texts", "comparisons were of two equal texts"],
    [dropped, "pair was dropped by gates", "pairs were dropped by gates"],
    ...Object.entries(endedEarly).map(
      ([reason, count]) =>
        [count, `row ended early (${reason})`, `rows ended early (${reason})`] as const,
    ),
  ];
  return reasons
    .filter(([count]) => count > 0)
    .map(([count, one, more]) => counted(count, one, more));
}
