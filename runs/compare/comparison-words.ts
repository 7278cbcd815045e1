import type { ComparedPair, RunCosts } from "./comparison.ts";

type Compared = Omit<ComparedPair, "verdict">;

/** A pair of runs in a sentence: whether one is better beyond noise, and what it costs more. */
export function verdictInWords(
  pair: Compared,
  [costsOfA, costsOfB]: readonly [RunCosts, RunCosts],
): string {
  const { a, b, better, n, winRate } = pair;
  if (n === 0) return `${a} and ${b} can't be compared: no pair of them has a verdict.`;
  const rates = `${percent(winRate.a?.value)} wins against ${percent(winRate.b?.value)}`;
  const cost = costInWords(pair, [costsOfA, costsOfB]);
  if (better === "neither") {
    const few = pair.low === null ? " (too few prompts to tell)" : "";
    return `${a} and ${b} are the same within noise${few}: ${rates}${cost}.`;
  }
  const worse = better === "a" ? "b" : "a";
  const share = `${percent(winRate[better]?.value)} wins against ${percent(winRate[worse]?.value)}`;
  return `${pair[better]} is better than ${pair[worse]} beyond noise: ${share}${cost}.`;
}

/** What the first run takes, as times of what the second takes; nothing where it is not known. */
function costInWords(
  { a, b, tokens }: Compared,
  [costsOfA, costsOfB]: readonly [RunCosts, RunCosts],
): string {
  const [ofA, ofB] = [costsOfA.meanTokens, costsOfB.meanTokens];
  if (ofA === null || ofB === null || ofA === 0 || ofB === 0) return "";
  if (tokens?.p === null || tokens === null || tokens.p >= 0.05) {
    return "; they take the same tokens within noise";
  }
  const [more, fewer, times] = ofA > ofB ? [a, b, ofA / ofB] : [b, a, ofB / ofA];
  return `; ${more} takes ${times.toFixed(1)} times the tokens of ${fewer}`;
}

function percent(share: number | undefined): string {
  return share === undefined ? "–" : `${(100 * share).toFixed(1)} %`;
}
