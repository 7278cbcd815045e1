import { beforeAll, describe, expect, it } from "vitest";
import { askSimulated } from "../models/simulation/ask-simulated.ts";
import { qualityOf } from "../models/simulation/hidden-quality.ts";
import { drawnQuality } from "../models/simulation/predict.ts";
import { predictEvolution, predictOnePass } from "../models/simulation/predict-evolution.ts";
import { currentResponse } from "../state/generation/evolved-answer.ts";
import { coevolOn, onePassOn } from "../tests/evolution-on-gate.ts";
import { rounds as rowCount } from "../tests/long-tables.ts";
import { createRecordingGate } from "../tests/recording-gate.ts";

const maxIterations = 2;

const advisor = { advice: 0.4, debate: 0.3, sight: 0.2, spread: 0.1 };
const editor = { gain: 0.4, spread: 0.1 };
const judge = { noise: 0.12, position: 0.04, tie: 0.05 };
// The first texts have no author here, and have qualities from their own hashes.
const world = { before: drawnQuality({ mean: 0.5, spread: 0.15 }), advisor, editor, judge };

const minds = new Map([
  ["positive", askSimulated("fir?words=10")],
  ["critical", askSimulated("elm?words=10")],
  ["advisor", askSimulated(specOf("ash", advisor))],
  ["editor", askSimulated(specOf("yew", { ...editor, words: 10 }))],
  ["judge", askSimulated(specOf("oak", judge))],
]);

function specOf(name: string, parameters: Readonly<Record<string, number>>): string {
  const query = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
  return `${name}?${query.join("&")}`;
}

/** A gate with simulated minds behind it, asked directly: the statistics need no journal. */
function simulatedGate() {
  return createRecordingGate(async ({ address, ...call }) => {
    const ask = minds.get(address.agent);
    if (ask === undefined) throw new Error(`no agent by the name of ${address.agent}`);
    return (await ask({ ...call, ...address, row: address.row.number })).content;
  });
}

type Graph = ReturnType<typeof coevolOn> | ReturnType<typeof onePassOn>;

/** What the response of each of so many rows gained, and how many of its rewrites were accepted. */
async function evolve(graph: Graph, count: number) {
  const gained: number[] = [];
  const rounds: number[] = [];
  for (let number = 1; number <= count; number += 1) {
    const response = `Tide number ${number} comes and goes.`;
    const prompt = [{ role: "user" as const, content: "Explain tides." }];
    const row = { number, id: `row-${number}` };
    const { rewrites } = await graph.invoke({ row, prompt, response }, { recursionLimit: 60 });
    const after = currentResponse({ response, rewrites });
    gained.push(qualityOf(after).quality - qualityOf(response).quality);
    rounds.push(rewrites.filter(({ accepted }) => accepted).length);
  }
  return { gained, rounds };
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function standardErrorOf(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / values.length);
}

/** The mean lies within three standard errors of its prediction. */
function expectMean(values: readonly number[], predicted: number): void {
  expect(Math.abs(mean(values) - predicted)).toBeLessThan(3 * standardErrorOf(values));
}

describe("simulated CoEvol over hundreds of rows", () => {
  let iterated: Awaited<ReturnType<typeof evolve>>;
  let debated: Awaited<ReturnType<typeof evolve>>;
  let advised: Awaited<ReturnType<typeof evolve>>;
  const predicted = predictEvolution(world, maxIterations);
  beforeAll(async () => {
    iterated = await evolve(coevolOn(simulatedGate(), { maxIterations }), rowCount(200, 1_000));
    // Without a judge the gain scatters less, and fewer rows show as much.
    debated = await evolve(onePassOn(simulatedGate(), "debate-advise-edit"), rowCount(100, 500));
    advised = await evolve(onePassOn(simulatedGate(), "advise-edit"), rowCount(100, 500));
  });

  it("improves the share of rows, in as many rounds, that the simulation predicts", () => {
    const count = iterated.rounds.length;
    expect(predicted.rounds.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    for (const [number, share] of predicted.rounds.entries()) {
      const found = iterated.rounds.filter((accepted) => accepted === number).length / count;
      const standardError = Math.sqrt((share * (1 - share)) / count);
      expect(Math.abs(found - share), `${number} rounds`).toBeLessThan(3 * standardError);
      expect(found).toBeGreaterThan(0.05);
    }
  });

  it("gains the quality that the simulation predicts, with a judge and without", () => {
    expectMean(iterated.gained, predicted.gained);
    expectMean(debated.gained, predictOnePass(world, "debate"));
    expectMean(advised.gained, predictOnePass(world, "response"));
  });

  it("gains more with the debate than with the advisor alone, row by row", () => {
    const more = debated.gained.map((gain, row) => gain - (advised.gained[row] ?? 0));
    expect(mean(more)).toBeGreaterThan(5 * standardErrorOf(more));
  });
});
