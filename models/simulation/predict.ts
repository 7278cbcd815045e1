import { clampToUnit } from "./hidden-quality.ts";
import { scoreSteps } from "./score-steps.ts";
import type { SimulationParameters } from "./sim-parameters.ts";

/** A quality (or usefulness) before it is drawn: values from 0 to 1 with weights that sum to 1. */
export type QualityLaw = readonly { readonly quality: number; readonly weight: number }[];

/** Two responses as they stand before a judge. */
export type ShownPair = {
  readonly first: QualityLaw;
  readonly second: QualityLaw;
  /** Characters of the first response per character of the second. Default 1. */
  readonly lengthRatio?: number;
  /**
   * Which of the two a model of the judge's own name wrote, where one did and the other did not.
   */
  readonly own?: "first" | "second";
};

/** A judge's parameters as far as they decide what it prefers. */
export type JudgeParameters = Pick<
  SimulationParameters,
  "noise" | "position" | "length" | "own" | "tie"
>;

/** How often each outcome is to be expected; the three sum to 1. */
export type PreferenceShares = {
  readonly first: number;
  readonly second: number;
  readonly tie: number;
};

const nodeDistance = 0.05;
const farthestNode = 6;
const gridSteps = 2_000;

/** A quality that is known. */
export function knownQuality(quality: number): QualityLaw {
  return [{ quality, weight: 1 }];
}

/**
 * A quality as a generator draws it: normal around a mean (`skill`), what falls below 0 or above 1
 * put there.
 */
export function drawnQuality({ mean, spread }: { mean: number; spread: number }): QualityLaw {
  if (spread === 0) return knownQuality(clampToUnit(mean));
  return normalNodes.map(({ z, weight }) => ({
    quality: clampToUnit(mean + spread * z),
    weight,
  }));
}

/** The mean of a law: the hidden quality to be expected. */
export function expectedQuality(law: QualityLaw): number {
  return law.reduce((sum, { quality, weight }) => sum + quality * weight, 0);
}

/**
 * The quality after a revision: previous + gain · usefulness · (1 - previous), give or take
 * `spread`, kept between 0 and 1. Of several reviews the usefulness together is 1 minus the product
 * of what each misses.
 */
export function revisedQuality(
  previous: QualityLaw,
  { gain, usefulness, spread }: { gain: number; usefulness: QualityLaw; spread: number },
): QualityLaw {
  const means = previous.flatMap((before) =>
    usefulness.map((useful) => ({
      quality: before.quality + gain * useful.quality * (1 - before.quality),
      weight: before.weight * useful.weight,
    })),
  );
  const drawn = onGrid(means).flatMap(({ quality, weight }) =>
    drawnQuality({ mean: quality, spread }).map((node) => ({
      quality: node.quality,
      weight: weight * node.weight,
    })),
  );
  return onGrid(drawn);
}

/**
 * What a judge prefers that gives both responses a score in one call (or, with `position` 0, in
 * two).
 */
export function preferenceByScores(
  pair: ShownPair,
  judge: JudgeParameters,
  scale: number,
): PreferenceShares {
  const bonus = bonusOf(pair, judge);
  const first = scoreShares(pair.first, bonus.first, judge.noise, scale);
  const second = scoreShares(pair.second, bonus.second, judge.noise, scale);
  let secondBelow = 0;
  let firstBelow = 0;
  const shares = { first: 0, second: 0, tie: 0 };
  for (const [step, weight] of first.entries()) {
    const other = second[step] ?? 0;
    shares.first += weight * secondBelow;
    shares.second += other * firstBelow;
    shares.tie += weight * other;
    secondBelow += other;
    firstBelow += weight;
  }
  return shares;
}

/** What a judge prefers that says which of the two is better. */
export function preferenceByChoice(pair: ShownPair, judge: JudgeParameters): PreferenceShares {
  const bonus = bonusOf(pair, judge);
  const deviation = judge.noise * Math.SQRT2;
  let first = 0;
  let second = 0;
  for (const a of pair.first) {
    for (const b of pair.second) {
      const margin = a.quality + bonus.first - b.quality - bonus.second;
      const weight = a.weight * b.weight;
      first += weight * shareAbove(margin, judge.tie, deviation);
      second += weight * shareAbove(-margin, judge.tie, deviation);
    }
  }
  return { first, second, tie: 1 - first - second };
}

function bonusOf(
  { lengthRatio = 1, own }: ShownPair,
  judge: JudgeParameters,
): { first: number; second: number } {
  const doublings = Math.log2(lengthRatio);
  const ofFirst = judge.length * Math.max(0, doublings) + (own === "first" ? judge.own : 0);
  const ofSecond = judge.length * Math.max(0, -doublings) + (own === "second" ? judge.own : 0);
  return { first: judge.position + ofFirst, second: ofSecond };
}

/** How often each score from 0 up is given, in the steps of `scoreSteps`. */
function scoreShares(law: QualityLaw, bonus: number, noise: number, scale: number): number[] {
  const steps = scoreSteps(scale);
  const shares = Array.from({ length: steps + 1 }, () => 0);
  for (const { quality, weight } of law) {
    let below = 0;
    for (let step = 0; step <= steps; step += 1) {
      const edge = (step + 0.5) / steps - quality - bonus;
      const upTo = step === steps ? 1 : shareBelow(edge, noise);
      shares[step] = (shares[step] ?? 0) + weight * (upTo - below);
      below = upTo;
    }
  }
  return shares;
}

function shareBelow(edge: number, deviation: number): number {
  if (deviation === 0) return edge > 0 ? 1 : 0;
  return normalShareBelow(edge / deviation);
}

/** How often a margin with normal noise is a lead of at least `band`. */
function shareAbove(margin: number, band: number, deviation: number): number {
  if (deviation === 0) return margin > 0 && margin >= band ? 1 : 0;
  return normalShareBelow((margin - band) / deviation);
}

/**
 * The same mean on an even grid: each weight is divided between the two grid points beside its
 * quality.
 */
function onGrid(law: QualityLaw): QualityLaw {
  const weights = Array.from({ length: gridSteps + 1 }, () => 0);
  for (const { quality, weight } of law) {
    const place = quality * gridSteps;
    const lower = Math.min(gridSteps - 1, Math.floor(place));
    weights[lower] = (weights[lower] ?? 0) + weight * (lower + 1 - place);
    weights[lower + 1] = (weights[lower + 1] ?? 0) + weight * (place - lower);
  }
  return weights.flatMap((weight, step) =>
    weight === 0 ? [] : [{ quality: step / gridSteps, weight }],
  );
}

/**
 * The share of a standard normal distribution below `z`. Source: Marsaglia, "Evaluating the Normal
 * Distribution", Journal of Statistical Software 11(4), 2004.
 */
function normalShareBelow(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let sum = z;
  let before = 0;
  let term = z;
  for (let odd = 3; sum !== before; odd += 2) {
    before = sum;
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}

/**
 * Even nodes of a standard normal distribution with its density as weights, out to where nothing is
 * left of it.
 */
const normalNodes = (() => {
  const count = Math.round((2 * farthestNode) / nodeDistance) + 1;
  const nodes = Array.from({ length: count }, (_, index) => index * nodeDistance - farthestNode);
  const total = nodes.reduce((sum, z) => sum + Math.exp(-0.5 * z * z), 0);
  return nodes.map((z) => ({ z, weight: Math.exp(-0.5 * z * z) / total }));
})();
