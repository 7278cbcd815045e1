import { clampToUnit } from "./hidden-quality.ts";
import {
  drawnQuality,
  expectedQuality,
  knownQuality,
  preferenceByChoice,
  revisedQuality,
  type QualityLaw,
} from "./predict.ts";
import type { SimulationParameters } from "./sim-parameters.ts";

type SimulatedAdvisor = Pick<SimulationParameters, "advice" | "sight" | "spread"> & {
  readonly debate: number;
};

/** Simulated members of CoEvol (arXiv 2406.07054) and the responses they begin with. */
export type EvolutionWorld = {
  /**
   * The quality of the responses given; of texts that no simulated model wrote, normal around 0.5
   * with spread 0.15.
   */
  readonly before: QualityLaw;
  readonly advisor: SimulatedAdvisor;
  readonly editor: Pick<SimulationParameters, "gain" | "spread">;
  /** Some noise, no habit of length, and another name than the editor's. */
  readonly judge: Pick<SimulationParameters, "noise" | "position" | "tie">;
};

export type PredictedEvolution = {
  /** Shares of rows by accepted rewrites: none, one, two … */
  readonly rounds: readonly number[];
  /** The mean hidden quality a row gains. */
  readonly gained: number;
};

/**
 * How much more useful suggestions are that rest on the request alone, the response too, or a
 * debate about it as well.
 */
const gainsOf = ({ debate, sight }: SimulatedAdvisor) => ({
  request: -sight,
  response: 0,
  debate,
});
export type AdvisorSources = keyof ReturnType<typeof gainsOf>;

/** How useful an advisor's suggestions are. */
export function adviceUsefulness(advisor: SimulatedAdvisor, sources: AdvisorSources): QualityLaw {
  const { advice, spread } = advisor;
  return drawnQuality({ mean: advice + gainsOf(advisor)[sources], spread });
}

/**
 * The mean hidden quality gained in one pass without a judge; with null the editor has no advisor.
 */
export function predictOnePass(
  { before, advisor, editor }: Omit<EvolutionWorld, "judge">,
  sources: AdvisorSources | null,
): number {
  const usefulness = sources === null ? knownQuality(0) : adviceUsefulness(advisor, sources);
  return (
    expectedQuality(revisedQuality(before, { ...editor, usefulness })) - expectedQuality(before)
  );
}

/**
 * What becomes of rows under the whole method with a judge that compares: how often each number of
 * rewrites is accepted, and what is gained.
 */
export function predictEvolution(
  { before, advisor, editor, judge }: EvolutionWorld,
  maxIterations: number,
): PredictedEvolution {
  const useful = coarseNodes.map(({ z, weight }) => ({
    value: clampToUnit(advisor.advice + advisor.debate + advisor.spread * z),
    weight,
  }));
  const rounds: number[] = [];
  let quality = 0;
  let running = before;
  for (let iteration = 1; iteration <= maxIterations; iteration += 1) {
    const accepted = createGrid();
    let stayed = 0;
    for (const standing of running) {
      for (const advice of useful) {
        const mean = standing.quality + editor.gain * advice.value * (1 - standing.quality);
        for (const { z, weight } of coarseNodes) {
          const rewrite = clampToUnit(mean + editor.spread * z);
          const share = standing.weight * advice.weight * weight;
          const better = acceptShare(standing.quality, rewrite, judge);
          accepted.add(rewrite, share * better);
          stayed += share * (1 - better);
          quality += share * (1 - better) * standing.quality;
        }
      }
    }
    rounds.push(stayed);
    running = accepted.law();
  }
  rounds.push(running.reduce((sum, { weight }) => sum + weight, 0));
  quality += expectedQuality(running);
  return { rounds, gained: quality - expectedQuality(before) };
}

/** How often a rewrite is found strictly better when the readings in both orders are averaged. */
function acceptShare(response: number, rewrite: number, judge: EvolutionWorld["judge"]): number {
  const habits = { ...judge, length: 0, own: 0 };
  const [a, b] = [knownQuality(response), knownQuality(rewrite)];
  const plain = preferenceByChoice({ first: a, second: b }, habits);
  const swapped = preferenceByChoice({ first: b, second: a }, habits);
  return plain.second * (swapped.first + swapped.tie) + plain.tie * swapped.first;
}

const gridSteps = 400;

/**
 * Qualities on an even grid; each weight is divided between the two points beside it, which keeps
 * the mean.
 */
function createGrid() {
  const weights = Array.from({ length: gridSteps + 1 }, () => 0);
  return {
    add(quality: number, weight: number): void {
      const place = quality * gridSteps;
      const lower = Math.min(gridSteps - 1, Math.floor(place));
      weights[lower] = (weights[lower] ?? 0) + weight * (lower + 1 - place);
      weights[lower + 1] = (weights[lower + 1] ?? 0) + weight * (place - lower);
    },
    law: (): QualityLaw =>
      weights.flatMap((weight, step) =>
        weight === 0 ? [] : [{ quality: step / gridSteps, weight }],
      ),
  };
}

/**
 * Nodes half a standard deviation apart are enough for a normal distribution under a smooth
 * function.
 */
const coarseNodes = (() => {
  const nodes = Array.from({ length: 17 }, (_, index) => (index - 8) / 2);
  const total = nodes.reduce((sum, z) => sum + Math.exp(-0.5 * z * z), 0);
  return nodes.map((z) => ({ z, weight: Math.exp(-0.5 * z * z) / total }));
})();
