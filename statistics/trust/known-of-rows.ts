import type { Vote, Winner } from "../../state/verdict.ts";

/** A margin further out than this many times its usual size says no more than one at it. */
const mostMargin = 2;

/**
 * What an evaluator says of each row, as two numbers of which more means "a is better": its verdict
 * (1, 0, -1), and the mean margin of its votes. Margins of a voter are in units of their own root
 * mean square over all rows, so that scales don't matter, and clipped; a vote without scores
 * counts as its winner.
 */
export function knownOfRows(
  rows: readonly { readonly winner: Winner; readonly votes: readonly Vote[] }[],
): (readonly [verdict: number, margin: number])[] {
  const usual = usualMargins(rows);
  return rows.map(({ winner, votes }) => {
    let [sum, readable] = [0, 0];
    for (const vote of votes) {
      if (!vote.parsed) continue;
      sum += marginIn(vote, usual.get(vote.agent) ?? 0);
      readable += 1;
    }
    const verdict = signOf(winner);
    return [verdict, readable === 0 ? verdict : sum / readable];
  });
}

function marginIn({ winner, scores }: Vote, size: number): number {
  if (scores === null || size === 0) return signOf(winner);
  return Math.max(-mostMargin, Math.min(mostMargin, (scores.a - scores.b) / size));
}

function usualMargins(rows: readonly { readonly votes: readonly Vote[] }[]): Map<string, number> {
  const sums = new Map<string, { squares: number; n: number }>();
  for (const { votes } of rows) {
    for (const { agent, scores, parsed } of votes) {
      if (!parsed || scores === null) continue;
      const sum = sums.get(agent) ?? { squares: 0, n: 0 };
      sum.squares += (scores.a - scores.b) ** 2;
      sum.n += 1;
      sums.set(agent, sum);
    }
  }
  return new Map([...sums].map(([agent, { squares, n }]) => [agent, Math.sqrt(squares / n)]));
}

function signOf(winner: Winner): number {
  if (winner === "a") return 1;
  return winner === "b" ? -1 : 0;
}
