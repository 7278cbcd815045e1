import { createRandom } from "../../statistics/estimates/seeded-random.ts";

/** Whether a pair was drawn at random, or chosen since a label on it teaches most. */
export type Draw = "random" | "chosen";

/** A pair's place in the order in which pairs are asked. */
export type OrderedPair = {
  /** Its index in the list of pairs. */
  readonly pair: number;
  readonly draw: Draw;
  /** Whether everyone is asked, so that people's agreement can be measured. */
  readonly isShared: boolean;
};

/** The first so many pairs are shared, for an early look at people's agreement … */
const firstShared = 20;
/** … and so is every so many-th after them. */
const sharedStep = 5;

export type OrderOptions = {
  readonly pairs: number;
  readonly seed: string;
  /**
   * What a label on each pair teaches, the most first: indices of pairs. Without it, all pairs are
   * drawn at random.
   */
  readonly teaching?: readonly number[] | undefined;
  /** How many pairs are drawn at random before the others are chosen. */
  readonly random: number;
};

/**
 * The order in which pairs are asked, the same for everyone. At any time the pairs drawn at random
 * are a random part of all pairs: the first of a seeded shuffle.
 */
export function labelOrder({ pairs, seed, teaching, random }: OrderOptions): OrderedPair[] {
  const shuffled = shuffle(pairs, seed);
  const drawn = teaching === undefined ? shuffled : shuffled.slice(0, random);
  const isDrawn = new Set(drawn);
  const chosen = teaching?.filter((pair) => !isDrawn.has(pair)) ?? [];
  return [...drawn, ...chosen].map((pair, place) => ({
    pair,
    draw: place < drawn.length ? "random" : "chosen",
    isShared: place < firstShared || place % sharedStep === 0,
  }));
}

/** Fisher and Yates: Knuth, The Art of Computer Programming, volume 2, section 3.4.2, P. */
function shuffle(count: number, seed: string): number[] {
  const random = createRandom(`order of pairs ${seed}`);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** Whether a person sees the responses of a pair in exchanged places. */
export function isExchanged(seed: string, person: string, pair: number): boolean {
  return createRandom(`sides ${JSON.stringify([seed, person, pair])}`)() < 0.5;
}
