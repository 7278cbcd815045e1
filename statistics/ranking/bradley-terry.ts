/** Wins of the row's item over the column's; a tie is half a win of each. */
export type WinTable = readonly (readonly number[])[];

/**
 * Why there are no strengths.
 *
 * - `separated`: some items never lost to the others, or were never compared with them, so that
 *   the likelihood has no maximum
 * - `not_converged`: the strengths lie so far apart that their maximum was not reached
 */
export type NoStrengths = "separated" | "not_converged";

const maxIterations = 2000;
const tolerance = 1e-8;

/**
 * The strengths of items that were compared in pairs, by maximum likelihood: item i beats item j
 * with the probability 1 / (1 + exp(strength j - strength i)). Strengths are log-odds and add up
 * to 0.
 *
 * Sources: Bradley and Terry, "Rank Analysis of Incomplete Block Designs", Biometrika 39, 1952;
 * Hunter, "MM Algorithms for Generalized Bradley-Terry Models", Annals of Statistics 32, 2004
 * (the iteration, and assumption 1: when the maximum exists).
 */
export function bradleyTerry(wins: WinTable): number[] | NoStrengths {
  if (!isConnected(wins)) return "separated";
  const totals = wins.map((row) => row.reduce((sum, count) => sum + count, 0));
  let odds = wins.map(() => 1);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const next = centred(odds.map((_, item) => totals[item]! / exposure(wins, odds, item)));
    const change = Math.max(...next.map((value, item) => Math.abs(Math.log(value / odds[item]!))));
    odds = next;
    if (change < tolerance) return odds.map(Math.log);
  }
  return "not_converged";
}

/** The sum, over an item's comparisons, of 1 / (its odds + the other's). */
function exposure(wins: WinTable, odds: readonly number[], item: number): number {
  return odds.reduce((sum, other, index) => {
    if (index === item) return sum;
    return sum + (wins[item]![index]! + wins[index]![item]!) / (odds[item]! + other);
  }, 0);
}

/** With a geometric mean of 1. */
function centred(odds: readonly number[]): number[] {
  const mean = odds.reduce((sum, value) => sum + Math.log(value), 0) / odds.length;
  return odds.map((value) => value / Math.exp(mean));
}

/** Whether every item beat every other, directly or by way of others. */
function isConnected(wins: WinTable): boolean {
  const reaches = (next: (from: number, to: number) => boolean) => {
    const reached = new Set([0]);
    for (const from of reached) {
      for (const to of wins.keys()) if (next(from, to)) reached.add(to);
    }
    return reached.size === wins.length;
  };
  return reaches((from, to) => wins[from]![to]! > 0) && reaches((from, to) => wins[to]![from]! > 0);
}
