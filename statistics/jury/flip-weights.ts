import type { JurorColumn } from "./jury-rows.ts";

/** How often a juror named the other side when the responses changed places. */
export type JurorFlips = {
  readonly flipped: number;
  /** Rows where it named a side in both orders. */
  readonly asked: number;
};

export function flipsOfJuror({ margins, reading }: JurorColumn): JurorFlips {
  let [flipped, asked] = [0, 0];
  for (let row = 0; row < margins.length; row++) {
    const { flipped: hasFlipped } = reading(row);
    if (hasFlipped === null) continue;
    asked += 1;
    if (hasFlipped) flipped += 1;
  }
  return { flipped, asked };
}

/** Rows at the jury's own flip rate that each juror's is drawn towards. */
const priorRows = 4;

/** A juror that never flips may still be wrong; it counts as if it flipped so often. */
const leastFlips = 0.02;

/**
 * The weights of jurors by their flips, `max(0, log((1 - f) / f))` for a share of flips f: nothing
 * for a juror that a coin could replace, or whose side is a matter of order. A juror that was asked
 * in one order gets the median of the others'. Where no juror was asked in both, or none is better
 * than a coin, all weights are 1 and `areKnown` is false.
 */
export function flipWeights(flips: readonly JurorFlips[]): {
  readonly weights: readonly number[];
  readonly areKnown: boolean;
} {
  const asked = flips.reduce((sum, juror) => sum + juror.asked, 0);
  const flipped = flips.reduce((sum, juror) => sum + juror.flipped, 0);
  const usual = (flipped + 1) / (asked + 2);
  const own = flips.map((juror) => {
    if (juror.asked === 0) return null;
    const rate = (juror.flipped + priorRows * usual) / (juror.asked + priorRows);
    const share = Math.max(leastFlips, rate);
    return Math.max(0, Math.log((1 - share) / share));
  });
  const known = own.filter((weight) => weight !== null).toSorted((one, other) => one - other);
  const areKnown = known.some((weight) => weight > 0);
  const median = (known[Math.floor((known.length - 1) / 2)]! + known[known.length >> 1]!) / 2;
  return { weights: own.map((weight) => (areKnown ? (weight ?? median) : 1)), areKnown };
}
