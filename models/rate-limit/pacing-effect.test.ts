import { describe, expect, it } from "vitest";
import { createPaceTrials } from "./pacing-effect.ts";

type Refuses = (perSecond: number, requestInTrial: number) => boolean;

/** One trial of ten requests at each of these paces, and an open one at the end. */
function trialsAt(paces: readonly number[], refuses: Refuses) {
  const trials = createPaceTrials();
  for (const [trial, perSecond] of [...paces, 1].entries()) {
    trials.begin(10 * trial, perSecond);
    for (let request = 0; request < 10; request += 1) {
      if (refuses(perSecond, request)) trials.refused(10 * trial + request);
    }
  }
  return trials;
}

const falling = [64, 32, 16, 8, 4, 2];
const byChance: Refuses = (_, request) => request % 3 === 0;

describe("trials of paces", () => {
  it("know that going slowly is in vain where as many are refused at any pace", () => {
    expect(trialsAt(falling, byChance).isInVain).toBe(true);
  });

  it("do not think so of a limit, which refuses fewer at a slower pace", () => {
    expect(trialsAt(falling, (pace, request) => request >= (10 * 3) / pace).isInVain).toBe(false);
    expect(trialsAt(falling, (pace) => pace > 20).isInVain).toBe(false);
  });

  it("do not think so of a provider that refuses everything", () => {
    expect(trialsAt(falling, () => true).isInVain).toBe(false);
  });

  it("say nothing of paces that hardly differ", () => {
    expect(trialsAt([20, 21, 22, 20, 21, 22], byChance).isInVain).toBe(false);
  });

  it("hold to what they said until a slower pace has helped", () => {
    const same = Array.from({ length: 20 }, () => 50);
    expect(trialsAt([...falling, ...same], byChance).isInVain).toBe(true);
    const limited: Refuses = (pace, request) =>
      pace > 100 ? request > 1 : byChance(pace, request);
    const faster = Array.from({ length: 18 }, () => 400);
    expect(trialsAt([...falling, ...faster], limited).isInVain).toBe(false);
  });

  it("take no account of windows that are spent, whose requests are all refused", () => {
    const perMinute = trialsAt([64, 60, 32, 30, 16, 15, 8, 7, 4, 3], (pace) => pace % 2 === 1);
    expect(perMinute.isInVain).toBe(false);
  });

  it("count the first requests of a long one only", () => {
    const trials = createPaceTrials();
    for (const [trial, perSecond] of falling.entries()) {
      trials.begin(100 * trial, perSecond);
      for (let request = 20; request < 100; request += 1) trials.refused(100 * trial + request);
    }
    trials.begin(1_000, 1);
    expect(trials.isInVain).toBe(false);
  });
});
