import { describe, expect, it } from "vitest";
import { drawnQuality, expectedQuality, knownQuality } from "./predict.ts";
import {
  adviceUsefulness,
  predictEvolution,
  predictOnePass,
  type EvolutionWorld,
} from "./predict-evolution.ts";

const world: EvolutionWorld = {
  before: knownQuality(0.4),
  advisor: { advice: 0.5, debate: 0.2, sight: 0.1, spread: 0 },
  editor: { gain: 0.5, spread: 0 },
  judge: { noise: 0.1, position: 0, tie: 0.05 },
};

describe("a predicted evolution", () => {
  it("finds advice worth what the advisor has to go by", () => {
    const means = (["request", "response", "debate"] as const).map((sources) =>
      expectedQuality(adviceUsefulness(world.advisor, sources)),
    );
    expect(means[0]).toBeCloseTo(0.4, 9);
    expect(means[1]).toBeCloseTo(0.5, 9);
    expect(means[2]).toBeCloseTo(0.7, 9);
  });

  it("gains in one pass what the editor makes of it", () => {
    expect(predictOnePass(world, "debate")).toBeCloseTo(0.5 * 0.7 * 0.6, 5);
    expect(predictOnePass(world, "request")).toBeCloseTo(0.5 * 0.4 * 0.6, 5);
    expect(predictOnePass(world, null)).toBeCloseTo(0, 9);
  });

  it("accepts as the closed form says", () => {
    // One iteration from 0.4 to 0.61: each reading is Φ((0.21 ∓ 0.05) / (0.1 √2)) better, and not
    // better at all; both readings are equally distributed, so better² + 2 · better · tie are
    // accepted. Φ(1.1314) = 0.87105, Φ(1.8385) = 0.96700.
    const better = 0.87105;
    const tie = 0.967 - better;
    const accepted = better ** 2 + 2 * better * tie;
    const { rounds, gained } = predictEvolution(world, 1);
    expect(rounds[1]).toBeCloseTo(accepted, 4);
    expect(rounds[0]).toBeCloseTo(1 - accepted, 4);
    expect(gained).toBeCloseTo(0.21 * accepted, 4);
  });

  it("takes nearly all rewrites to the limit where the judge sees well, and all gains with them", () => {
    const sharp = { ...world, judge: { noise: 0.001, position: 0, tie: 0 } };
    const { rounds, gained } = predictEvolution(sharp, 3);
    expect(rounds[3]).toBeCloseTo(1, 6);
    expect(gained).toBeCloseTo(0.6 - 0.6 * 0.65 ** 3, 4);
  });

  it("accepts a chance rewrite less often for a habit of position, which the other order undoes to a tie", () => {
    const chance = {
      ...world,
      before: drawnQuality({ mean: 0.5, spread: 0.1 }),
      editor: { gain: 0, spread: 0 },
    };
    const fair = predictEvolution({ ...chance, judge: { ...world.judge, tie: 0 } }, 1);
    const biased = predictEvolution({ ...chance, judge: { noise: 0.1, position: 0.5, tie: 0 } }, 1);
    expect(fair.rounds[1]).toBeCloseTo(0.25, 3);
    expect(biased.rounds[1]).toBeLessThan(0.01);
  });
});
